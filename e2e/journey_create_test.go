package e2e

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestFirstCode is somebody's first minute: from the empty program to a
// print-ready file, and to a scan of it.
func TestFirstCode(t *testing.T) {
	p := start(t)
	b := open(t, p)
	began := time.Now()

	b.visit("/codes")
	b.wholePage()
	b.awaitText("main", "No codes yet")
	if n := b.count("main .btn-primary"); n != 1 {
		t.Errorf("%d primary buttons, want one", n)
	}
	b.follow("main .btn-primary")

	// What: the link is chosen already. Title and target are the other two.
	if !eval[bool](b, "document.querySelector('#f-kind-dynamic').checked") {
		t.Error("the changeable link is not preselected")
	}
	if got := b.focused(); got != "#f-title" {
		t.Errorf("the focus is on %s, want the title", got)
	}
	b.keys("Open day 2027")
	b.fill("#f-target_url", "example.com/x")
	b.await("the offer of https://", "document.querySelector('.scheme-offer')?.textContent.includes('https://example.com/x')")
	b.click(".scheme-offer")
	if got := b.value("#f-target_url"); got != "https://example.com/x" {
		t.Errorf("the target became %q", got)
	}
	b.awaitText("#preview", "Grade")
	if got := b.count("#preview img"); got != 1 {
		t.Errorf("%d symbols in the preview, want one", got)
	}
	b.follow("[data-save]")
	if !regexp.MustCompile(`^/codes/\d+$`).MatchString(b.path()) {
		t.Fatalf("after saving at %s", b.path())
	}
	b.awaitText("#toasts", "Created")
	if got := b.text("h1"); got != "Open day 2027" {
		t.Errorf("heading %q", got)
	}
	page, short := b.path(), b.text(".short-url a")
	id := short[strings.LastIndex(short, "/")+1:]

	svg := b.download(".head-actions .btn-primary")
	took := time.Since(began)
	if took > time.Minute {
		t.Errorf("the first print-ready file took %s, more than a minute", took)
	}
	t.Logf("first print-ready file after three decisions (what, title, where to) and %s", took.Round(time.Millisecond))
	if name := filepath.Base(svg); !strings.Contains(strings.ToLower(name), "open-day-2027") || !strings.Contains(name, id) {
		t.Errorf("the file is called %s: no title or no short ID in it", name)
	}

	want := strings.ToUpper(p.Base + "/R/" + id)
	paths := []string{svg}
	for _, file := range [][2]string{{"card", "svg"}, {"card", "png"}, {"flyer", "png"}, {"poster", "svg"}, {"screen", "png"}} {
		paths = append(paths, b.downloadAs(file[0], file[1]))
	}
	for _, path := range paths {
		if got := readSymbol(t, path); got != want {
			t.Errorf("%s says %q, want %q", filepath.Base(path), got, want)
		}
	}

	// A phone opens what it read; schemes and hosts have no case.
	scanned := strings.Replace(want, strings.ToUpper(p.Base), p.Base, 1)
	p.scan(t, scanned, "https://example.com/x")
	p.scan(t, scanned, "https://example.com/x")
	p.scan(t, short, "https://example.com/x")
	if a := p.do(t, http.MethodHead, short, nil); a.status != http.StatusFound {
		t.Errorf("HEAD: status %d", a.status)
	}
	p.awaitTotal(t, code{path: page, title: "the first code"}, 3, 0)
	b.visit(page)
	if got := b.text(".numbers"); !strings.Contains(got, "Total 3") || !strings.Contains(got, "From printed codes 2") || !strings.Contains(got, "From links 1") {
		t.Errorf("the page counts %q, want 3: 2 from printed codes, 1 from links", got)
	}
	if !strings.Contains(b.text(".history"), "ownloaded") {
		t.Errorf("the history does not say that the code was downloaded: %s", b.text(".history"))
	}
}

// TestPreview looks at what the form shows while a person types.
func TestPreview(t *testing.T) {
	t.Parallel()
	p := office(t)
	b := open(t, p)
	b.visit("/codes/new")
	if b.count("#preview img") != 0 {
		t.Error("there is a verdict on a form that nobody has typed into")
	}
	b.click("#look > summary")
	b.fill("#f-dark", "#cccccc")
	b.awaitText("#preview", "contrast")
	b.fill("#f-dark", "#1d3557")
	b.awaitText("#preview", "Grade")

	b.click("details:has(#f-short_id) > summary")
	b.fill("#f-short_id", "A")
	b.await("that it is too short", "document.querySelector('#short-id-check').textContent.trim() !== ''")
	b.fill("#f-short_id", "preview-2027")
	b.awaitText("#short-id-check", "Free")
	b.awaitText("#preview", "/R/PREVIEW-2027")

	b.click("label:has(#f-kind-static)")
	b.fill("#f-content", "WIFI:T:WPA;S:Guests;P:welcome-2027;;")
	b.awaitText("#preview", "WIFI:T:WPA;S:Guests;P:welcome-2027;;")
	b.fill("#f-title", "Guest Wi-Fi")
	b.follow("[data-save]")
	if got := b.text(".content"); got != "WIFI:T:WPA;S:Guests;P:welcome-2027;;" {
		t.Errorf("it says %q", got)
	}
	path := b.downloadAs("card", "png")
	if got := readSymbol(t, path); got != "WIFI:T:WPA;S:Guests;P:welcome-2027;;" {
		t.Errorf("the symbol says %q", got)
	}
}

// TestCopy copies the short URL.
func TestCopy(t *testing.T) {
	t.Parallel()
	p := office(t)
	c := p.create(t, "Copied")
	b := open(t, p)
	b.visit(c.path)
	b.click(".short-url [data-copy]")
	b.await("word of it", "document.querySelector('#live').textContent === 'Copied'")
	if got := eval[string](b, "document.querySelector('.short-url [data-copy]').dataset.copy"); got != p.Base+"/r/"+c.shortID {
		t.Errorf("copied %q", got)
	}
}
