package views

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const hostile = `<script>alert(1)</script>"'` + "\u202eesrever"

// render gives a component's markup.
func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatalf("render: %v", err)
	}
	return b.String()
}

func at(ago time.Duration) Moment {
	now := time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)
	return Moment{At: now.Add(-ago), Now: now}
}

func sampleRow() CodeRow {
	return CodeRow{ID: 7, Kind: KindDynamic, Title: "Open day", ShortURL: "https://qr.example.edu/r/7k3qx9ab",
		TargetURL: "https://www.example.edu/open?x=1&y=2", State: StateActive, Scans: 12408, Created: at(72 * time.Hour), Changed: at(time.Hour)}
}

func sampleCode() Code {
	return Code{
		ID: 7, Kind: KindDynamic, Title: hostile, Description: hostile, State: StateActive, ShortID: "7k3qx9ab",
		ShortURL: "https://qr.example.edu/r/7k3qx9ab", Holds: "HTTPS://QR.EXAMPLE.EDU/R/7K3QX9AB", TargetURL: "https://example.edu/" + hostile,
		FallbackURL: "https://example.edu", StartsAt: at(time.Hour), ExpiresAt: at(-time.Hour), Look: sampleLook(nil),
		Created: at(72 * time.Hour), CreatedBy: hostile, Changed: at(time.Hour), ChangedBy: hostile,
		Scans: ScanCounts{Total: 3, QR: 2, Link: 1, Last: at(time.Minute)},
		Print: PrintAdvice{Verdict: VerdictWarn, Version: 2, Modules: 25, Level: "M", Contrast: 4.5, SmallestMM: 25, Warnings: []string{hostile}, Distances: []DistanceAdvice{{"1 m", 100}}},
		Download: Download{CodeID: 7, Dynamic: true, Use: "own", Width: hostile, Unit: "cm", DPI: hostile, Format: "pdf", Below: true, Smallest: 25,
			Verdict: DownloadVerdict{Verdict: VerdictBad, Grade: "D", Words: hostile, Details: []string{hostile}, Mend: []string{hostile}},
			Errors:  map[string]string{"width": hostile, "dpi": hostile, "format": hostile, "below": hostile}},
		Events: []Event{{ID: 3, Action: "updated", Who: hostile, From: "10.1.2.3", When: at(time.Hour), Undoable: true, Changes: []Change{{Field: "title", After: hostile}, {Field: "wifi_ssid", Name: hostile, Before: hostile}}}},
	}
}

func sampleLook(problems map[string]string) Look {
	return Look{
		Dark: "#003366", Light: "#ffffff", Transparent: "true", Modules: "dots", Finders: "rounded", Logo: "3", LogoSize: "20", Caption: hostile,
		Level: "auto", QuietZone: "4", PresetName: hostile, Notice: hostile, Printed: true, LogosError: hostile, Errors: problems,
		Logos:   []Logo{{ID: 3, Name: hostile, Width: 512, Height: 120, Codes: 7, Presets: 1, Uses: []LogoUse{{7, hostile}}, Added: at(time.Hour), AddedBy: hostile}, {ID: 4, Name: "B"}},
		Presets: []PresetChoice{{ID: 5, Name: hostile, Default: true}},
	}
}

func samplePresetForm() PresetForm {
	m := PresetForm{ID: 5, Version: "3", Name: hostile, Default: true, Look: sampleLook(map[string]string{"preset_name": hostile, "style": hostile}), Message: hostile, PrintMM: hostile}
	m.Look.OfPreset = true
	return m
}

func sampleScans() Scans {
	m := Scans{
		CodeID: 7, Title: hostile, Query: ScansQuery{From: "2026-11-01", To: "2026-11-20", By: "day", Class: "all"}, Length: 20,
		First: at(480 * time.Hour).At, Last: at(0).At, Zone: "Europe/Berlin", Total: ScanCountsIn{People: 9, Bots: 2, Previews: 1, Repeats: 3},
		Rows:      []Bucket{{at(0).At, "Fri 20 Nov 2026", "20 Nov", ScanCountsIn{People: 9, Bots: 2, Previews: 1, Repeats: 3}}},
		Parts:     []Part{{"referrer", []PartName{{Name: hostile, Scans: 7}, {Name: "", Scans: 4}, {Scans: 1, Other: true}}, 12}},
		Retention: ScanRetention{Days: 400, Reaches: true, Since: "1 Oct 2025", HasClosed: true},
	}
	m.Week[0][13], m.Week[6][23] = 12, 1
	return m
}

func sampleForm() CodeForm {
	problems := map[string]string{"dark": "i", "light": "j", "level": "g", "quiet_zone": "h", "transparent": "n", "modules": "o", "finders": "p", "logo": "q", "logo_size": "r", "caption": "s", "style": "t", "preset_name": "u"}
	return CodeForm{
		Look: sampleLook(problems), PrintMM: hostile, Token: "t", Kind: "dynamic", Title: hostile, TargetURL: hostile, ShortID: hostile, ShortPrefix: "https://qr.example.edu/r/",
		Content: samplePayload("payload_type"), File: samplePayload("leads_to"), FixedContent: hostile,
		Errors:  map[string]string{"kind": "a", "title": "b", "target_url": "c", "content": "d", "description": "e", "short_id": "f", "level": "g", "quiet_zone": "h", "dark": "i", "light": "j", "starts_at": "k", "expires_at": "l", "fallback_url": "m"},
		Preview: Preview{SVG: "<svg/>", Holds: hostile, Drawn: true, Mend: []string{hostile}, Advice: sampleCode().Print}}
}

// samplePayload has a field of every kind.
func samplePayload(name string) PayloadForm {
	m := PayloadForm{Name: name, Type: "x", Types: []PayloadType{{"link", hostile}, {"x", hostile}}, OnPhone: hostile, Error: hostile}
	for _, kind := range []string{"text", "area", "choice", "flag", "decimal", "tel", "email", "url", "datetime-local"} {
		m.Fields = append(m.Fields, PayloadField{Name: name + "_" + kind, Label: hostile, Hint: hostile, Kind: kind, Value: hostile, Error: hostile, Options: []PayloadType{{hostile, hostile}}})
	}
	return m
}

func sampleSheet() Sheet {
	label := SheetLabel{X: 7, Y: 15, Width: 63.5, Height: 38.1, Number: 2, Start: true, Image: "/codes/7/image.svg", ImageX: 10, ImageY: 16, ImageWidth: 30, ImageHeight: 30,
		Lines: []SheetLine{{Text: hostile, X: 10, Baseline: 50, Size: 3, Width: 20}}}
	return Sheet{
		Chosen: []SheetCode{{7, hostile, hostile}}, Hidden: "8-9", More: 2, Total: 3, Find: hostile, Found: []SheetCode{{10, hostile, hostile}},
		Presets: []SheetPreset{{"L7160", "Avery L7160"}}, Input: SheetInput{Preset: "L7160", Copies: hostile, Start: hostile, Text: "under"},
		Errors: map[string]string{"copies": hostile, "columns": hostile},
		Preview: SheetPreview{Summary: hostile, Verdict: VerdictGood, Advice: hostile, Warnings: []string{hostile}, More: 3,
			Pages: []SheetPage{{Number: 1, Width: 210, Height: 297, Labels: []SheetLabel{{Width: 63.5, Height: 38.1, Number: 1, Used: true}, label}, Marks: []SheetMark{{1, 2, 3, 4}}}}},
	}
}

func sampleImport() Import {
	return Import{
		Text: hostile, Token: hostile, Checked: hostile, Error: hostile, Wrong: 1, Unused: []string{hostile}, Columns: []ImportColumn{{hostile, hostile}},
		Rows: []ImportRow{{
			Number: 2, Title: hostile, Kind: KindDynamic, Target: hostile, ShortID: hostile, Twin: 7,
			Details: []ImportDetail{{hostile, hostile}}, Problems: []ImportDetail{{hostile, hostile}, {Text: hostile}},
		}},
	}
}

// everything is each page in its states, and the partials.
func everything() map[string]templ.Component {
	chrome := Chrome{User: hostile, LocalBaseURL: "http://127.0.0.1:8000", Flashes: []Toast{{ToneGood, hostile}, {ToneBad, "no"}}}
	row, fixedRow, paused := sampleRow(), sampleRow(), sampleRow()
	row.Title = hostile
	fixedRow.ID, fixedRow.Kind, fixedRow.Type, fixedRow.Content = 8, KindStatic, hostile, hostile
	paused.ID, paused.State = 9, StatePaused
	list := Codes{Query: CodesQuery{Q: hostile, Sort: "-created"}, Rows: []CodeRow{row, fixedRow, paused}, Total: 3, Next: "n", Previous: "p", AnyCodes: true}
	none := list
	none.Rows = nil
	edit := sampleForm()
	edit.ID, edit.Version, edit.SavedTitle, edit.Printed, edit.SavedTarget = 7, "3", hostile, true, hostile
	edit.Conflict = &Conflict{Who: hostile, When: at(time.Minute), Fields: []ConflictField{{Field: "title", Theirs: hostile}}}
	fixedEdit := edit
	fixedEdit.Kind, fixedEdit.ContentFixed, fixedEdit.Conflict, fixedEdit.Errors, fixedEdit.Preview = "static", true, nil, nil, Preview{}
	fixedCode, retired := sampleCode(), sampleCode()
	fixedCode.Kind, fixedCode.Content, fixedCode.Events = KindStatic, hostile, nil
	retired.State = StateRetired
	figures := sampleScans()
	noFigures := Scans{CodeID: 7, Title: hostile, Query: ScansQuery{Days: "7", By: "hour", Class: "human"}, Length: 7, First: at(0).At, Last: at(0).At}
	onlyBots := noFigures
	onlyBots.Total.Bots = 3
	log := ScanLog{CodeID: 7, Title: hostile, Query: figures.Query, Next: "1.2", Later: true, Rows: []ScanRow{{At: at(0).At, Who: "human", Repeat: true, Device: hostile, Referrer: hostile}, {Who: "bot"}}}
	retired.Payload = &Payload{Type: "x", Label: hostile, OnPhone: hostile, Facts: []PayloadFact{{hostile, hostile}}}
	all := map[string]templ.Component{
		"scans":           ScansPage(chrome, figures),
		"scans none":      ScansPage(chrome, noFigures),
		"scans of bots":   ScansPage(chrome, onlyBots),
		"scan log":        ScanLogPage(chrome, log),
		"scan log empty":  ScanLogPage(chrome, ScanLog{CodeID: 7}),
		"dashboard":       DashboardPage(chrome, Dashboard{Codes: CodeCounts{Total: 3, Active: 3}, Newest: list.Rows}),
		"dashboard empty": DashboardPage(chrome, Dashboard{}),
		"codes":           CodesPage(chrome, list),
		"codes none":      CodesPage(chrome, none),
		"codes empty":     CodesPage(chrome, Codes{Query: CodesQuery{Sort: "-created"}}),
		"code":            CodePage(chrome, sampleCode()),
		"code fixed":      CodePage(chrome, fixedCode),
		"code retired":    CodePage(chrome, retired),
		"form new":        CodeFormPage(chrome, sampleForm()),
		"form edit":       CodeFormPage(chrome, edit),
		"form fixed":      CodeFormPage(chrome, fixedEdit),
		"looks":           LooksPage(chrome, Looks{Presets: []Preset{{ID: 5, Name: hostile, Default: true, Look: sampleLook(nil), Image: Preview{SVG: "<svg/>"}, Changed: at(time.Hour), ChangedBy: hostile}}, Logos: sampleLook(nil).Logos, Error: hostile}),
		"receipts":        ReceiptsPage(chrome, Receipts{File: hostile, SHA256: "ab", Found: []FoundReceipt{{CodeID: 7, Title: hostile, Who: hostile, When: at(time.Hour), File: hostile}}}),
		"receipts none":   ReceiptsPage(chrome, Receipts{File: hostile, SHA256: "ab"}),
		"import":          ImportPage(chrome, sampleImport()),
		"import ready":    ImportPage(chrome, Import{Rows: []ImportRow{{Number: 2, Title: hostile, Kind: KindStatic, Content: hostile}}, Made: 1, IDs: "7"}),
		"looks empty":     LooksPage(chrome, Looks{}),
		"preset":          PresetFormPage(chrome, samplePresetForm()),
		"preset new":      PresetFormPage(chrome, PresetForm{Look: Look{OfPreset: true}}),
		"look":            LookSection(sampleLook(nil)),
		"logos":           LogoPicker(sampleLook(nil)),
		"verdict":         DownloadVerdictLine(7, sampleCode().Download.Verdict),
		"problem":         ProblemPage(chrome, Problem{Status: 500, Message: hostile, RequestID: hostile}),
		"results":         CodesResults(list),
		"sheet":           PrintSheetPage(chrome, sampleSheet()),
		"sheet search":    PrintSheetPage(chrome, Sheet{Total: 300, Search: &CodesQuery{Q: hostile}, Chosen: []SheetCode{{1, hostile, hostile}}, More: 299, Preview: SheetPreview{Problems: []string{hostile}}}),
		"sheet codes":     SheetCodes(sampleSheet()),
		"sheet preview":   SheetPreviewPanel(sampleSheet().Preview),
		"retire":          BulkRetirePage(chrome, BulkRetiring{List: CodesQuery{Q: hostile}, IDs: "1-3", Titles: []string{hostile, "b", "c"}, Dead: 1, Fallback: 1, Fixed: 1, Printed: 2, Already: 1}),
		"row":             CodeTableRow(row),
		"preview":         CodePreview(Preview{Problem: hostile}),
		"short ID":        ShortIDCheck(ShortIDVerdict{Text: hostile}),
		"toast":           ToastOOB(Toast{ToneBad, hostile}),
	}
	for _, lang := range PublicLanguages() {
		all["public "+lang] = PublicPage(PublicNotice{Lang: lang, Reason: ReasonPaused, Contact: hostile})
	}
	return all
}

var (
	inlineStyle  = regexp.MustCompile(`(?i)\sstyle\s*=|<style`)
	inlineScript = regexp.MustCompile(`(?i)\son[a-z]+\s*=|\shx-on`)
	scriptText   = regexp.MustCompile(`(?i)<script[^>]*>[^<]|(?:href|src|action|hx-[a-z]+)="\s*(?:javascript|js):`)
	anyTag       = regexp.MustCompile(`<[a-zA-Z][^>]*>`)
	idAttr       = regexp.MustCompile(`\sid="([^"]+)"`)
	forAttr      = regexp.MustCompile(`\s(?:for|aria-labelledby|form)="([^"]+)"`)
	describedBy  = regexp.MustCompile(`\saria-describedby="([^"]+)"`)
	externalURL  = regexp.MustCompile(`\s(?:src|href|action|formaction|hx-[a-z]+)="(?:https?:)?//`)
)

// TestNothingInline holds the strict content security policy: no page carries
// inline style or script, and what people typed stays text.
func TestNothingInline(t *testing.T) {
	t.Parallel()
	for name, c := range everything() {
		html := render(t, c)
		for _, tag := range anyTag.FindAllString(html, -1) {
			if inlineStyle.MatchString(tag) {
				t.Errorf("%s: inline style in %s", name, tag)
			}
			if strings.HasPrefix(tag, "<script") && !strings.Contains(tag, ` src="/static/`) {
				t.Errorf("%s: script that is not ours: %s", name, tag)
			}
		}
		if m := inlineScript.FindString(anyTagOnly(html)); m != "" {
			t.Errorf("%s: inline script: %q", name, m)
		}
		if m := scriptText.FindString(html); m != "" {
			t.Errorf("%s: inline script: %q", name, m)
		}
		if strings.Contains(html, "<script>alert") {
			t.Errorf("%s: typed text became markup", name)
		}
	}
}

// anyTagOnly leaves the tags with their attribute values emptied, so that
// text which only talks about scripts does not count.
func anyTagOnly(html string) string {
	values := regexp.MustCompile(`="[^"]*"`)
	return strings.Join(anyTag.FindAllString(values.ReplaceAllString(html, `=""`), -1), "\n")
}

// TestReferences holds that ids are unique and that whatever an attribute
// points at exists.
func TestReferences(t *testing.T) {
	t.Parallel()
	partials := map[string]bool{"results": true, "row": true, "preview": true, "short ID": true, "toast": true, "look": true, "logos": true, "verdict": true}
	for name, c := range everything() {
		html := render(t, c)
		ids := map[string]bool{}
		for _, m := range idAttr.FindAllStringSubmatch(html, -1) {
			if ids[m[1]] {
				t.Errorf("%s: id %q twice", name, m[1])
			}
			ids[m[1]] = true
		}
		if partials[name] {
			continue
		}
		for _, m := range append(forAttr.FindAllStringSubmatch(html, -1), describedBy.FindAllStringSubmatch(html, -1)...) {
			for id := range strings.FieldsSeq(m[1]) {
				if !ids[id] {
					t.Errorf("%s: %s points at nothing", name, m[0])
				}
			}
		}
	}
}

// TestNothingFromElsewhere holds that pages load nothing from other hosts.
func TestNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	for name, c := range everything() {
		for _, tag := range anyTag.FindAllString(render(t, c), -1) {
			if !strings.HasPrefix(tag, "<a ") && externalURL.MatchString(tag) {
				t.Errorf("%s: %s", name, tag)
			}
		}
	}
}

func TestPublicPagesAreSmall(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("../static/css/public.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range PublicLanguages() {
		for _, r := range []Reason{ReasonPaused, ReasonScheduled, ReasonExpired, ReasonRetired, ReasonUnknown, ReasonUnavailable, ReasonTooMany, ReasonStaff, ReasonSignIn, ReasonTooLarge} {
			words, ok := publicTexts[lang].texts[r]
			if !ok || words.title == "" || words.text == "" {
				t.Errorf("%s has no words for %s", lang, r)
			}
			html := render(t, PublicPage(PublicNotice{Lang: lang, Reason: r, Contact: "qr@example.edu"}))
			if n := len(html) + len(css); n > 10_000 {
				t.Errorf("%s %s: %d bytes", lang, r, n)
			}
			if !strings.Contains(html, `<html lang="`+lang+`" dir="ltr">`) || strings.Contains(html, "<script") {
				t.Errorf("%s %s: wrong language or a script:\n%s", lang, r, html)
			}
		}
	}
	if html := render(t, PublicPage(PublicNotice{Lang: "xx", Reason: "?"})); !strings.Contains(html, `lang="en"`) || !strings.Contains(html, "There is no such code") {
		t.Errorf("unknown language and reason: %s", html)
	}
}

func TestContactHref(t *testing.T) {
	t.Parallel()
	for contact, want := range map[string]templ.SafeURL{
		"qr@example.edu":             "mailto:qr@example.edu",
		"+34 91 123 45 67":           "tel:+34911234567",
		"https://example.edu/help":   "https://example.edu/help",
		"Ask at the front desk":      "",
		"javascript:alert(1)":        "",
		"Front desk, qr@example.edu": "",
		"room 12":                    "",
	} {
		if got := (PublicNotice{Contact: contact}).contactHref(); got != want {
			t.Errorf("%q: %q, want %q", contact, got, want)
		}
	}
}

// assetHash is the part of an asset's URL that changes with its content.
var assetHash = regexp.MustCompile(`(/static/[a-z/.]+?)\.[0-9a-f]{10}\.`)

func TestGolden(t *testing.T) {
	t.Parallel()
	form := sampleForm()
	form.Title, form.TargetURL, form.ShortID, form.Preview = "", "ftp://x", "", Preview{}
	form.Content = PayloadForm{Name: "payload_type", Type: "text", Types: []PayloadType{{"text", "Text"}, {"wifi", "Wi-Fi"}}, OnPhone: "It shows.",
		Fields: []PayloadField{{Name: "content", Label: "Content", Kind: "area", Missing: true}}}
	form.File = PayloadForm{Name: "leads_to", Type: LeadsToLink, Types: []PayloadType{{LeadsToLink, "An address"}, {"contact", "A contact"}}}
	form.Errors = map[string]string{"title": "Enter a title.", "target_url": "Use http:// or https://."}
	for name, c := range map[string]templ.Component{
		"row":     CodeTableRow(sampleRow()),
		"state":   StateBadge(StatePaused),
		"toast":   ToastOOB(Toast{ToneGood, "Saved."}),
		"form":    CodeFormPanel(form),
		"public":  PublicPage(PublicNotice{Lang: "de", Reason: ReasonPaused, Contact: "qr@example.edu"}),
		"problem": ProblemPanel(Problem{Status: 404, RequestID: "abc"}),
		"history": historyEvent(7, Event{ID: 3, Action: "updated", Who: "ana", From: "10.1.2.3", When: at(time.Hour), Undoable: true, Changes: []Change{{Field: "title", Before: "Old", After: "New"}}}),
	} {
		// One tag a line: a diff that can be read.
		got := strings.ReplaceAll(assetHash.ReplaceAllString(render(t, c), "$1."), "><", ">\n<") + "\n"
		file := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs from %s (go test ./views -update rewrites it):\n%s", name, file, got)
		}
	}
}

// TestIconsAreInTheSprite holds that every icon a view names is one that
// scripts/assets.mjs puts into the sprite.
func TestIconsAreInTheSprite(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../scripts/assets.mjs")
	if err != nil {
		t.Fatal(err)
	}
	use := regexp.MustCompile(`<use href="[^"#]*#([^"]+)"`)
	for name, c := range everything() {
		for _, m := range use.FindAllStringSubmatch(render(t, c), -1) {
			if !strings.Contains(string(script), "'"+m[1]+"'") {
				t.Errorf("%s: icon %q is not in the sprite", name, m[1])
			}
		}
	}
}
