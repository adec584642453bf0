package views

import (
	"github.com/a-h/templ"
)

// Download is the choice of a file, as it was made.
type Download struct {
	CodeID  int64
	Dynamic bool
	Use     string // card, flyer, poster, screen or own
	Width   string // own size
	Unit    string // mm, cm, in or px
	DPI     string
	Format  string // svg, pdf, png, jpg, webp or eps
	Below   bool   // title and short URL below the symbol

	Smallest float64 // advised width in mm
	Verdict  DownloadVerdict
	Errors   map[string]string
}

// DownloadVerdict says how the chosen file reads.
type DownloadVerdict struct {
	Verdict Verdict
	Grade   string
	Words   string
	Details []string // what it does not bear, how wide a module gets
	Mend    []string // grade D: what the nearest look that reads changes
}

// downloadUses are the sizes people print and publish most, by what they are
// for.
var downloadUses = [...]struct {
	Value, Name, Size string
	MM                float64
}{
	{"card", "Card", "20 mm", 20},
	{"flyer", "Flyer", "30 mm", 30},
	{"poster", "Poster", "80 mm", 80},
	{"screen", "Screen", "512 px", 0},
}

// downloadFormats are the kinds of file with what each is for.
var downloadFormats = [...]struct{ Value, Name, For string }{
	{"svg", "SVG", "sharp at any size, for print shops"},
	{"pdf", "PDF", "sharp at any size, for printing"},
	{"png", "PNG", "for screens and documents"},
	{"jpg", "JPEG", "for programs that take no PNG"},
	{"webp", "WebP", "for web sites"},
	{"eps", "EPS", "for older layout programs"},
}

// Err is the message about one field.
func (m Download) Err(name string) string { return m.Errors[name] }

func (m Download) tooSmall(mm float64) bool { return mm > 0 && mm < m.Smallest }

func (m Download) ownError() string {
	for _, name := range []string{"width", "mm", "size", "unit"} {
		if m.Errors[name] != "" {
			return m.Errors[name]
		}
	}
	return ""
}

func units() []choice {
	return []choice{{"mm", "mm"}, {"cm", "cm"}, {"in", "inches"}, {"px", "pixels"}}
}

// Blocked says that the file can't be downloaded.
func (v DownloadVerdict) Blocked() bool { return v.Verdict == VerdictBad }

// watchAttributes ask how the chosen file reads, whenever the choice changes.
func (m Download) watchAttributes() templ.Attributes {
	return templ.Attributes{
		"hx-get": CodeVerdictPath(m.CodeID), "hx-trigger": "input from:closest form delay:250ms", "hx-include": "closest form",
		"hx-target": "#" + IDVerdict, "hx-swap": "outerHTML", "hx-sync": "this:replace",
	}
}
