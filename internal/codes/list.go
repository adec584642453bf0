package codes

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"qrgen/db"
	"qrgen/internal/errs"
)

// Limits of lists.
const (
	PageMax     = 100   // codes on a page
	PageDefault = 25    // codes on a page if nobody asked otherwise
	walkPage    = 1_000 // codes that Walk reads at once
	CountMax    = 1_000 // a search is counted so far; more is "1,000+"
	queryMax    = 200   // characters of a search
	wordsMax    = 3     // words of a search that may come in any order
)

// Sort is the order of a list: a field, with a minus for descending.
type Sort string

// The orders, each also with a minus in front.
const (
	ByTitle   Sort = "title"
	ByCreated Sort = "created"
	ByChanged Sort = "changed"
	ByScans   Sort = "scans"
)

// Newest is the order that lists have unless asked otherwise.
const Newest = "-" + ByCreated

// Field gives the field without the direction.
func (s Sort) Field() Sort { return Sort(strings.TrimPrefix(string(s), "-")) }

// Descending says whether the greatest comes first.
func (s Sort) Descending() bool { return strings.HasPrefix(string(s), "-") }

// ParseSort reads an order; the empty string is Newest.
func ParseSort(s string) (Sort, error) {
	if s == "" {
		return Newest, nil
	}
	if sort := Sort(s); slices.Contains([]Sort{ByTitle, ByCreated, ByChanged, ByScans}, sort.Field()) {
		return sort, nil
	}
	return "", errs.New(errs.Invalid, "Sort by title, created, changed or scans; a minus in front turns the order around.")
}

// Query is a list as a page or an API client asks for it: text, nothing
// checked. At most one of After and Before is used.
type Query struct {
	Search, Kind, State, Sort, After, Before, Limit string
}

// Filter is a checked Query.
type Filter struct {
	Search string
	Kind   Kind // empty: both
	State  State
	Sort   Sort
	Limit  int
	cursor cursor
	back   bool
}

// ParseQuery checks a query. The error is Invalid and names each parameter
// that is wrong: kind, state, sort, after, before, limit, q.
func ParseQuery(q Query) (Filter, error) {
	f := Filter{Limit: PageDefault}
	var bad errs.Fields
	errs.ParseInto(&bad, "q", &f.Search, q.Search, parseSearch)
	if q.Kind != "" {
		errs.ParseInto(&bad, "kind", &f.Kind, q.Kind, ParseKind)
	}
	errs.ParseInto(&bad, "state", &f.State, q.State, ParseState)
	errs.ParseInto(&bad, "sort", &f.Sort, q.Sort, ParseSort)
	if q.Limit != "" {
		errs.ParseInto(&bad, "limit", &f.Limit, q.Limit, parseLimit)
	}
	read := func(s string) (cursor, error) { return parseCursor(s, f.Sort) }
	switch {
	case q.After != "":
		errs.ParseInto(&bad, "after", &f.cursor, q.After, read)
	case q.Before != "":
		f.back = true
		errs.ParseInto(&bad, "before", &f.cursor, q.Before, read)
	}
	return f, bad.Err()
}

func parseSearch(s string) (string, error) {
	s = strings.TrimSpace(s)
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return "", errs.New(errs.Invalid, "The search has characters that are not text.")
	}
	if utf8.RuneCountInString(s) > queryMax {
		return "", errs.New(errs.Invalid, "The search is too long: 200 characters is the most.")
	}
	return s, nil
}

func parseLimit(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > PageMax {
		return 0, errs.New(errs.Invalid, "The limit is a number from 1 to 100.")
	}
	return n, nil
}

// Page is one page of a list.
type Page struct {
	Rows     []db.ListCodesRow
	Total    int    // codes that match, counted up to CountMax for a search
	Capped   bool   // there are more than Total
	Next     string // cursor for After; empty on the last page
	Previous string // cursor for Before; empty on the first page
}

// List reads one page.
func (r *Registry) List(ctx context.Context, f Filter) (Page, error) {
	params := f.params()
	rows, err := r.store.ListCodes(ctx, params)
	if err != nil {
		return Page{}, fmt.Errorf("list codes: %w", err)
	}
	more := len(rows) > f.Limit
	rows = rows[:min(len(rows), f.Limit)]
	if f.back {
		slices.Reverse(rows)
	}
	page := Page{Rows: rows}
	if len(rows) > 0 && (more || f.back) {
		page.Next = cursorOf(f.Sort, rows[len(rows)-1]).String()
	}
	if len(rows) > 0 && (f.back && more || !f.back && f.cursor.ID != 0) {
		page.Previous = cursorOf(f.Sort, rows[0]).String()
	}
	return page, r.count(ctx, params, &page)
}

// Walk gives fn all codes that a filter matches, page for page: the newest
// first, whatever the filter's order, as nothing that happens meanwhile changes
// that one. Where none matches, fn gets one empty page.
func (r *Registry) Walk(ctx context.Context, f Filter, fn func([]db.ListCodesRow) error) error {
	f.Sort, f.Limit, f.cursor, f.back = Newest, walkPage, cursor{}, false
	for {
		rows, err := r.store.ListCodes(ctx, f.params())
		if err != nil {
			return fmt.Errorf("list codes: %w", err)
		}
		page := rows[:min(len(rows), f.Limit)]
		if err := fn(page); err != nil || len(rows) == len(page) {
			return err
		}
		f.cursor = cursorOf(f.Sort, page[len(page)-1])
	}
}

// Newest lists the codes made last.
func (r *Registry) Newest(ctx context.Context, n int) ([]db.ListCodesRow, error) {
	rows, err := r.store.ListCodes(ctx, Filter{Sort: Newest, Limit: n - 1}.params())
	if err != nil {
		return nil, fmt.Errorf("list the newest codes: %w", err)
	}
	return rows, nil
}

// count fills in the total: exact for all codes and for filters, which an
// index answers, capped for searches.
func (r *Registry) count(ctx context.Context, p db.ListCodesParams, page *Page) error {
	count := db.CountCodesParams{Kind: p.Kind, State: p.State, Word1: p.Word1, Word2: p.Word2, Word3: p.Word3, AtMost: 1<<31 - 1}
	if p.Word1 != "" {
		count.AtMost = CountMax + 1
	}
	n, err := r.store.CountCodes(ctx, count)
	if err != nil {
		return fmt.Errorf("count codes: %w", err)
	}
	page.Total = int(n)
	if p.Word1 != "" && n > CountMax {
		page.Total, page.Capped = CountMax, true
	}
	return nil
}

// params writes the filter for the query, with one row more than the page to
// see whether another page follows. Going back is the list turned around.
func (f Filter) params() db.ListCodesParams {
	words := patterns(f.Search)
	return db.ListCodesParams{
		Kind: string(f.Kind), State: string(f.State), Sort: string(f.Sort.Field()),
		Word1: words[0], Word2: words[1], Word3: words[2],
		Descending: f.Sort.Descending() != f.back,
		AfterID:    f.cursor.ID, AfterText: f.cursor.Text, AfterTime: f.cursor.Time, AfterNumber: f.cursor.Number,
		RowLimit: int32(f.Limit) + 1, //nolint:gosec // at most walkPage
	}
}

// patterns makes LIKE patterns of a search: each of the first words anywhere,
// in any order; what comes after them in the order it was typed.
func patterns(search string) [wordsMax]string {
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	var list [wordsMax]string
	for i, word := range strings.Fields(strings.ToLower(search)) {
		n := min(i, wordsMax-1)
		if list[n] == "" {
			list[n] = "%"
		}
		list[n] += escape.Replace(word) + "%"
	}
	return list
}

// cursor is the place of one code in a list: its value in the list's order,
// and its ID to tell equals apart.
type cursor struct {
	Sort   Sort      `json:"s"`
	ID     int64     `json:"i"`
	Text   string    `json:"t,omitempty"`
	Time   time.Time `json:"d,omitzero"`
	Number int64     `json:"n,omitempty"`
}

func cursorOf(sort Sort, row db.ListCodesRow) cursor {
	c := cursor{Sort: sort.Field(), ID: row.Code.ID}
	switch sort.Field() {
	case ByTitle:
		c.Text = row.Code.Title
	case ByCreated:
		c.Time = row.Code.CreatedAt.UTC()
	case ByChanged:
		c.Time = row.Code.UpdatedAt.UTC()
	case ByScans:
		c.Number = row.CodeTotal.Scans
	}
	return c
}

// String writes the cursor for a URL.
func (c cursor) String() string {
	b, err := json.Marshal(c)
	if err != nil {
		return "" // a cursor has nothing that JSON can't write
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseCursor(s string, sort Sort) (cursor, error) {
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil || c.ID <= 0 || c.Sort != sort.Field() || !utf8.ValidString(c.Text) || strings.ContainsRune(c.Text, 0) {
		return cursor{}, errs.Wrap(errs.Invalid, "This is not a place in this list. Start from its first page.", err)
	}
	return c, nil
}
