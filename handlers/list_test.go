package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// seed fills the list with n codes of few different titles, times and counts,
// so that every order has many equals.
func (s *server) seed(n int) {
	s.t.Helper()
	s.Exec(`INSERT INTO codes (kind, short_id, title, target_url, created_by, updated_by, created_at, updated_at)
		SELECT 'dynamic', 'seed-' || i, 'Title ' || i % 3, 'https://www.example.edu/' || i, 'seed', 'seed',
		       now() - i % 4 * interval '1 day', now() - i % 5 * interval '1 hour'
		FROM generate_series(1, $1::int) i`, n)
	s.Exec("UPDATE code_totals SET qr_scans = code_id % 6")
}

// search gives the titles that a search finds, sorted.
func (s *server) search(query url.Values) string {
	s.t.Helper()
	titles := s.Get("/codes?" + query.Encode()).Page().Titles()
	slices.Sort(titles) // how a database sorts letters outside A–Z is its own business
	return strings.Join(titles, ", ")
}

func TestSearch(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Create(dynamic("title", "Library entrance", "description", "Above the door", "target_url", "https://www.example.edu/reading-room?q=1", "short_id", "lib-7"))
	s.Create(dynamic("title", "Über uns", "target_url", "https://www.example.edu/ueber"))
	s.Create(dynamic("title", `100% \ off_season`, "target_url", "https://shop.example.org/"))
	s.Create(static("title", "Wi-Fi", "content", "WIFI:S:guest;T:nopass;;"))
	for q, want := range map[string]string{
		"library":                   "Library entrance", // the title
		"ENTRANCE":                  "Library entrance",
		"door":                      "Library entrance", // the description
		"reading-room?q=1":          "Library entrance", // the target
		"lib-7":                     "Library entrance", // the short ID
		"LIB-7":                     "Library entrance",
		"guest":                     "Wi-Fi", // the content
		"brar":                      "Library entrance",
		"entrance library":          "Library entrance", // in any order
		"door reading-room library": "Library entrance",
		"door lib entr":             "Library entrance",
		"lib entr above the door":   "Library entrance", // past the third word in their order
		"lib entr door the above":   "",
		"library shop":              "",
		"  library  ":               "Library entrance",
		"über":                      "Über uns",
		"ÜBER":                      "Über uns",
		"100%":                      `100% \ off_season`, // LIKE's metacharacters are characters
		"off_s":                     `100% \ off_season`,
		`\`:                         `100% \ off_season`,
		"%":                         `100% \ off_season`,
		"_":                         `100% \ off_season`,
		"l%y":                       "",
		"l_brary":                   "",
		"'; DROP TABLE codes; --":   "",
		strings.Repeat("x", 200):    "",
		"example":                   `100% \ off_season, Library entrance, Über uns`,
		"":                          `100% \ off_season, Library entrance, Wi-Fi, Über uns`,
		"\u202e":                    "",
		"e":                         `100% \ off_season, Library entrance, Wi-Fi, Über uns`,
	} {
		if got := s.search(form("q", q)); got != want {
			t.Errorf("%q finds %q, want %q", q, got, want)
		}
	}
	s.Get("/codes?q=nothing").Has("No code matches", "Clear search")
	r := s.Get("/codes?q=library", htmx)
	if strings.Contains(r.Body, "<html") || len(r.Page().Titles()) != 1 {
		t.Error("htmx does not get the results alone")
	}
	if got := s.Get("/codes?q=li+%22%3E").Page().Value("q"); got != `li ">` {
		t.Errorf("the search field holds %q", got)
	}
}

func TestEmptyListOffersTheFirstCode(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.Get("/codes").Has("No codes yet")
	if !strings.Contains(r.Body, `href="/codes/new"`) {
		t.Error("no way to the first code")
	}
	s.Create(dynamic())
	s.Get("/codes?state=retired").Has("No code").HasNot("No codes yet")
}

func TestFilters(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Create(dynamic("title", "active"))
	s.Create(dynamic("title", "begun", "starts_at", "2020-01-01T00:00", "expires_at", "2099-01-01T00:00"))
	s.Create(dynamic("title", "scheduled", "starts_at", "2099-01-01T00:00"))
	s.Create(dynamic("title", "expired", "expires_at", "2020-01-01T00:00"))
	paused := s.Create(dynamic("title", "paused", "expires_at", "2020-01-01T00:00"))
	s.Post(codePath(paused, "/pause"), nil)
	s.Post(codePath(s.Create(dynamic("title", "retired", "starts_at", "2099-01-01T00:00")), "/retire"), nil)
	s.Create(static("title", "static"))
	s.Post(codePath(s.Create(static("title", "static retired")), "/retire"), nil)
	for query, want := range map[string]string{
		"":                          "active, begun, expired, paused, retired, scheduled, static, static retired",
		"kind=dynamic":              "active, begun, expired, paused, retired, scheduled",
		"kind=static":               "static, static retired",
		"state=active":              "active, begun, static",
		"state=scheduled":           "scheduled",
		"state=expired":             "expired",
		"state=paused":              "paused",
		"state=retired":             "retired, static retired",
		"state=retired&kind=static": "static retired",
		"state=active&kind=static":  "static",
		"state=paused&q=active":     "",
		"state=retired&q=stat":      "static retired",
		"kind=&state=&q=&after=":    "active, begun, expired, paused, retired, scheduled, static, static retired",
	} {
		v, _ := url.ParseQuery(query)
		if got := s.search(v); got != want {
			t.Errorf("%s gives %q, want %q", query, got, want)
		}
	}
	s.Get("/codes?state=expired").Has("Expired", "1 of 1 code")
	s.Get("/codes?state=scheduled").Has("Not started").HasNot("never") // it was created just now
}

func TestSorts(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for i, title := range []string{"b", "A", "c"} { // upper case sorts with lower case
		id := s.Create(dynamic("title", title))
		s.Exec("UPDATE codes SET created_at = now() - $2 * interval '1 day', updated_at = now() - $3 * interval '1 hour' WHERE id = $1", id, i, (i+1)%3)
		s.Exec("UPDATE code_totals SET link_scans = $2 WHERE code_id = $1", id, (i*2)%5)
	}
	for sort, want := range map[string]string{
		"title": "A, b, c", "-title": "c, b, A",
		"created": "c, A, b", "-created": "b, A, c", "": "b, A, c",
		"changed": "A, b, c", "-changed": "c, b, A",
		"scans": "b, A, c", "-scans": "c, A, b",
	} {
		p := s.Get("/codes?sort=" + sort).Page()
		if got := strings.Join(p.Titles(), ", "); got != want {
			t.Errorf("sort=%s gives %s, want %s", sort, got, want)
		}
		var sorted []string
		for _, th := range p.Tags("th") {
			if v := attr(th, "aria-sort"); v == "ascending" || v == "descending" {
				sorted = append(sorted, v)
			}
		}
		descending := sort == "" || strings.HasPrefix(sort, "-")
		if len(sorted) != 1 || (sorted[0] == "descending") != descending {
			t.Errorf("sort=%s is shown as %v", sort, sorted)
		}
	}
}

func TestBadListQueries(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.seed(3)
	cursor := s.Get("/codes?sort=title&limit=1").Page().Link("next")
	u, err := url.Parse(cursor)
	if err != nil {
		t.Fatal(err)
	}
	after := u.Query().Get("after")
	for query, message := range map[string]string{
		"limit=0":                       "1 to 100",
		"limit=":                        "1 to 100",
		"limit=101":                     "1 to 100",
		"limit=-1":                      "1 to 100",
		"limit=ten":                     "1 to 100",
		"limit=1e1":                     "1 to 100",
		"limit=99999999999999999999":    "1 to 100",
		"after=garbage":                 "not a place in this list",
		"before=garbage":                "not a place in this list",
		"after=bnVsbA":                  "not a place in this list", // null
		"after=e30":                     "not a place in this list", // {}
		"after=" + after:                "not a place in this list", // of another order
		"sort=title&after=" + after[1:]: "not a place in this list",
		"sort=drop":                     "Sort by",
		"sort=--title":                  "Sort by",
		"sort=title%3BDROP+TABLE+codes": "Sort by",
		"kind=other":                    "dynamic",
		"state=deleted":                 "state is one of",
		"q=" + strings.Repeat("x", 201): "too long",
		"q=%ff":                         "not text",
		"q=a%00b":                       "not text",
		"sort=%ff":                      "Sort by",
		"state=%00":                     "state is one of",
	} {
		s.Request("GET", "/codes?"+query, nil, http.StatusUnprocessableEntity).Has(message)
		r := s.Request("GET", "/codes?"+query, nil, http.StatusUnprocessableEntity, htmx).Has(message)
		if r.Header.Get("HX-Reswap") != "none" {
			t.Errorf("%s would be swapped in over the list", query)
		}
	}
	s.Get("/codes?sort=title&limit=1&after=" + after)
	s.Get("/codes?limit=100&unknown=1")
}

// TestPaging walks the list forward to its end and back to its start, in every
// order: each code is met once each way.
func TestPaging(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const n, size = 230, 21
	s.seed(n)
	for _, sort := range []string{"title", "-title", "created", "-created", "changed", "-changed", "scans", "-scans"} {
		t.Run(sort, func(t *testing.T) {
			t.Parallel()
			s := s.As(t)
			rows := func(p *page) []string {
				var ids []string
				for _, tr := range p.Tags("tr") {
					if id := attr(tr, "id"); id != "" {
						ids = append(ids, id)
					}
				}
				return ids
			}
			path := fmt.Sprintf("/codes?sort=%s&limit=%d", sort, size)
			if prev := s.Get(path).Page().Link("prev"); prev != "" {
				t.Errorf("the first page has one before it: %s", prev)
			}
			var forward, back []string
			var last string
			for path != "" {
				r := s.Get(path).Has(fmt.Sprintf("of %d codes", n))
				forward = append(forward, rows(r.Page())...)
				last, path = path, r.Page().Link("next")
			}
			if len(forward) != n || len(unique(forward)) != n {
				t.Fatalf("forward: %d rows, %d different, want %d", len(forward), len(unique(forward)), n)
			}
			for path = last; path != ""; {
				p := s.Get(path).Page()
				back = append(rows(p), back...)
				path = p.Link("prev")
			}
			if !slices.Equal(forward, back) {
				t.Errorf("back: %d rows, %d different; not the same as forward", len(back), len(unique(back)))
			}
		})
	}
}

func unique(list []string) map[string]bool {
	set := map[string]bool{}
	for _, s := range list {
		set[s] = true
	}
	return set
}

func TestPagesKeepTheQuery(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.seed(30)
	p := s.Get("/codes?q=title+1&kind=dynamic&state=active&sort=-scans&limit=3").Page()
	u, err := url.Parse(p.Link("next"))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("q") != "title 1" || q.Get("kind") != "dynamic" || q.Get("state") != "active" || q.Get("sort") != "-scans" || q.Get("limit") != "3" || q.Get("after") == "" {
		t.Errorf("the next page is %s", u)
	}
	second := s.Get(u.String()).Has("3 of ").Page()
	if len(second.Titles()) != 3 || second.Link("prev") == "" {
		t.Errorf("the second page has %v", second.Titles())
	}
}

func TestTotals(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.seed(1000)
	s.Get("/codes?q=seed&limit=5").Has("5 of 1,000 codes").HasNot("1,000+")
	s.Exec(`INSERT INTO codes (kind, content, title, created_by, updated_by) VALUES ('static', 'seed', 'One more', 'seed', 'seed')`)
	s.Get("/codes?q=seed&limit=5").Has("5 of 1,000+ codes") // a search is counted no further
	s.Get("/codes?limit=5").Has("5 of 1,001 codes")
	s.Get("/codes?kind=dynamic&limit=5").Has("5 of 1,000 codes")
	s.Get("/codes?kind=static").Has("1 of 1 code")
}

func TestSortIsRemembered(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.seed(3)
	s.KeepCookies()
	s.Get("/codes")
	s.Get("/codes?sort=title")
	if to := s.Request("GET", "/codes", nil, http.StatusFound).Header.Get("Location"); to != "/codes?sort=title" {
		t.Errorf("the list without an order leads to %s", to)
	}
	s.Get("/codes?kind=dynamic") // an address that says something is taken at its word
	s.Request("GET", "/codes?sort=drop", nil, http.StatusUnprocessableEntity)
	s.Request("GET", "/codes", nil, http.StatusFound)
	s.Get("/codes?sort=-created")
	s.Get("/codes") // the usual order again

	other := s.As(t)
	other.KeepCookies()
	other.Get("/codes") // somebody else's is their own
}

// The list's own menu stays in the list: the row comes back, and a toast.
func TestMovesFromTheListAnswerWithTheRow(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.KeepCookies()
	id := s.Create(dynamic("title", "Open day"))
	s.Get("/codes") // takes the message about the creation
	target := header("HX-Target", fmt.Sprintf("code-%d", id))
	r := s.Request("POST", codePath(id, "/pause"), form(), http.StatusOK, htmx, target).Has("Open day", "Paused")
	if !strings.HasPrefix(r.Body, "<tr") || !strings.Contains(r.Body, `hx-swap-oob`) || !strings.Contains(r.Body, codePath(id, "/resume")) || strings.Contains(r.Body, "<html") {
		t.Errorf("no row: %.300s", r.Body)
	}
	s.Request("POST", codePath(id, "/resume"), form(), http.StatusOK, htmx, target).Has("Active", "Resumed")
	s.Get("/codes").HasNot("Resumed.") // it was said already
	s.Request("POST", codePath(id, "/pause"), form(), http.StatusNoContent, htmx, header("HX-Target", "code-99"))
}
