package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"qrgen/e2e/rig"
)

// download clicks on a link and gives the path of the file that comes of it,
// in a folder of its own: the browser would write over one of the same name.
func (b *tab) download(selector string) string {
	b.t.Helper()
	dir, err := os.MkdirTemp(rig.Scratch(), "download-")
	must(b.t, err)
	_, err = chromedp.CallBrowser(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior:         browser.SetDownloadBehaviorBehaviorAllow,
		BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
		DownloadPath:     dir,
	})
	must(b.t, err)
	b.click(selector)
	var path string
	eventually(b.t, "the download of "+selector, func() error {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			// While it is under way, the file has another name.
			if name := e.Name(); !strings.HasSuffix(name, ".crdownload") && !strings.HasPrefix(name, ".") {
				path = filepath.Join(dir, name)
				return nil
			}
		}
		return fmt.Errorf("the folder holds %v", entries)
	})
	return path
}

// tool runs a program and gives what it printed.
func tool(t testing.TB, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}

var zxingText = regexp.MustCompile(`(?m)^Text: +"(.*)"$`)

// readSymbol reads the symbol in an SVG or PNG file with two independent
// decoders and checks that both read the same.
func readSymbol(t testing.TB, path string) string {
	t.Helper()
	if strings.HasSuffix(path, ".svg") {
		// As a printer of 300 DPI would draw it.
		drawn := path + ".png"
		tool(t, "rsvg-convert", "--dpi-x=300", "--dpi-y=300", "--output", drawn, path)
		path = drawn
	}
	zbar := tool(t, "zbarimg", "-q", "--nodbus", "--raw", "--oneshot", "-Sbinary", "-Sdisable", "-Sqrcode.enable", path)
	said := tool(t, "ZXingReader", path)
	m := zxingText.FindStringSubmatch(said)
	if m == nil {
		t.Fatalf("ZXingReader on %s: %s", filepath.Base(path), said)
	}
	if zbar != m[1] {
		t.Errorf("%s: zbarimg reads %q, ZXingReader %q", filepath.Base(path), zbar, m[1])
	}
	return zbar
}
