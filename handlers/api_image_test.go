package handlers_test

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"
	"strings"
	"testing"
)

func TestAPIImage(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	made := s.APICreate(`{"title":"Open day","target_url":"https://example.edu/","short_id":"open-day"}`)
	for _, tt := range []struct {
		query, kind string
		width       int // pixels; 0 for an SVG
		holds       string
	}{
		{"", "image/svg+xml", 0, "<title>Open day</title>"},
		{"?format=svg&mm=30", "image/svg+xml", 0, `width="30mm"`},
		{"?format=png", "image/png", 1024, ""},
		{"?format=png&size=300&quiet_zone=2", "image/png", 300, ""},
		{"?format=png&mm=25.4&dpi=600", "image/png", 600, ""},
		{"?format=png&mm=25,4", "image/png", 300, ""},
	} {
		t.Run(tt.query, func(t *testing.T) {
			t.Parallel()
			s := s.As(t)
			r := s.Get(fmt.Sprintf("/api/v1/qr/%d/image%s", made.ID, tt.query))
			if kind := r.Header.Get("Content-Type"); kind != tt.kind || r.Header.Get("ETag") == "" {
				t.Errorf("Content-Type %q, ETag %q", kind, r.Header.Get("ETag"))
			}
			if disposition := r.Header.Get("Content-Disposition"); disposition != "" {
				t.Errorf("Content-Disposition %q, nobody asked for a file", disposition)
			}
			if !strings.Contains(r.Body, tt.holds) {
				t.Errorf("no %q in %.300s", tt.holds, r.Body)
			}
			if tt.width > 0 {
				picture, err := png.Decode(bytes.NewReader([]byte(r.Body)))
				if err != nil || picture.Bounds().Dx() != tt.width {
					t.Errorf("width %v, want %d: %v", picture.Bounds(), tt.width, err)
				}
			}
		})
	}
}

func TestAPIImageCaching(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	uri := fmt.Sprintf("/api/v1/qr/%d/image?format=png", s.APICreate(library).ID)
	etag := s.Get(uri).Header.Get("ETag")
	r := s.Request(http.MethodGet, uri, nil, http.StatusNotModified, header("If-None-Match", etag))
	if r.Body != "" || r.Header.Get("ETag") != etag {
		t.Errorf("304 with body %q and ETag %q", r.Body, r.Header.Get("ETag"))
	}
	s.Request(http.MethodHead, uri, nil, http.StatusOK)
	s.Request(http.MethodHead, uri, nil, http.StatusNotModified, header("If-None-Match", etag))
}

func TestAPIImageDownload(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	made := s.APICreate(`{"title":"Open day","target_url":"https://example.edu/","short_id":"open-day"}`)
	uri := fmt.Sprintf("/api/v1/qr/%d/image?mm=30&download=1", made.ID)
	downloads := func() int64 {
		return s.Count("SELECT count(*) FROM code_events WHERE code_id = $1 AND action = 'downloaded'", made.ID)
	}
	s.Request(http.MethodHead, uri, nil, http.StatusOK)
	if downloads() != 0 || s.Code(made.ID).Code.PrintedAt != nil {
		t.Error("HEAD counts as a download")
	}
	r := s.Get(uri)
	if got := r.Header.Get("Content-Disposition"); got != "attachment; filename=open-day-open-day-30mm.svg" {
		t.Errorf("Content-Disposition %q", got)
	}
	if downloads() != 1 || s.Code(made.ID).Code.PrintedAt == nil {
		t.Error("the download is not in the history")
	}
	// A file that does not come has no name.
	p := s.API(http.MethodGet, fmt.Sprintf("/qr/%d/image?format=png&size=16&download=1", made.ID), "", http.StatusUnprocessableEntity)
	if got := p.Header.Get("Content-Disposition"); got != "" || p.Problem().At("query.size") == "" {
		t.Errorf("Content-Disposition %q, problem %s", got, p.Body)
	}
}
