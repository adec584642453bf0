package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"qrgen/internal/front"
)

// TestQuick compares with redirect, which TestRedirect has row by row: what is
// answered quickly is answered and counted as there, and of the rest nothing is
// noticed.
func TestQuick(t *testing.T) {
	t.Parallel()
	s := scanned(t)
	for path, quick := range map[string]bool{
		"/r/active": true, "/R/ACTIVE": true, "/r/Active": true, "/r/active?scan_ref=qr": true, "/r/active?a=1&scan_ref=qr": true, "/r/active?xscan_ref=qr": true,
		"/r/active?scan_ref=qr;&scan_ref=qr": true, "/r/active/": true, "/r/begun": true, "/R/LATER-F": true, "/r/over-f": true, "/r/paused-f": true, "/r/retired-f": true,
		"/r/later": false, "/r/over": false, "/r/paused": false, "/r/retired": false, "/r/nobody": false, "/r/1oab": false, "/r/": false, "/R": false, "/r/active/x": false, "/codes": false,
	} {
		t.Run(path, func(t *testing.T) {
			s := s.As(t)
			name, query, _ := strings.Cut(path, "?")
			before := s.scans()
			location, ok := s.quick(&front.Request{Path: name, Query: query, Peer: outside, UserAgent: "Mozilla/5.0"})
			between := s.scans()
			if ok != quick || quick == (location == "") {
				t.Errorf("%q, %t", location, ok)
			}
			if !quick {
				if fmt.Sprint(before) != fmt.Sprint(between) {
					t.Errorf("counts %v, want %v", between, before)
				}
				return
			}
			r := s.Request("GET", path, nil, http.StatusFound, from(outside))
			after := s.scans()
			if want := r.Header.Get("Location"); location != want {
				t.Errorf("leads to %q, want %q", location, want)
			}
			for code, n := range after {
				if n-between[code] != between[code]-before[code] {
					t.Errorf("%s: counted %d times, then %d times", code, between[code]-before[code], n-between[code])
				}
			}
		})
	}
}

// Where every redirect is logged, none is quick.
func TestQuickLogsNothing(t *testing.T) {
	t.Parallel()
	s := scanned(t, "LOG_REDIRECTS=all")
	if location, ok := s.quick(&front.Request{Path: "/r/active"}); ok {
		t.Errorf("leads to %q", location)
	}
}
