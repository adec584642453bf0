package views

import "strings"

// Nav names the entry of the main navigation a page belongs to.
type Nav string

// The navigation's entries.
const (
	NavNone      Nav = ""
	NavDashboard Nav = "dashboard"
	NavCodes     Nav = "codes"
	NavSheet     Nav = "sheet"
	NavImport    Nav = "import"
)

// Chrome is what surrounds every page of the admin side. Handlers fill in
// User, Flashes and LocalBaseURL; the page adds its title and place.
type Chrome struct {
	User    string // who is signed in at the edge; empty shows nobody
	Flashes []Toast
	// LocalBaseURL is BASE_URL where that is a loopback or private address,
	// which phones outside can't reach; empty shows no banner.
	LocalBaseURL string
	Port         string // for the banner's command; 8000 when empty

	Title  string
	Nav    Nav
	Search bool // the page has its own search field, so the top bar shows none
	// Figures says that the page has charts: their style sheet and scripts are
	// loaded for no other one.
	Figures bool
}

// On is the chrome of one page.
func (c Chrome) On(nav Nav, title string) Chrome {
	c.Nav, c.Title = nav, title
	return c
}

func (c Chrome) withOwnSearch() Chrome {
	c.Search = true
	return c
}

func (c Chrome) withFigures() Chrome {
	c.Figures = true
	return c
}

// DocumentTitle is the text of the browser's tab.
func (c Chrome) DocumentTitle() string {
	if c.Title == "" {
		return "QR codes"
	}
	return isolate(c.Title) + " · QR codes"
}

// isolate keeps marks of writing direction inside s from turning what stands
// beside it, where there is no element to do so (UAX #9, FSI and PDI).
func isolate(s string) string {
	if strings.ContainsAny(s, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c") {
		return "\u2068" + s + "\u2069"
	}
	return s
}

// RunCommand is what makes codes that phones on the same network can follow.
func (c Chrome) RunCommand() string {
	port := c.Port
	if port == "" {
		port = "8000"
	}
	return "make run HOST=0.0.0.0 BASE_URL=http://<your address>:" + port
}

// Tone is the meaning of a message; it picks colour and icon.
type Tone string

// The tones.
const (
	ToneGood    Tone = "success"
	ToneInfo    Tone = "info"
	ToneWarning Tone = "warning"
	ToneBad     Tone = "danger"
)

// Icon is the sprite's icon for the tone.
func (t Tone) Icon() string {
	switch t {
	case ToneGood:
		return "circle-check"
	case ToneWarning:
		return "alert-triangle"
	case ToneBad:
		return "alert-circle"
	}
	return "info-circle"
}

// Word says the tone to those who don't see colour or icon.
func (t Tone) Word() string {
	switch t {
	case ToneGood:
		return "Done"
	case ToneWarning:
		return "Careful"
	case ToneBad:
		return "Problem"
	}
	return "Note"
}

// Toast is a short message that goes away: what was just done, or why not.
type Toast struct {
	Tone Tone
	Text string
}

// HTMXConfig is the meta tag's content. Nothing is evaluated and no style is
// injected (the CSP forbids both); a 422 is a form to show, every other error
// changes nothing but the toasts that come with it out of band; going back
// loads the page anew, because admin pages are not to be kept.
func (Chrome) HTMXConfig() string {
	return `{"allowEval":false,"includeIndicatorStyles":false,"allowScriptTags":false,"selfRequestsOnly":true,` +
		`"historyCacheSize":0,"refreshOnHistoryMiss":true,"historyRestoreAsHxRequest":false,"disableInheritance":true,` +
		`"scrollBehavior":"auto","timeout":20000,"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},` +
		`{"code":"422","swap":true},{"code":"409","swap":true},{"code":"[45]..","swap":true,"swapOverride":"none","error":true}]}`
}
