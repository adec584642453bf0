package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"qrgen/internal/embedpg"
)

// town is a town hall's codes: what the tests of pages and the screenshots
// show. Everything is made by the forms and counted by real scans; only the
// dates are moved back afterwards.
type town struct {
	*program
	codes map[string]code // by short ID; static ones by their title
}

// entry is one code of the town: how it is made, by whom, how many days ago,
// and how often it is scanned.
type entry struct {
	id, title, by string
	days          int
	fields        []string
	qr, link      int
}

// entries are oldest first.
var entries = []entry{
	{"library", "Library: opening hours and holidays", "m.lindqvist", 212, []string{"target_url", "https://library.example.edu/hours", "description", "On the glass door and on the book return."}, 31, 6},
	{"rooms", "Book a meeting room", "m.lindqvist", 198, []string{"target_url", "https://rooms.example.edu/calendar?floor=2"}, 12, 3},
	{"", "Guest Wi-Fi, main building", "j.okafor", 187, []string{"kind", "static", "content", "WIFI:T:WPA;S:Guests;P:welcome-2027;;"}, 0, 0},
	{"menu", "Canteen: this week's menu", "s.marin", 171, []string{"target_url", "https://canteen.example.edu/week", "description", "Laminated, on every table.", "level", "Q"}, 44, 9},
	{"parking", "Parking permits for residents", "j.okafor", 160, []string{"target_url", "https://www.example.edu/services/parking/residents"}, 7, 1},
	{"tour", "Self-guided tour of the old town, station 1", "s.marin", 148, []string{"target_url", "https://tour.example.edu/station/1", "level", "H", "dark", "#1d3557"}, 23, 2},
	{"tour-2", "Self-guided tour of the old town, station 2", "s.marin", 148, []string{"target_url", "https://tour.example.edu/station/2", "level", "H", "dark", "#1d3557"}, 19, 0},
	{"tour-3", "Self-guided tour of the old town, station 3", "s.marin", 148, []string{"target_url", "https://tour.example.edu/station/3", "level", "H", "dark", "#1d3557"}, 17, 0},
	{"bins", "Missed bin collection: report it", "j.okafor", 131, []string{"target_url", "https://www.example.edu/waste/missed?from=sticker"}, 15, 4},
	{"summer", "Summer holiday programme 2025", "s.marin", 120, []string{"target_url", "https://www.example.edu/summer", "expires_at", "2025-09-01T00:00"}, 0, 0},
	{"", "Director's card", "m.lindqvist", 113, []string{"kind", "static", "content", "BEGIN:VCARD\nVERSION:3.0\nN:Lindqvist;Maria\nORG:Town Hall\nTEL:+1 555 0100\nEND:VCARD", "level", "Q"}, 0, 0},
	{"lost", "Lost property: list and opening hours", "j.okafor", 99, []string{"target_url", "https://www.example.edu/lost-property"}, 5, 2},
	{"fair", "Careers fair, stand 12", "s.marin", 88, []string{"target_url", "https://careers.example.edu/fair?stand=12"}, 26, 5},
	{"pool", "Swimming pool: lanes and prices", "j.okafor", 80, []string{"target_url", "https://pool.example.edu/"}, 11, 1},
	{"form-17", "Form 17: change of address, with a title that is as long as such titles tend to be in an office", "m.lindqvist", 71, []string{"target_url", "https://forms.example.edu/17?language=en&source=counter&utm_source=print&utm_medium=qr&utm_campaign=counter-2026"}, 4, 0},
	{"bridge", "Works on the river bridge", "j.okafor", 63, []string{"target_url", "https://www.example.edu/bridge"}, 8, 2},
	{"survey", "Tell us how we did (desk 3)", "s.marin", 55, []string{"target_url", "https://survey.example.edu/desk/3"}, 3, 0},
	{"choir", "Choir: rehearsals", "s.marin", 47, []string{"target_url", "https://choir.example.edu/dates"}, 2, 1},
	{"elections", "Postal vote: apply until 1 March 2031", "m.lindqvist", 40, []string{"target_url", "https://elections.example.edu/postal", "starts_at", "2031-01-15T08:00", "expires_at", "2031-03-01T18:00"}, 0, 0},
	{"archive", "Town archive: reading room", "m.lindqvist", 33, []string{"target_url", "https://archive.example.edu/reading-room"}, 1, 0},
	{"first-aid", "Defibrillator: how to use it", "j.okafor", 26, []string{"target_url", "https://www.example.edu/first-aid", "level", "H"}, 6, 0},
	{"stall", "Market stalls: fees", "j.okafor", 19, []string{"target_url", "https://www.example.edu/market/fees"}, 2, 0},
	{"plan", "Zoning plan “West Quay”: comment on it", "m.lindqvist", 15, []string{"target_url", "https://plans.example.edu/west-quay"}, 9, 4},
	{"rtl", "Öffnungszeiten · ساعات العمل", "s.marin", 11, []string{"target_url", "https://xn--mnchen-3ya.example/hours"}, 1, 0},
	{"kiosk", "Kiosk at the station", "s.marin", 8, []string{"target_url", "https://kiosk.example.edu/"}, 3, 1},
	{"concert", "Concert in the foyer, 12 December", "s.marin", 6, []string{"target_url", "https://www.example.edu/foyer/2026-12-12"}, 14, 3},
	{"desk", "Reception: leave a message", "m.lindqvist", 4, []string{"target_url", "https://www.example.edu/reception"}, 2, 0},
	{"open-day", "Open day 2027: programme and map", "m.lindqvist", 2, []string{"target_url", "https://www.example.edu/open-day/2027", "description", "Posters in the entrance hall and at the tram stop. Ask Maria before changing it."}, 21, 8},
}

// settle makes the town on a program that is still empty. It does so once.
func (w *town) settle(t *testing.T) {
	t.Helper()
	w.codes = map[string]code{}
	for _, e := range entries {
		fields := e.fields
		if e.id != "" {
			fields = append([]string{"short_id", e.id}, fields...)
		}
		name := e.id
		if name == "" {
			name = e.title
		}
		w.codes[name] = w.createAs(t, e.by, e.title, fields...)
	}
	w.age(t, "created")
	w.scanAll(t)

	for _, id := range []string{"library", "menu", "open-day", "fair", "bridge"} {
		w.get(t, w.codes[id].path+"/image.svg?mm=80&download=1", "X-Forwarded-User", "s.marin")
	}
	w.edit(t, "open-day", "j.okafor", "target_url", "https://www.example.edu/open-day/2027/programme", "title", "Open day 2027: programme and map")
	w.edit(t, "menu", "s.marin", "target_url", "https://canteen.example.edu/menu/week")
	w.post(t, w.codes["bridge"].path+"/pause", url.Values{}, "X-Forwarded-User", "j.okafor")
	w.post(t, w.codes["fair"].path+"/retire", url.Values{}, "X-Forwarded-User", "m.lindqvist")
	w.age(t, "later")
}

// edit changes fields of a code by its form.
func (w *town) edit(t testing.TB, id, by string, fields ...string) {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	w.post(t, w.codes[id].path, form, "X-Forwarded-User", by)
}

// phones are what people scan with.
var phones = []string{
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (Linux; Android 15; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
}

// scanAll scans every code as often as its entry says.
func (w *town) scanAll(t *testing.T) {
	t.Helper()
	var wg sync.WaitGroup
	for _, e := range entries {
		wg.Go(func() {
			for n := range e.qr + e.link {
				address := "/R/" + strings.ToUpper(e.id)
				if n >= e.qr {
					address = "/r/" + e.id
				}
				if a, err := w.try(t, http.MethodGet, address, nil, "User-Agent", phones[n%len(phones)], "Accept-Language", "de-DE"); err != nil || a.status >= http.StatusInternalServerError {
					t.Errorf("scan %s: status %d, %v", e.id, a.status, err)
					return
				}
			}
		})
	}
	wg.Wait()
	for _, e := range entries {
		if e.id != "" {
			w.awaitTotal(t, w.codes[e.id], int64(e.qr+e.link), 0)
		}
	}
}

// age moves what has happened so far into the past: creations by their
// entry's days, later steps to yesterday, scans by three hours. Nothing but the dates is touched.
func (w *town) age(t *testing.T, what string) {
	t.Helper()
	address, up, err := embedpg.Running(w.dataDir + "/postgres")
	if err != nil || !up {
		t.Fatalf("the embedded server: up %t, %v", up, err)
	}
	db, err := pgx.Connect(t.Context(), address)
	must(t, err)
	defer func() { _ = db.Close(t.Context()) }()
	exec := func(sql string, args ...any) {
		t.Helper()
		_, err := db.Exec(t.Context(), sql, args...)
		must(t, err)
	}
	if what == "later" {
		exec(`UPDATE code_events SET happened_at = happened_at - interval '26 hours' WHERE action <> 'created'`)
		exec(`UPDATE codes SET updated_at = updated_at - interval '26 hours' WHERE revision > 1`)
		exec(`UPDATE code_totals SET last_scan_at = last_scan_at - interval '3 hours'`)
		return
	}
	for _, e := range entries {
		name := e.id
		if name == "" {
			name = e.title
		}
		id, err := strconv.ParseInt(strings.TrimPrefix(w.codes[name].path, "/codes/"), 10, 64)
		must(t, err)
		ago := fmt.Sprintf("%d days", e.days)
		exec(`UPDATE codes SET created_at = created_at - $2::text::interval, updated_at = updated_at - $2::text::interval WHERE id = $1`, id, ago)
		exec(`UPDATE code_events SET happened_at = happened_at - $2::text::interval WHERE code_id = $1`, id, ago)
	}
}
