package handlers_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"image/color"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var updateGolden = flag.Bool("update", false, "rewrite testdata/openapi.json")

// openAPI is as much of a document as the tests look at.
type openAPI struct {
	OpenAPI string `json:"openapi"`
	Paths   map[string]map[string]struct {
		Summary, Description, OperationID string
		Parameters                        []struct{ Name, In, Description string }
		RequestBody                       *struct {
			Content map[string]struct {
				Example json.RawMessage
			}
		}
		Responses map[string]struct {
			Description string
			Content     map[string]struct{ Example json.RawMessage }
		}
	}
	Components struct {
		Schemas map[string]struct {
			Properties map[string]struct{ Description string }
			Required   []string
		}
	}
}

// The API is what clients were built for: a change of the document is seen in
// a review.
func TestOpenAPIGolden(t *testing.T) {
	t.Parallel()
	const file = "testdata/openapi.json"
	r := newServer(t).API(http.MethodGet, "/openapi.json", "", http.StatusOK)
	var got bytes.Buffer
	if err := json.Indent(&got, []byte(r.Body), "", "  "); err != nil {
		t.Fatal(err)
	}
	if *updateGolden {
		if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("the document differs from %s (go test ./handlers -run OpenAPIGolden -update rewrites it):\n%s", file, diff)
	}
}

func TestOpenAPIDescribesEverything(t *testing.T) {
	t.Parallel()
	r := newServer(t).API(http.MethodGet, "/openapi.json", "", http.StatusOK)
	doc := read[openAPI](r)
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("OpenAPI %q", doc.OpenAPI)
	}
	want := map[string][]string{
		"/qr": {"get"}, "/qr/dynamic": {"post"}, "/qr/static": {"post"}, "/qr/{id}": {"get", "put"}, "/qr/{id}/image": {"get"},
		"/qr/{id}/scans": {"get"},
		"/logos":         {"get", "post"}, "/presets": {"get", "post"},
	}
	got := map[string][]string{}
	for path, methods := range doc.Paths {
		got[path] = slices.Sorted(maps.Keys(methods))
		for method, op := range methods {
			if op.Summary == "" || op.Description == "" || op.OperationID == "" {
				t.Errorf("%s %s is not described", method, path)
			}
			for _, p := range op.Parameters {
				if p.Description == "" {
					t.Errorf("%s %s: parameter %s is not described", method, path, p.Name)
				}
			}
			for status, response := range op.Responses {
				if response.Description == "" {
					t.Errorf("%s %s: answer %s is not described", method, path, status)
				}
				if _, problem := response.Content["application/problem+json"]; (status >= "400") != problem {
					t.Errorf("%s %s: answer %s has content %v", method, path, status, response.Content)
				}
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	for name, schema := range doc.Components.Schemas {
		for field, property := range schema.Properties {
			if property.Description == "" {
				t.Errorf("%s.%s is not described", name, field)
			}
		}
	}
	code := doc.Components.Schemas["Code"]
	if diff := cmp.Diff(slices.Sorted(slices.Values(codeFields)), slices.Sorted(maps.Keys(code.Properties))); diff != "" {
		t.Errorf("fields of a code (-want +got):\n%s", diff)
	}
	if len(code.Required) != len(codeFields) {
		t.Errorf("always there: %v", code.Required)
	}
	for _, ref := range regexp.MustCompile(`"#/components/schemas/(\w+)"`).FindAllStringSubmatch(r.Body, -1) {
		if _, ok := doc.Components.Schemas[ref[1]]; !ok {
			t.Errorf("there is no schema %s", ref[1])
		}
	}
}

// What the document gives as an example works.
func TestOpenAPIExamples(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	doc := read[openAPI](s.API(http.MethodGet, "/openapi.json", "", http.StatusOK))
	for i := range 3 { // the preset's logo has the number 3
		s.API(http.MethodPost, "/logos", string(crest(t, color.NRGBA{uint8(i), 51, 102, 255})), http.StatusCreated)
	}
	for _, tt := range []struct {
		path, method, uri string
		status            int
	}{
		{"/qr/dynamic", "post", "/qr/dynamic", http.StatusCreated},
		{"/qr/static", "post", "/qr/static", http.StatusCreated},
		{"/qr/{id}", "put", "/qr/1", http.StatusOK},
		{"/presets", "post", "/presets", http.StatusCreated},
	} {
		op := doc.Paths[tt.path][tt.method]
		s.API(strings.ToUpper(tt.method), tt.uri, string(op.RequestBody.Content["application/json"].Example), tt.status)
	}
}

func TestOpenAPIAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, uri := range []string{"/api/v1/openapi.json", "/docs"} {
				if code := s.status(http.MethodGet, uri, ""); code != http.StatusOK {
					t.Errorf("%s: %d", uri, code)
				}
			}
		})
	}
	wg.Wait()
}

func TestDocsPage(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.Get("/docs").Has(
		"API reference", "How it works", "List codes", "Make a dynamic code", "Make a static code", "Read a code", "Change a code", "Download the symbol",
		"https://qr.example.edu/api/v1", "curl -X POST 'https://qr.example.edu/api/v1/qr/dynamic'", "If-Match", "Idempotency-Key", "application/problem+json",
	)
	r.Has(codeFields...)
	// Nothing comes from elsewhere, and nothing is inline.
	for _, link := range regexp.MustCompile(`(?:src|href|action|srcset|data)="([^"]*)"`).FindAllStringSubmatch(r.Body, -1) {
		if !strings.HasPrefix(link[1], "/") && !strings.HasPrefix(link[1], "#") || strings.HasPrefix(link[1], "//") {
			t.Errorf("the page leads to %q", link[1])
		}
	}
	if inline := regexp.MustCompile(`<style|style="|<script>| on[a-z]+="`).FindString(r.Body); inline != "" {
		t.Errorf("the page has %q, which the CSP forbids", inline)
	}
	// Each entry of its navigation leads to a section.
	for _, link := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(r.Body, -1) {
		if !strings.Contains(r.Body, `id="`+link[1]+`"`) {
			t.Errorf("there is no section %q", link[1])
		}
	}
	s.Get("/docs", htmx).HasNot("Skip to content")
}
