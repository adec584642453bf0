package e2e

import (
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"testing"

	"qrgen/e2e/rig"
)

// sight is one thing to look at: a page, or a page in some state.
type sight struct {
	name  string
	show  func(b *tab, w *town)
	empty bool // of the program before it holds any code
}

// at is a sight that only needs its address.
func at(name, path string) sight {
	return sight{name: name, show: func(b *tab, _ *town) { b.visit(path) }}
}

// codeAt is a code's page; suffix goes on from there.
func codeAt(name, id, suffix string) sight {
	return sight{name: name, show: func(b *tab, w *town) { b.visit(w.codes[id].path + suffix) }}
}

// public is what somebody meets who scans, in a language.
func public(name, path, lang string) sight {
	return sight{name: name, show: func(b *tab, _ *town) {
		b.expect("status of 404", "status of 410")
		b.header("Accept-Language", lang)
		b.visit(path)
		if got := b.attribute("html", "lang"); got != lang {
			b.t.Errorf("asked for in %q, the page is in %q", lang, got)
		}
	}}
}

// sights are all pages that people see.
func sights() []sight {
	list := []sight{
		{name: "dashboard-empty", empty: true, show: func(b *tab, _ *town) { b.visit("/") }},
		{name: "codes-empty", empty: true, show: func(b *tab, _ *town) { b.visit("/codes") }},
		at("dashboard", "/"),
		at("codes", "/codes"),
		at("codes-second-page", "/codes?sort=title&limit=10&state=active"),
		{name: "codes-menu", show: func(b *tab, _ *town) {
			b.visit("/codes?q=tour")
			b.click("tbody tr:first-child summary")
			b.await("the menu", "document.querySelector('details.menu[open]')")
		}},
		at("sheet", "/sheet?all=1&q=tour"),
		at("archive", "/archive?all=1&q=tour"),
		at("import", "/import"),
		{name: "import-checked", show: func(b *tab, _ *town) {
			b.visit("/import")
			b.paste("#f-table", "title\ttarget_url\tshort_id\texpires_at\nTram stop, north\thttps://www.example.edu/tram\ttram-north\t31.12.2030\nMarket stalls: fees\thttps://www.example.edu/market/fees\t\t\nLift 2\thttps://www.example.edu/lifts?no=2\t\t")
			b.follow("#import .btn-primary")
			b.awaitText("main", "All 3 rows can become codes")
		}},
		{name: "import-errors", show: func(b *tab, _ *town) {
			b.expect("status of 422")
			b.visit("/import")
			b.paste("#f-table", "title,target_url,short_id,expires_at,room\nTram stop,https://www.example.edu/tram,library,,\nLift 2,ftp://lifts.example.edu,,tomorrow,2.14\nDoor,https://www.example.edu/door,door,,")
			b.follow("#import .btn-primary")
			b.awaitText("main", "2 of 3 rows need a correction")
		}},
		at("looks", "/looks"),
		at("looks-new", "/looks/new"),
		at("codes-no-hits", "/codes?q=helicopter&state=paused"),
		at("new", "/codes/new"),
		{name: "new-fixed", show: func(b *tab, _ *town) {
			b.visit("/codes/new")
			b.click("label:has(#f-kind-static)")
			b.fill("#f-title", "Guest Wi-Fi, annex")
			b.fill("#f-content", "WIFI:T:WPA;S:Guests;P:welcome-2027;;")
			b.awaitText("#preview", "WIFI:T:WPA;S:Guests;P:welcome-2027;;")
		}},
		{name: "new-everything", show: func(b *tab, _ *town) {
			b.visit("/codes/new")
			eval[bool](b, "document.querySelectorAll('main details').forEach(d => d.open = true), true")
			b.fill("#f-title", "Market day")
			b.fill("#f-target_url", "www.example.edu/market")
			b.fill("#f-short_id", "market")
			b.awaitText("#short-id-check", "Free")
			b.fill("#f-dark", "#8a8a8a")
			b.awaitText("#preview", "contrast")
		}},
		{name: "new-errors", show: func(b *tab, _ *town) {
			b.expect("status of 422")
			b.visit("/codes/new")
			b.fill("#f-target_url", "javascript:alert(1)")
			b.click("details:has(#f-short_id) > summary")
			b.fill("#f-short_id", "library")
			b.click("[data-save]")
			b.await("the errors", "document.activeElement.id === 'error-summary'")
		}},
		codeAt("code", "open-day", ""),
		codeAt("scans", "open-day", "/scans?days=7&class=all"),
		codeAt("scans-none", "elections", "/scans?from=2026-01-01&to=2026-01-31"),
		codeAt("scans-log", "open-day", "/scans/log?class=all"),
		{name: "code-test", show: func(b *tab, w *town) {
			b.visit(w.codes["first-aid"].path)
			if !eval[bool](b, "!!document.querySelector('#trial-scans')") { // of the sight before
				b.follow("form[action$='/test'] button")
			}
			b.await("the test", "document.querySelector('#trial-scans')")
		}},
		codeAt("code-fixed", "Guest Wi-Fi, main building", ""),
		codeAt("code-paused", "bridge", ""),
		codeAt("code-retired", "fair", ""),
		codeAt("code-expired", "summer", ""),
		codeAt("code-not-started", "elections", ""),
		{name: "code-saved", show: func(b *tab, w *town) {
			b.visit(w.codes["desk"].path + "/edit")
			b.follow("[data-save]")
			b.await("the message", "document.querySelector('#toasts').children.length > 0")
		}},
		{name: "code-retire", show: func(b *tab, w *town) {
			b.visit(w.codes["library"].path)
			b.click("[data-dialog-open=retire-dialog]")
			b.await("the dialog", "document.querySelector('#retire-dialog').open")
		}},
		codeAt("edit", "open-day", "/edit"),
		codeAt("edit-fixed", "Guest Wi-Fi, main building", "/edit"),
		{name: "edit-retarget", show: func(b *tab, w *town) {
			b.visit(w.codes["library"].path + "/edit")
			b.fill("#f-target_url", "https://library.example.edu/opening-hours/summer?from=door")
			b.click("[data-save]")
			b.await("the dialog", "document.querySelector('#retarget-dialog').open")
		}},
		{name: "edit-conflict", show: func(b *tab, w *town) {
			b.expect("status of 409")
			w.edit(b.t, "kiosk", "s.marin", "description", "Closed on Mondays.")
			b.visit(w.codes["kiosk"].path + "/edit")
			w.edit(b.t, "kiosk", "j.okafor", "description", "Open every day, says the tenant.")
			b.fill("#f-title", "Kiosk at the main station")
			b.click("[data-save]")
			b.await("the notice", "document.querySelector('.conflict')")
		}},
		{name: "shortcuts", show: func(b *tab, _ *town) {
			b.visit("/")
			b.press("?")
			b.await("the dialog", "document.querySelector('#shortcuts').open")
		}},
		{name: "error-404", show: func(b *tab, _ *town) {
			b.expect("status of 404")
			b.visit("/codes/999999")
		}},
		{name: "error-422", show: func(b *tab, _ *town) {
			b.expect("status of 422")
			b.visit("/codes?sort=drop")
		}},
		at("docs", "/docs"),
		at("status", "/status"),
	}
	for _, lang := range []string{"en", "de"} {
		list = append(list,
			public("public-paused-"+lang, "/R/BRIDGE", lang),
			public("public-not-started-"+lang, "/R/ELECTIONS", lang),
			public("public-expired-"+lang, "/R/SUMMER", lang),
			public("public-retired-"+lang, "/R/FAIR", lang),
			public("public-unknown-"+lang, "/R/NOWHERE", lang),
		)
	}
	return list
}

// townhall is the program with the town's codes, and before that the sights of
// the empty one: look is called for those first.
var townhall struct {
	once sync.Once
	town
	err error
}

// found starts the town's program once, has the empty pages looked at, and
// makes the codes.
func found(t *testing.T, look func(t *testing.T, w *town, s sight)) *town {
	t.Helper()
	townhall.once.Do(func() {
		p, err := launch(t, filepath.Join(rig.Scratch(), "town"), "TRUSTED_PROXIES=127.0.0.1",
			"BASE_URL=https://qr.example.edu", "CONTACT=reception@example.edu")
		townhall.err = err
		if err != nil {
			return
		}
		townhall.program = p
		for _, s := range sights() {
			if s.empty {
				t.Run(s.name, func(t *testing.T) { look(t, &townhall.town, s) })
			}
		}
		townhall.settle(t)
	})
	if townhall.err != nil {
		t.Fatal(townhall.err)
	}
	if townhall.codes == nil {
		t.Fatal("the town could not be founded")
	}
	if a := townhall.do(t, http.MethodGet, "/health", url.Values{}); a.status != http.StatusOK {
		t.Fatalf("the town's program is unwell: %d %s", a.status, a.body)
	}
	return &townhall.town
}
