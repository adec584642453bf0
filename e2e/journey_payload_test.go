package e2e

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// sound holds the page to axe and to its width, in light and dark, on a desk
// and on a phone.
func (b *tab) sound(where string) {
	b.t.Helper()
	for _, scheme := range schemes {
		for _, width := range widths {
			b.look(width, scheme)
			b.await("the colours", settled)
			at := fmt.Sprintf("%s, %d px, %s", where, width, scheme)
			b.accessible(at)
			if over := b.overflow(width); over != "" {
				b.t.Errorf("%s: wider than the page: %s", at, over)
			}
		}
	}
	b.look(widths[0], schemes[0])
}

// choose ticks one of the types of what a code holds or leads to, and waits
// for its fields.
func (b *tab) choose(choice, kind, field string) {
	b.t.Helper()
	b.click(".chip:has(#f-" + choice + "-" + kind + ")")
	b.await("the fields of "+kind, "document.querySelector('#f-"+field+"')")
}

// TestGuestNetwork is the way of a Wi-Fi code to the wall: the type, its
// fields, the symbol, and two programs that read what a phone would.
func TestGuestNetwork(t *testing.T) {
	t.Parallel()
	p := office(t)
	b := open(t, p)
	b.visit("/codes/new")
	b.click("label:has(#f-kind-static)")
	b.fill("#f-title", "Guest network, annex")
	b.choose("payload_type", "wifi", "wifi_ssid")
	b.awaitText("#payload", "offers to join the network")
	if got := b.value("#f-title"); got != "Guest network, annex" {
		t.Errorf("after the choice the title is %q", got)
	}
	b.fill("#f-wifi_ssid", `Guests; "annex"`)
	b.awaitText("#preview", "password")
	b.fill("#f-wifi_password", `half:a\dozen`)
	const content = `WIFI:T:WPA;S:Guests\; \"annex\";P:half\:a\\dozen;;`
	b.awaitText("#preview", content)
	b.sound("the form")

	// A mistake is said where it was made, and nothing is lost.
	b.expect("status of 422")
	b.fill("#f-wifi_password", "short")
	b.click("[data-save]")
	b.awaitText("#error-summary", "8 to 63")
	if got := b.value("#f-wifi_ssid") + b.attribute("#f-wifi_password", "aria-invalid"); got != `Guests; "annex"true` {
		t.Errorf("the form came back with %q", got)
	}
	b.sound("the invalid form")
	b.fill("#f-wifi_password", `half:a\dozen`)
	b.follow("[data-save]")
	b.awaitText("main", "What it holds: Wi-Fi")
	b.sound("the page")
	for _, path := range []string{b.download(".head-actions .btn-primary"), b.downloadAs("flyer", "png")} {
		// ZXingReader writes a backslash as it is and a quote with one before it.
		if got := readSymbolAs(t, path, strings.ReplaceAll(content, `"`, `\"`)); got != content {
			t.Errorf("the symbol says %q, want %q", got, content)
		}
	}
	b.follow(".head-actions a[href$='/edit']")
	if n := b.count("#f-wifi_ssid"); n != 0 {
		t.Error("a downloaded symbol's network can be edited")
	}
	b.visit("/codes?q=annex")
	b.awaitText("tbody", "Wi-Fi")
	if strings.Contains(b.text("tbody"), "dozen") {
		t.Error("the list shows the password")
	}
}

// readSymbolAs reads a symbol as readSymbol does, where ZXingReader writes what
// it says in another way.
func readSymbolAs(t testing.TB, path, zxing string) string {
	t.Helper()
	if strings.HasSuffix(path, ".svg") {
		tool(t, "rsvg-convert", "--dpi-x=300", "--dpi-y=300", "--output", path+".png", path)
		path += ".png"
	}
	said := regexp.MustCompile(`(?m)^Text: +"(.*)"$`).FindStringSubmatch(tool(t, "ZXingReader", path))
	if said == nil || said[1] != zxing && strings.ReplaceAll(said[1], `"`, `\"`) != zxing {
		t.Errorf("ZXingReader reads %q, want %q", said, zxing)
	}
	return tool(t, "zbarimg", "-q", "--nodbus", "--raw", "--oneshot", "-Sbinary", "-Sdisable", "-Sqrcode.enable", path)
}

// TestBusinessCard is a card that is printed and then changes: with scripts
// and without.
func TestBusinessCard(t *testing.T) {
	t.Parallel()
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts %t", scripts), func(t *testing.T) {
			t.Parallel()
			p := office(t)
			b := open(t, p)
			b.scripts(scripts)
			b.visit("/codes/new")
			b.fill("#f-title", "Card of Jana Öz")
			if scripts {
				b.choose("leads_to", "contact", "contact_given_name")
			} else {
				b.click(".chip:has(#f-leads_to-contact)")
				b.follow(".if-dynamic [formaction='/codes/payload']")
			}
			b.fill("#f-contact_given_name", "Jana")
			b.fill("#f-contact_family_name", "Öz")
			b.fill("#f-contact_phone", "+49 (0)89 123-45")
			if scripts {
				b.awaitText("#preview", "Grade")
				b.sound("the form")
			}
			b.follow("[data-save]")
			b.awaitText("main", "What it gives: Contact")
			page, short := b.path(), b.text(".short-url a")
			printed := readSymbol(t, b.download(".head-actions .btn-primary"))
			if want := strings.ToUpper(strings.Replace(short, "/r/", "/R/", 1)); printed != want {
				t.Errorf("the symbol says %q, want %q", printed, want)
			}
			scanned := strings.Replace(printed, strings.ToUpper(p.Base), p.Base, 1)
			card := p.get(t, scanned)
			if card.status != http.StatusOK || card.header.Get("Content-Type") != "text/vcard; charset=utf-8" ||
				!strings.Contains(card.body, "FN:Jana Öz\r\n") || !strings.Contains(card.body, "+498912345\r\n") {
				t.Fatalf("the phone gets %d %v\n%s", card.status, card.header, card.body)
			}

			b.follow(".head-actions a[href$='/edit']")
			b.fill("#f-contact_phone", "+49 89 777")
			b.follow("[data-save]")
			b.awaitText(".history", "Contact: phone at work")
			if card := p.get(t, scanned); !strings.Contains(card.body, "+4989777\r\n") {
				t.Errorf("after the change the phone gets\n%s", card.body)
			}
			b.follow(".history form[action$='/undo'] button")
			if card := p.get(t, scanned); !strings.Contains(card.body, "+498912345\r\n") {
				t.Errorf("after undoing it the phone gets\n%s", card.body)
			}
			p.awaitTotal(t, code{path: page, title: "the card"}, 3, 0)
			if scripts {
				b.visit(page)
				b.sound("the page")
			}
		})
	}
}
