package e2e

import (
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"

// scanned makes a poster that some phones have scanned.
func scanned(t *testing.T, p *program, title string, phones int) code {
	t.Helper()
	c := p.create(t, title)
	for range phones {
		if a := p.get(t, "/R/"+strings.ToUpper(c.shortID), "User-Agent", phone); a.status != 302 {
			t.Fatalf("scan: status %d", a.status)
		}
	}
	p.awaitTotal(t, c, int64(phones), 0)
	return c
}

// TestHowOftenWasItScanned: how often was this poster scanned last week? From
// the list to the number and its table, and home with the CSV.
func TestHowOftenWasItScanned(t *testing.T) {
	t.Parallel()
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts %t", scripts), func(t *testing.T) {
			t.Parallel()
			p := office(t)
			c := scanned(t, p, fmt.Sprintf("Weekly poster, scripts %t", scripts), 7)
			b := open(t, p)
			b.scripts(scripts)
			b.visit("/codes?q=" + strings.ReplaceAll(c.title, " ", "+"))
			b.follow(".scans-link")
			b.follow(".choice[href*='days=7']")
			if got := b.text(".numbers div:first-child dd"); got != "7" {
				t.Errorf("%s people", got)
			}
			if n := b.count("#series tbody tr"); n != 7 {
				t.Errorf("%d days in the table", n)
			}
			if got := b.text("#series tbody tr:first-child td"); got != "7" {
				t.Errorf("today %s", got)
			}
			if scripts {
				b.await("the chart", "document.querySelector('.chart canvas')")
			}
			body, err := os.ReadFile(b.download(".head-actions .btn-primary"))
			must(t, err)
			table, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(body), "\ufeff"))).ReadAll()
			must(t, err)
			if len(table) != 8 || table[7][1] != "7" {
				t.Errorf("the file says %v", table)
			}

			// Own dates: a day on which nobody came.
			b.click(".own-dates > summary")
			day := time.Now().AddDate(0, 0, -3).Format(time.DateOnly)
			for _, field := range []string{"#f-from", "#f-to"} {
				eval[bool](b, "(document.querySelector("+quote(field)+").value = "+quote(day)+", true)")
			}
			b.follow(".own-dates-form button")
			b.awaitText("main", "Nobody has scanned this code in these days")
			if !strings.Contains(b.path(), "from="+day) {
				t.Errorf("the address is %s", b.path())
			}
			b.follow(".back")
			if !strings.HasPrefix(b.path(), c.path) {
				t.Errorf("back leads to %s", b.path())
			}
		})
	}
}

// TestTryACode tests a code with a phone: the scan is on the page within two
// seconds and in no count.
func TestTryACode(t *testing.T) {
	t.Parallel()
	p := office(t)
	c := p.create(t, "Try me out")
	b := open(t, p)
	b.visit(c.path)
	b.follow("form[action$='/test'] button")
	b.awaitText("#trial-scans", "Waiting for a scan")
	began := time.Now()
	p.get(t, "/R/"+strings.ToUpper(c.shortID), "User-Agent", phone)
	b.awaitText("#trial-scans", "iOS")
	if took := time.Since(began); took > 2*time.Second {
		t.Logf("seen after %s", took) // a busy machine; alone it takes one
	}
	b.accessible("a test that has seen a scan")
	b.follow("form[action$='/test/end'] button")
	b.awaitText("#test", "The test is over")
	if got := p.shown(t, c)["Total"]; got != "0" {
		t.Errorf("%s scans are counted", got)
	}
	if a := p.get(t, "/R/"+strings.ToUpper(c.shortID), "User-Agent", phone); a.status != 302 {
		t.Fatal(a.status)
	}
	p.awaitTotal(t, c, 1, 0)
}
