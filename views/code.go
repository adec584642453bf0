package views

import (
	"fmt"
	"strings"
)

// ScanCounts are a code's scans, or all codes' together.
type ScanCounts struct {
	Total int64
	QR    int64 // from the printed symbol
	Link  int64 // the short URL typed or shared
	Last  Moment
	Today int64
	Week  int64 // 7 days, today included
	Month int64 // 30 days
}

// Trial is a test of a code: until Closes its scans are not counted.
type Trial struct {
	CodeID int64
	Shown  bool // there is one, open or a moment over
	Open   bool
	Closes Moment
	Leads  string // where a scan leads
	Scans  []ScanRow
}

// Said is what is read out when it changes.
func (t Trial) Said() string {
	if len(t.Scans) == 0 {
		return ""
	}
	return "Seen: test scan at " + t.Scans[0].At.Format("15:04:05") + " with " + t.Scans[0].With()
}

// Code is everything on one code's page.
type Code struct {
	ID          int64
	Kind        Kind
	Title       string
	Description string
	State       State
	ShortID     string
	ShortURL    string   // dynamic: as typed and shared, lower case
	Holds       string   // what the symbol says when scanned, to the letter
	TargetURL   string   // dynamic
	Content     string   // static
	Payload     *Payload // nil for a link
	FallbackURL string
	StartsAt    Moment
	ExpiresAt   Moment
	Look        Look
	Download    Download
	Created     Moment
	CreatedBy   string
	Changed     Moment
	ChangedBy   string
	Scans       ScanCounts
	Print       PrintAdvice
	Trial       Trial
	Events      []Event // newest first
	MoreEvents  bool    // older events are not shown
}

// Dynamic says that the code has a short URL and a target that can change.
func (m Code) Dynamic() bool { return m.Kind == KindDynamic }

// File says that the short URL answers with a file.
func (m Code) File() bool { return m.Dynamic() && m.Payload != nil }

// Address is the target cut for reading.
func (m Code) Address() Address { return SplitAddress(m.TargetURL) }

// CanPause says whether the page offers to pause.
func (m Code) CanPause() bool {
	return m.Dynamic() && m.State != StatePaused && m.State != StateRetired
}

// CanResume says whether the page offers to resume.
func (m Code) CanResume() bool { return m.Dynamic() && m.State == StatePaused }

// CanRetire says whether the page offers to retire.
func (m Code) CanRetire() bool { return m.State != StateRetired }

// CanEdit says whether the page offers the form; a retired code is history.
func (m Code) CanEdit() bool { return m.State != StateRetired }

// CanTry says whether the page offers a test: only what leads somewhere is
// scanned and not just looked at.
func (m Code) CanTry() bool { return m.Dynamic() && m.State == StateActive }

// StateText says in a sentence what someone who scans meets now.
func (m Code) StateText() string {
	if !m.Dynamic() {
		if m.State == StateRetired {
			return "Retired in this list. The printed symbol itself goes on showing its content."
		}
		return "The content is in the symbol itself. It can't be redirected, paused or counted."
	}
	fallback := m.FallbackURL != ""
	switch {
	case m.State == StatePaused && fallback, m.State == StateScheduled && fallback,
		m.State == StateExpired && fallback, m.State == StateRetired && fallback:
		return "People who scan it are sent to the fallback address."
	case m.State == StatePaused:
		return "People who scan it see a page that says it is paused."
	case m.State == StateScheduled:
		return "People who scan it see a page that says it has not started yet."
	case m.State == StateExpired:
		return "People who scan it see a page that says it has expired."
	case m.State == StateRetired:
		return "Out of use. People who scan it see a page that says so."
	}
	if m.File() {
		return "People who scan it get this, as it is at that moment."
	}
	return "People who scan it are sent to its target."
}

// ImageAlt names the symbol for those who don't see it.
func (m Code) ImageAlt() string { return "QR code: " + m.Title }

// Verdict is how reliably a symbol scans.
type Verdict string

// The verdicts.
const (
	VerdictGood Verdict = "good"
	VerdictWarn Verdict = "warn"
	VerdictBad  Verdict = "bad"
)

// Tone is the verdict's colour and icon.
func (v Verdict) Tone() Tone {
	switch v {
	case VerdictWarn:
		return ToneWarning
	case VerdictBad:
		return ToneBad
	}
	return ToneGood
}

// PrintAdvice is what someone who prints the symbol needs to know.
type PrintAdvice struct {
	Verdict    Verdict
	Grade      string  // A to D
	Words      string  // the verdict in a sentence
	Version    int     // 1–40
	Modules    int     // per side, without the quiet zone
	Level      string  // L, M, Q, H
	LogoTakes  int     // percent of the error correction
	Contrast   float64 // the ratio n of n:1
	SmallestMM float64 // printed width with the quiet zone
	Warnings   []string
	Distances  []DistanceAdvice
	PrintMM    float64 // the width it is to be printed in
	PrintText  string  // what becomes of a module then
}

// DistanceAdvice is the smallest print size for a reading distance.
type DistanceAdvice struct {
	Distance string // "20 cm"
	MM       float64
}

// ContrastText is "21 : 1".
func (p PrintAdvice) ContrastText() string { return Decimal(p.Contrast) + " : 1" }

// SmallestText is "18 mm".
func (p PrintAdvice) SmallestText() string { return millimetres(p.SmallestMM) }

// LevelText is LevelText of the level, and what a logo leaves of it.
func (p PrintAdvice) LevelText() string {
	if p.LogoTakes == 0 {
		return LevelText(p.Level)
	}
	return fmt.Sprintf("%s, of which the logo uses up %d\u00a0%%", LevelText(p.Level), p.LogoTakes)
}

// LevelText says what the level stands for.
func LevelText(level string) string {
	switch level {
	case "auto":
		return "Automatic: what costs no size"
	case "L":
		return "L, low: survives 7\u00a0% damage"
	case "Q":
		return "Q, high: survives 25\u00a0% damage"
	case "H":
		return "H, highest: survives 30\u00a0% damage"
	}
	return "M, medium: survives 15\u00a0% damage"
}

// Event is one step of a code's history.
type Event struct {
	ID       int64
	Action   string // created, updated, paused, resumed, retired, downloaded, printed …
	Who      string
	From     string // the address it was done from
	When     Moment
	Changes  []Change
	Undoable bool
}

// Change is one field before and after.
type Change struct {
	Field  string // the form's field name
	Name   string // in people's words; empty where FieldLabel knows it
	Before string
	After  string
}

// Label is the field's name as the form shows it.
func (c Change) Label() string { return labelOr(c.Name, c.Field) }

func labelOr(label, field string) string {
	if label != "" {
		return label
	}
	return FieldLabel(field)
}

// Text says what was done.
func (e Event) Text() string {
	switch e.Action {
	case "updated":
		return "Changed"
	case "undone":
		return "Undone"
	case "":
		return "Changed"
	}
	return strings.ToUpper(e.Action[:1]) + e.Action[1:]
}

// Receipt is what was handed out in a download.
type Receipt struct {
	File   string // "PDF, 80 mm, grade A"
	SHA256 string
}

// Receipt is that of a download; empty for any other step.
func (e Event) Receipt() Receipt {
	if e.Action != "downloaded" {
		return Receipt{}
	}
	var r Receipt
	for _, c := range e.Changes {
		switch c.Field {
		case "file":
			r.File += c.After
		case "grade":
			r.File += ", grade " + c.After
		case "sha256":
			r.SHA256 = c.After
		}
	}
	return r
}

// Icon is the sprite's icon for the step.
func (e Event) Icon() string {
	switch e.Action {
	case "created":
		return "plus"
	case "paused":
		return "player-pause"
	case "resumed", "restored":
		return "player-play"
	case "retired":
		return "archive"
	case "downloaded", "printed":
		return "download"
	case "undone":
		return "arrow-back-up"
	}
	return "pencil"
}

// FieldLabel is a form field's name in people's words.
func FieldLabel(name string) string {
	switch name {
	case "kind":
		return "Kind"
	case "title":
		return "Title"
	case "description":
		return "Description"
	case "payload_type":
		return "Type"
	case "target_url":
		return "Where it leads"
	case "content":
		return "Content"
	case "short_id":
		return "Short ID"
	case "level", "quiet_zone", "dark", "light", "transparent", "modules", "finders", "logo", "logo_file", "logo_size", "caption", "style", "preset_name":
		return lookLabel(name)
	case "starts_at":
		return "Starts"
	case "expires_at":
		return "Ends"
	case "fallback_url":
		return "Fallback address"
	case "state":
		return "State"
	case "file":
		return "File"
	case "grade":
		return "Grade"
	case "sha256":
		return "SHA-256"
	}
	return strings.ReplaceAll(name, "_", " ")
}
