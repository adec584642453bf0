package qr

import (
	"math"
	"strings"
	"testing"

	"qrgen/internal/errs"
)

func TestParseLevel(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Level{"L": L, "M": M, "Q": Q, "H": H, "l": L, "m": M, "q": Q, "h": H} {
		got, err := ParseLevel(in)
		if err != nil || got != want {
			t.Errorf("ParseLevel(%q) = %v, %v; want %v", in, got, err, want)
		}
		if got.String() != strings.ToUpper(in) {
			t.Errorf("level %q is written %q", in, got)
		}
	}
	for _, in := range []string{"", "X", "LM", "low", " M", "м", "\x0c", "-"} {
		if _, err := ParseLevel(in); errs.KindOf(err) != errs.Invalid {
			t.Errorf("ParseLevel(%q): %v, want Invalid", in, err)
		}
	}
}

func TestParseColor(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Color{"#000000": Black, "#FFFFFF": White, "#1a2B3c": {0x1a, 0x2b, 0x3c}} {
		got, err := ParseColor(in)
		if err != nil || got != want {
			t.Errorf("ParseColor(%q) = %v, %v", in, got, err)
		}
		if got.String() != strings.ToLower(in) {
			t.Errorf("colour %q is written %q", in, got)
		}
	}
	for _, in := range []string{"", "#", "#fff", "000000", "#00000g", "#0000000", "red", "#00000é", " #000000", "rgb(0,0,0)", `#00000"`} {
		if _, err := ParseColor(in); errs.KindOf(err) != errs.Invalid {
			t.Errorf("ParseColor(%q): %v, want Invalid", in, err)
		}
	}
}

func TestContrast(t *testing.T) {
	t.Parallel()
	gray := Color{0x77, 0x77, 0x77}
	for _, c := range []struct {
		a, b Color
		want float64
	}{{Black, White, 21}, {White, Black, 21}, {gray, gray, 1}, {gray, White, 4.48}, {Color{R: 255}, White, 4.00}} {
		if got := Contrast(c.a, c.b); math.Abs(got-c.want) > 0.005 {
			t.Errorf("Contrast(%v, %v) = %.3f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

func TestStyleCheck(t *testing.T) {
	t.Parallel()
	yellow := Color{255, 230, 0}
	for name, c := range map[string]struct {
		change func(*Style)
		fields string // names, sorted as found
		words  string
	}{
		"default":         {func(*Style) {}, "", ""},
		"no quiet zone":   {func(s *Style) { s.QuietZone = 0 }, "", ""},
		"widest":          {func(s *Style) { s.QuietZone = 40 }, "", ""},
		"negative":        {func(s *Style) { s.QuietZone = -1 }, "quiet_zone", "0 to 40 modules"},
		"too wide":        {func(s *Style) { s.QuietZone = 41 }, "quiet_zone", "0 to 40 modules"},
		"no such level":   {func(s *Style) { s.Level = 4 }, "level", "L, M, Q or H"},
		"black on black":  {func(s *Style) { s.Light = Black }, "dark", "the same"},
		"inverted":        {func(s *Style) { s.Dark, s.Light = White, Black }, "light", "Swap"},
		"yellow on white": {func(s *Style) { s.Dark = yellow }, "dark", "contrast is 1.2 : 1"},
		"black on dim":    {func(s *Style) { s.Light = Color{0x5b, 0x5b, 0x5b} }, "", ""},
		"everything": {func(s *Style) { *s = Style{Level: 9, QuietZone: 99, Dark: White, Light: Black} },
			"level quiet_zone light", "Swap"},
	} {
		s := DefaultStyle()
		c.change(&s)
		err := s.Check()
		fields := errs.FieldsOf(err)
		if len(fields) != len(strings.Fields(c.fields)) || (err == nil) != (c.fields == "") {
			t.Errorf("%s: %v, want fields %q", name, err, c.fields)
		}
		all := ""
		for f := range strings.FieldsSeq(c.fields) {
			all += fields[f]
		}
		if !strings.Contains(all, c.words) {
			t.Errorf("%s: fields %v, want %q", name, fields, c.words)
		}
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for n, ok := range map[int]bool{-1: false, 0: false, 15: false, 16: true, 10_000: true, 10_001: false, math.MaxInt: false} {
		if _, err := Pixels(n); (err == nil) != ok || !ok && errs.FieldsOf(err)["size"] == "" {
			t.Errorf("Pixels(%d): %v", n, err)
		}
	}
	for _, c := range []struct {
		mm    float64
		dpi   int
		field string
	}{
		{5, 72, ""}, {2000, 1200, ""}, {50.5, 300, ""},
		{4.999, 300, "mm"}, {2000.1, 300, "mm"}, {0, 300, "mm"}, {-50, 300, "mm"},
		{math.NaN(), 300, "mm"}, {math.Inf(1), 300, "mm"}, {math.Inf(-1), 300, "mm"},
		{50, 71, "dpi"}, {50, 1201, "dpi"}, {50, 0, "dpi"}, {50, -300, "dpi"},
	} {
		_, err := Millimetres(c.mm, c.dpi)
		if (err == nil) != (c.field == "") || c.field != "" && errs.FieldsOf(err)[c.field] == "" {
			t.Errorf("Millimetres(%v, %d): %v, want field %q", c.mm, c.dpi, err, c.field)
		}
	}
}

func TestAdvise(t *testing.T) {
	t.Parallel()
	s := mustEncode(t, shortURL, M)
	a := Advise(s, DefaultStyle())
	if a.Version != 2 || a.Modules != 25 || a.Level != M || a.Recovery != 15 || a.Contrast != 21 {
		t.Errorf("advice is %+v", a)
	}
	if a.MinPrintMM != 13.2 { // 33 modules of 0.4 mm
		t.Errorf("smallest print is %v mm", a.MinPrintMM)
	}
	if len(a.Warnings) != 0 || a.Verdict != "Scans well. Print it at least 13.2 mm wide." {
		t.Errorf("verdict %q, warnings %q", a.Verdict, a.Warnings)
	}
	for distance, want := range map[float64]float64{0: 13.2, 100: 13.2, 200: 20, 1000: 100, 5000: 500} {
		if got := a.MinPrintFor(distance); got != want {
			t.Errorf("MinPrintFor(%v) = %v, want %v", distance, got, want)
		}
	}
	if got := a.ModuleMM(33); got != 1 {
		t.Errorf("ModuleMM(33) = %v", got)
	}
	dim := Style{Level: L, QuietZone: 3, Dark: Color{0x77, 0x77, 0x77}, Light: White}
	a = Advise(mustEncode(t, strings.Repeat("ü", 300), L), dim)
	for i, words := range []string{"quiet zone is 3", "contrast is 4.4 : 1", "dense", "outside A–Z"} {
		if i >= len(a.Warnings) || !strings.Contains(a.Warnings[i], words) {
			t.Errorf("warnings %q, want %q", a.Warnings, words)
		}
	}
	if !strings.Contains(a.Verdict, "with care") {
		t.Errorf("verdict %q", a.Verdict)
	}
}
