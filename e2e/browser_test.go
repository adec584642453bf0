package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"qrgen/e2e/rig"
)

// chromiumPath is the browser's path; empty if there is none.
func chromiumPath() string {
	if path := os.Getenv("CHROMIUM_PATH"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// chromium is the one browser of all tests; each tab has cookies and storage
// of its own.
var chromium = sync.OnceValues(func() (context.Context, error) {
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(chromiumPath()),
		chromedp.NoSandbox, // as root it does not start otherwise; all pages are our own
		chromedp.DisableGPU,
		chromedp.UserDataDir(filepath.Join(rig.Scratch(), "chromium")),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("no-pings", true),
		chromedp.Flag("lang", "en-GB"),
		chromedp.WSURLReadTimeout(patience),
	)
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	stopBrowser = func() {
		_ = chromedp.Cancel(ctx) // waits for the process
		cancel()
		cancelAllocator()
	}
	return ctx, chromedp.Do(ctx)
})

var stopBrowser = func() {}

// tab is one page of the browser and what went wrong on it.
type tab struct {
	t    testing.TB
	ctx  context.Context
	base string

	close     func() // closes the tab before the test ends
	headers   network.Headers
	scrollbar emulation.SetDeviceMetricsOverrideScrollbarType
	pages     int // how often loads waited for another page

	mu       sync.Mutex
	expected []string // parts of complaints that the test means to provoke
	heard    []string
	dialogs  []string // messages of the browser's own dialogs
	stay     bool     // answer "leave the page?" with no
}

// open opens a tab on a program. The test fails on anything in the console, on
// a breach of the content security policy and on a request to another host.
func open(t testing.TB, p *program) *tab {
	t.Helper()
	parent, err := chromium()
	if err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	ctx, cancel := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	b := &tab{t: t, ctx: ctx, base: p.Base, close: sync.OnceFunc(cancel), headers: network.Headers{}}
	t.Cleanup(b.close)
	must(t, chromedp.Do(ctx)) // without a deadline: it would end the tab
	must(t, chromedp.Listen(ctx, b.hear))
	t.Cleanup(b.check)
	_, err = chromedp.Call(ctx, audits.Enable, cdp.Empty{})
	must(t, err)
	// Several tabs share the screen; each is to believe that it is in front.
	_, err = chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	must(t, err)
	b.look(1280, "light")
	return b
}

// hear takes in the browser's events. It runs in the loop that reads them.
func (b *tab) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		b.complain("exception: " + text)
	case *runtime.EventConsoleAPICalled:
		var words []string
		for _, arg := range e.Args {
			words = append(words, string(arg.Value)+arg.Description)
		}
		b.complain(fmt.Sprintf("console.%s: %s", e.Type, strings.Join(words, " ")))
	case *log.EventEntryAdded:
		// What is below a warning is the browser thinking aloud.
		if e.Entry.Level == log.EntryLevelWarning || e.Entry.Level == log.EntryLevelError {
			b.complain(fmt.Sprintf("log, %s, %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL))
		}
	case *audits.EventIssueAdded:
		if csp := e.Issue.Details.ContentSecurityPolicyIssueDetails; csp != nil {
			b.complain(fmt.Sprintf("content security policy: %s %s", csp.ViolatedDirective, csp.BlockedURL))
		}
	case *network.EventRequestWillBeSent:
		u, err := url.Parse(e.Request.URL)
		if err != nil || u.Scheme != "data" && u.Scheme != "blob" && u.Scheme+"://"+u.Host != b.base {
			b.complain("request to another host: " + e.Request.URL)
		}
	case *page.EventJavascriptDialogOpening:
		b.mu.Lock()
		b.dialogs = append(b.dialogs, string(e.Type))
		accept := !b.stay
		b.mu.Unlock()
		go func() { // a command from within the loop would wait for itself
			_, _ = chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: accept})
		}()
	}
}

func (b *tab) complain(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.heard = append(b.heard, text)
}

// expect says which complaints are meant to come: those with one of the parts.
func (b *tab) expect(parts ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, parts...)
}

// check fails the test on every complaint that was not expected.
func (b *tab) check() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range b.heard {
		if !slices.ContainsFunc(b.expected, func(part string) bool { return strings.Contains(text, part) }) {
			b.t.Errorf("the browser complained: %s", text)
		}
	}
	b.heard = nil
}

// asked says how often the browser showed a dialog of its own, and forgets it.
func (b *tab) asked() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	dialogs := b.dialogs
	b.dialogs = nil
	return dialogs
}

// staying decides how "leave the page?" is answered.
func (b *tab) staying(stay bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stay = stay
}

// look sets the width in CSS px and the colour scheme, light or dark. Motion
// is reduced, so that nothing is measured half way.
func (b *tab) look(width int64, scheme string) {
	b.t.Helper()
	height := int64(900)
	if width < 600 {
		height = 740
	}
	_, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 600, ScrollbarType: b.scrollbar,
	})
	must(b.t, err)
	_, err = chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	must(b.t, err)
}

// header makes the browser send a header with every request, as the edge does.
func (b *tab) header(name, value string) {
	b.t.Helper()
	b.headers[name] = value
	_, err := chromedp.Call(b.ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: b.headers})
	must(b.t, err)
}

// scripts switches JavaScript on or off from the next page on.
func (b *tab) scripts(on bool) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
	must(b.t, err)
}
