package static

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestHandler(t *testing.T) {
	t.Parallel()
	path := Path("css/app.css")
	if !regexp.MustCompile(`^/static/css/app\.[0-9a-f]{10}\.css$`).MatchString(path) {
		t.Fatalf("Path = %s", path)
	}
	own, err := files.ReadFile("css/app.css")
	if err != nil {
		t.Fatal(err)
	}

	res := get(t, "GET", path)
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusOK || string(body) != string(own) {
		t.Errorf("plain: %d, %d bytes, want %d", res.StatusCode, len(body), len(own))
	}
	for name, want := range map[string]string{
		"Cache-Control": "public, max-age=31536000, immutable", "Content-Type": "text/css; charset=utf-8",
		"Content-Encoding": "", "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}

	res = get(t, "GET", path, "Accept-Encoding", "br, gzip;q=0.8")
	zr, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body, _ = io.ReadAll(zr); string(body) != string(own) || res.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("gzip: %d bytes, encoding %q", len(body), res.Header.Get("Content-Encoding"))
	}

	res = get(t, "GET", path, "Accept-Encoding", "gzip;q=0, br")
	if got := res.Header.Get("Content-Encoding"); got != "" {
		t.Errorf("gzip refused, got %q", got)
	}
	if res = get(t, "GET", path, "If-None-Match", res.Header.Get("ETag")); res.StatusCode != http.StatusNotModified {
		t.Errorf("known: %d", res.StatusCode)
	}
	res = get(t, "HEAD", path)
	if body, _ = io.ReadAll(res.Body); res.StatusCode != http.StatusOK || len(body) != 0 {
		t.Errorf("HEAD: %d, %d bytes", res.StatusCode, len(body))
	}
	if res = get(t, "POST", path); res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") == "" {
		t.Errorf("POST: %d", res.StatusCode)
	}
	for _, missing := range []string{"/static/css/app.css", "/static/css/app.0000000000.css", "/static/", "/static/vendor/.gitkeep", "/static/../static.go"} {
		if res = get(t, "GET", missing); res.StatusCode != http.StatusNotFound || strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %s", missing, res.StatusCode, res.Header.Get("Cache-Control"))
		}
	}
}

func TestCheckNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	if got := Path("vendor/nothing.js"); got != "/static/vendor/nothing.js" {
		t.Errorf("unknown asset: %s", got)
	}
	if err := Check(); err != nil && !strings.Contains(err.Error(), "make assets") {
		t.Errorf("no advice in %q", err)
	}
	empty := &set{urls: map[string]string{}}
	if err := empty.check(); err == nil || !strings.Contains(err.Error(), "vendor/htmx.min.js") || !strings.Contains(err.Error(), "make assets") {
		t.Errorf("missing assets: %v", err)
	}
}

// TestFirstLoad holds the budget: everything a first visit loads beside the
// page itself, compressed, below 150 KB. It needs the vendor files.
func TestFirstLoad(t *testing.T) {
	t.Parallel()
	if err := Check(); err != nil {
		t.Skip(err)
	}
	total := 0
	for _, name := range []string{"vendor/tabler.min.css", "vendor/htmx.min.js", "vendor/icons.svg", "css/app.css", "css/favicon.svg", "js/theme.js", "js/app.js", "js/form.js"} {
		res := get(t, "GET", Path(name), "Accept-Encoding", "gzip")
		body, _ := io.ReadAll(res.Body)
		total += len(body)
	}
	t.Logf("first load: %d bytes compressed", total)
	if total > 150_000 {
		t.Errorf("first load: %d bytes compressed", total)
	}
}
