package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"qrgen/db/dbtest"
)

// A person who tries a code out and looks at its page sees the scan, without
// waiting for the next batch.
func TestOwnScanShowsAtOnce(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	s := newServerBeside(t, pool, pool, time.Hour)
	id := s.Create(dynamic("short_id", "open-day"))
	for n := range 5 {
		s.Request("GET", "/R/OPEN-DAY", nil, http.StatusFound, from(outside))
		s.Get(codePath(id, "")).Has(fmt.Sprintf("Total %d", 2*n+1))
		s.Request("GET", "/r/open-day", nil, http.StatusFound, from(outside))
		answer := s.API("GET", fmt.Sprintf("/qr/%d", id), "", http.StatusOK)
		if want := fmt.Sprintf(`"scan_count":%d,`, 2*n+2); !strings.Contains(answer.Body, want) {
			t.Errorf("the API says %s, want %s", answer.Body, want)
		}
	}
}
