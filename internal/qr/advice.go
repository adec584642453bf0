package qr

import (
	"fmt"
	"math"
)

// minModule is the smallest width of a module in mm that ordinary printing
// and phone cameras bear.
const minModule = 0.4

// DistanceRatio is how many times the width of a code it can be read from.
const DistanceRatio = 10

// Advice is what to know before printing. Sizes on paper are in mm and include
// the quiet zone.
type Advice struct {
	Version    int
	Modules    int // a side, without the quiet zone
	QuietZone  int // modules on each side
	Level      Level
	Recovery   int      // percent of the symbol that may be damaged
	Contrast   float64  // WCAG ratio, 1 to 21
	MinPrintMM float64  // width at which a module is 0.4 mm, rounded up to 0.1 mm
	Verdict    string   // one plain sentence
	Warnings   []string // plain sentences, the most serious first; none is good

	ascii bool
}

// Advise looks at a symbol in a style that has passed Check.
func Advise(s *Symbol, style Style) Advice {
	a := Advice{
		Version:   s.version,
		Modules:   s.size,
		QuietZone: style.QuietZone,
		Level:     s.level,
		Recovery:  s.level.Recovery(),
		Contrast:  Contrast(style.Dark, style.Light),
		ascii:     s.ascii,
	}
	a.MinPrintMM = roundUp(minModule * float64(a.across()))
	a.Warnings = a.warnings()
	switch {
	case len(a.Warnings) == 0:
		a.Verdict = fmt.Sprintf("Scans well. Print it at least %g mm wide.", a.MinPrintMM)
	default:
		a.Verdict = fmt.Sprintf("Scans, with care. Print it at least %g mm wide and try it before you print many.", a.MinPrintMM)
	}
	return a
}

// MinPrintFor is the smallest width in mm at which the code can be read from a
// distance in mm: a tenth of it, and no less than MinPrintMM.
func (a Advice) MinPrintFor(distance float64) float64 {
	return max(roundUp(distance/DistanceRatio), a.MinPrintMM)
}

// ModuleMM is how wide a module is, in mm, in a print that is so many mm wide.
func (a Advice) ModuleMM(width float64) float64 { return width / float64(a.across()) }

// across is the width in modules with the quiet zone.
func (a Advice) across() int { return a.Modules + 2*a.QuietZone }

func (a Advice) warnings() []string {
	var list []string
	warn := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if a.QuietZone < DefaultQuietZone {
		warn("The quiet zone is %d modules. Below %d many scanners miss the code unless what surrounds it is as light as its background.",
			a.QuietZone, DefaultQuietZone)
	}
	if a.Contrast < GoodContrast {
		warn("The contrast is %.1f : 1. In poor light scanners need %.0f : 1 or more.", math.Floor(a.Contrast*10)/10, GoodContrast)
	}
	if a.Version > 10 {
		warn("The code is dense: %d modules a side. Less content, or a dynamic code, prints larger modules.", a.Modules)
	}
	if !a.ascii {
		warn("The content has letters outside A–Z. Phones show them; some scanner programs show others in their place.")
	}
	return list
}

// roundUp gives the next tenth.
func roundUp(mm float64) float64 { return math.Ceil(mm*10-1e-6) / 10 }
