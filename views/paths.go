package views

import (
	"net/url"
	"strconv"

	"qrgen/static"
)

// The pages without parameters.
const (
	DashboardPath     = "/"
	NewCodePath       = "/codes/new"
	CodePreviewPath   = "/codes/preview"
	CodePayloadPath   = "/codes/payload"
	ShortIDPath       = "/codes/short-id"
	CreateCodePath    = "/codes"
	BulkPath          = "/codes/bulk"
	BulkRetirePath    = "/codes/retire"
	SheetPath         = "/sheet"
	ArchivePath       = "/archive"
	ImportPath        = "/import"
	ImportExamplePath = "/import/example.csv"
	DocsPath          = "/docs"
	LookPath          = "/codes/look"
	LooksPath         = "/looks"
	NewPresetPath     = "/looks/new"
	LogosPath         = "/logos"
	StatusPath        = "/status"
	ReceiptsPath      = "/receipts"
)

// CodesQuery is everything the list's URL can say. Sort is title, created,
// changed or scans, with a leading minus for descending.
type CodesQuery struct {
	Q      string
	Kind   string // dynamic, static or empty for both
	State  string // active, paused, retired or empty for all
	Sort   string
	Limit  string // codes on a page; empty for the usual number
	After  string // cursor: the page that follows
	Before string // cursor: the page that precedes
}

// CodesPath is the list's URL. Without an order it is the person's own: the one
// chosen last.
func CodesPath(q CodesQuery) string { return "/codes" + q.suffix() }

// CodesCSVPath is everything that the list shows, on all its pages, as a file.
func CodesCSVPath(q CodesQuery) string {
	return "/codes.csv" + CodesQuery{Q: q.Q, Kind: q.Kind, State: q.State}.suffix()
}

// suffix is what follows the path. What is empty is left out.
func (q CodesQuery) suffix() string {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("q", q.Q)
	set("kind", q.Kind)
	set("state", q.State)
	set("sort", q.Sort)
	set("limit", q.Limit)
	set("after", q.After)
	set("before", q.Before)
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

// CodePath is a code's page.
func CodePath(id int64) string { return "/codes/" + strconv.FormatInt(id, 10) }

// CodeEditPath is the form that changes a code.
func CodeEditPath(id int64) string { return CodePath(id) + "/edit" }

// CodePausePath takes the POST that pauses a code.
func CodePausePath(id int64) string { return CodePath(id) + "/pause" }

// CodeResumePath takes the POST that resumes a paused code.
func CodeResumePath(id int64) string { return CodePath(id) + "/resume" }

// CodeRetirePath takes the POST that retires a code for good.
func CodeRetirePath(id int64) string { return CodePath(id) + "/retire" }

// CodeRestorePath takes the POST that brings a retired code back.
func CodeRestorePath(id int64) string { return CodePath(id) + "/restore" }

// CodeDownloadPath gives a code's symbol as a file.
func CodeDownloadPath(id int64) string { return CodePath(id) + "/download" }

// CodeVerdictPath says how a file would read before it is downloaded.
func CodeVerdictPath(id int64) string { return CodeDownloadPath(id) + "/verdict" }

// CodeMendPath takes the POST that gives a code the nearest look that reads.
func CodeMendPath(id int64) string { return CodePath(id) + "/mend" }

// PresetPath is the form that changes a preset; it takes the form's POST, too.
func PresetPath(id int64) string { return LooksPath + "/" + strconv.FormatInt(id, 10) }

// PresetRemovePath takes the POST that removes a preset.
func PresetRemovePath(id int64) string { return PresetPath(id) + "/remove" }

// LogoImagePath is a logo as a picture.
func LogoImagePath(id int64) string { return LogosPath + "/" + strconv.FormatInt(id, 10) }

// LogoRemovePath takes the POST that removes a logo.
func LogoRemovePath(id int64) string { return LogoImagePath(id) + "/remove" }

// CodeTrialPath takes the POST that begins a test of a code and gives what it
// has seen.
func CodeTrialPath(id int64) string { return CodePath(id) + "/test" }

// CodeTrialEndPath takes the POST that ends it.
func CodeTrialEndPath(id int64) string { return CodeTrialPath(id) + "/end" }

// EventUndoPath takes the POST that puts back what one change changed.
func EventUndoPath(codeID, eventID int64) string {
	return CodePath(codeID) + "/events/" + strconv.FormatInt(eventID, 10) + "/undo"
}

// ImageOptions are the choices in an image's URL; zero values are left out.
type ImageOptions struct {
	Size      int // px
	MM        int // printed width; goes with DPI for PNG
	DPI       int
	QuietZone int // modules
	Download  bool
}

// CodeImagePath is a code's symbol as a file; format is svg or png.
func CodeImagePath(id int64, format string, o ImageOptions) string {
	v := url.Values{}
	set := func(name string, n int) {
		if n != 0 {
			v.Set(name, strconv.Itoa(n))
		}
	}
	set("size", o.Size)
	set("mm", o.MM)
	set("dpi", o.DPI)
	set("quiet_zone", o.QuietZone)
	if o.Download {
		v.Set("download", "1")
	}
	p := CodePath(id) + "/image." + format
	if len(v) == 0 {
		return p
	}
	return p + "?" + v.Encode()
}

// iconPath is an icon's address in the sprite.
func iconPath(name string) string { return static.Path("vendor/icons.svg") + "#" + name }
