package sheet_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"qrgen/internal/errs"
	"qrgen/internal/sheet"
)

const (
	dpi     = 300
	pxPerMM = dpi / 25.4
)

func needTools(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("QRGEN_SKIP_TOOLS") == "1" {
				t.Skip(name + " is missing")
			}
			t.Fatalf("%s not found: apt-get install zbar-tools zxing-cpp-tools poppler-utils (or set QRGEN_SKIP_TOOLS=1)", name)
		}
	}
}

func layoutOf(t testing.TB, in sheet.Input) sheet.Layout {
	t.Helper()
	l, err := sheet.Parse(in)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// written gives a document with items that are numbered.
func written(t testing.TB, l sheet.Layout, items int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := sheet.Write(&b, "Test", l, items, numbered); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pages draws a document with poppler, at 300 dpi.
func pages(t *testing.T, doc []byte) []*image.Gray {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "sheet.pdf")
	if err := os.WriteFile(file, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "pdftoppm", "-r", fmt.Sprint(dpi), "-gray", "-png", file, filepath.Join(dir, "page")).CombinedOutput(); err != nil {
		t.Fatalf("pdftoppm: %v: %s", err, out)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "page*.png"))
	var list []*image.Gray
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(f)
		_ = f.Close()
		if err != nil {
			t.Fatal(err)
		}
		gray := image.NewGray(img.Bounds())
		draw.Draw(gray, gray.Rect, img, image.Point{}, draw.Src)
		list = append(list, gray)
	}
	return list
}

// pixels is a box on the drawn page.
func pixels(b sheet.Box) image.Rectangle {
	px := func(mm float64) int { return int(mm*pxPerMM + 0.5) }
	return image.Rect(px(b.X), px(b.Y), px(b.X+b.Width), px(b.Y+b.Height))
}

// read decodes the labels of a page with zbar and ZXing-C++, one picture each,
// and gives what they say one after the other.
func read(t *testing.T, page *image.Gray, boxes []sheet.Box) (zbar, zxing string) {
	t.Helper()
	dir := t.TempDir()
	var files []string
	for i, b := range boxes {
		var out bytes.Buffer
		if err := png.Encode(&out, page.SubImage(pixels(b))); err != nil {
			t.Fatal(err)
		}
		files = append(files, filepath.Join(dir, fmt.Sprintf("%03d.png", i)))
		if err := os.WriteFile(files[i], out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(name string, args ...string) string {
		out, _ := exec.CommandContext(t.Context(), name, append(args, files...)...).Output() // what is not read is missing
		return string(out)
	}
	return run("zbarimg", "-q", "--nodbus", "--raw", "-Sbinary", "-Sdisable", "-Sqrcode.enable"), run("ZXingReader", "-bytes")
}

// Every label paper, drawn by poppler: the page is as large as the paper to a
// hundredth of a millimetre, each label reads, by itself, as the code that
// belongs there, and between the labels there is nothing.
func TestSheetsAsPrinted(t *testing.T) {
	t.Parallel()
	needTools(t, "pdftoppm", "zbarimg", "ZXingReader")
	inputs := map[string]sheet.Input{
		"own": own(func(in *sheet.Input) { in.Paper, in.Columns, in.Rows = "letter", "3", "7" }),
	}
	for _, p := range sheet.Presets() {
		in := sheet.DefaultInput()
		in.Preset = p.ID
		inputs[p.ID] = in
	}
	for name, in := range inputs {
		texts := map[string][]sheet.Text{"L7651": {sheet.Under, sheet.Beside}, "5160": {sheet.Under, sheet.Beside}, "22805": {sheet.Under, sheet.Nothing}}[name]
		if texts == nil {
			texts = []sheet.Text{sheet.Under}
		}
		for _, text := range texts {
			in.Text, in.Start = string(text), "4"
			t.Run(name+" "+in.Text, func(t *testing.T) {
				t.Parallel()
				l := layoutOf(t, in)
				items := l.Grid.Labels() - 3 + 1 // a full sheet, and one on the next
				doc := written(t, l, items)
				checkBoxes(t, doc, l.Grid.Paper)
				drawn := pages(t, doc)
				if len(drawn) != 2 {
					t.Fatalf("%d pages, want 2", len(drawn))
				}
				var want, places = []string{}, []sheet.Box{}
				for i := range items - 1 {
					want = append(want, fmt.Sprintf("HTTPS://QR.EXAMPLE.EDU/R/%08d", i))
					places = append(places, l.Grid.At(i+3))
				}
				zbar, zxing := read(t, drawn[0], places)
				if zbar != strings.Join(want, "") {
					t.Errorf("zbarimg reads %d of %d labels: %.200q", strings.Count(zbar, "HTTPS"), len(want), zbar)
				}
				if zxing != strings.Join(want, "") {
					t.Errorf("ZXingReader reads %d of %d labels: %.200q", strings.Count(zxing, "HTTPS"), len(want), zxing)
				}
				zbar, _ = read(t, drawn[1], []sheet.Box{l.Grid.At(0)})
				if last := fmt.Sprintf("HTTPS://QR.EXAMPLE.EDU/R/%08d", items-1); zbar != last {
					t.Errorf("the next sheet begins with %q", zbar)
				}
				// Paint the labels white: what is left lies between them.
				for _, b := range places {
					fill(drawn[0], pixels(b.Inset(0.9)))
				}
				if at, ok := firstDark(drawn[0]); ok {
					t.Errorf("ink outside the labels at %.1f, %.1f mm", float64(at.X)/pxPerMM, float64(at.Y)/pxPerMM)
				}
			})
		}
	}
}

var mediaBox = regexp.MustCompile(`/(Media|Trim)Box\[0 0 ([\d.]+) ([\d.]+)\]`)

func checkBoxes(t *testing.T, doc []byte, paper sheet.Paper) {
	t.Helper()
	boxes := mediaBox.FindAllSubmatch(doc, -1)
	if len(boxes) != 4 { // two of each
		t.Errorf("%d boxes", len(boxes))
	}
	for _, m := range boxes {
		width, _ := strconv.ParseFloat(string(m[2]), 64)
		height, _ := strconv.ParseFloat(string(m[3]), 64)
		if !near(width/72*25.4, paper.Width) || !near(height/72*25.4, paper.Height) {
			t.Errorf("a page of %.3f × %.3f mm on %s", width/72*25.4, height/72*25.4, paper.Name)
		}
	}
}

func fill(img *image.Gray, r image.Rectangle) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			img.SetGray(x, y, color.Gray{255})
		}
	}
}

func firstDark(img *image.Gray) (image.Point, bool) {
	for i, v := range img.Pix {
		if v < 128 {
			return image.Pt(i%img.Stride, i/img.Stride), true
		}
	}
	return image.Point{}, false
}

// Cut marks are in line with the labels' edges and touch none of them.
func TestCutMarks(t *testing.T) {
	t.Parallel()
	needTools(t, "pdftoppm")
	in := sheet.DefaultInput()
	in.Preset, in.CutMarks = "22805", true
	l := layoutOf(t, in)
	marks, complete := l.Marks()
	if want := 2*2*4 + 2*2*6; len(marks) != want || !complete {
		t.Errorf("%d cut marks, want %d; complete: %t", len(marks), want, complete)
	}
	img := pages(t, written(t, l, 1))[0]
	for _, m := range marks {
		x, y := int((m.X0+m.X1)/2*pxPerMM), int((m.Y0+m.Y1)/2*pxPerMM)
		dark := false
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				dark = dark || img.GrayAt(x+dx, y+dy).Y < 200
			}
		}
		if !dark {
			t.Errorf("no mark at %.1f, %.1f mm", (m.X0+m.X1)/2, (m.Y0+m.Y1)/2)
		}
		for i := range l.Grid.Labels() {
			if b := l.Grid.At(i); m.X1 > b.X+1e-6 && m.X0 < b.X+b.Width-1e-6 && m.Y1 > b.Y+1e-6 && m.Y0 < b.Y+b.Height-1e-6 {
				t.Errorf("the mark %+v is on label %d", m, i+1)
			}
		}
	}
	// Labels up to the paper's edge leave no room.
	narrow := layoutOf(t, own(func(in *sheet.Input) {
		in.Left, in.Columns, in.GapX, in.LabelWidth, in.CutMarks = "0", "3", "0", "70", true
	}))
	if marks, complete := narrow.Marks(); complete || len(marks) == 0 {
		t.Errorf("%d marks on a sheet without side margins, complete: %t", len(marks), complete)
	}
}

// Titles that would spoil a label: each stays on it, and the symbol reads.
func TestHostileTitles(t *testing.T) {
	t.Parallel()
	needTools(t, "pdftoppm", "zbarimg", "ZXingReader")
	titles := []string{
		"../../x", "CON", "=cmd()", strings.Repeat("W", 100), strings.Repeat("two words ", 10), "Grüße 🎉 café", "مرحبا بالعالم",
		"\u202eesrever", "a\x00b\tc\nd", "()\\<<>>", "漢字", "",
	}
	for _, text := range []sheet.Text{sheet.Under, sheet.Beside} {
		in := sheet.DefaultInput()
		in.Preset, in.Text = "L7651", string(text)
		l := layoutOf(t, in)
		var places []sheet.Box
		var b bytes.Buffer
		err := sheet.Write(&b, "Hostile \u202e()\\", l, len(titles), func(i int) (sheet.Item, error) {
			item, err := numbered(i)
			item.Title, _ = sheet.Printable(titles[i])
			places = append(places, l.Grid.At(i))
			checkPlaced(t, l.Grid.Label, l.Arrange(l.Grid.Label, sheet.Symbol{Width: 33, Height: 33, Quiet: 4}, item.Title, item.Address), 4)
			return item, err
		})
		if err != nil {
			t.Fatal(err)
		}
		img := pages(t, b.Bytes())[0]
		if zbar, zxing := read(t, img, places); strings.Count(zbar, "HTTPS") != len(titles) || zxing != zbar {
			t.Errorf("%s: of %d labels zbarimg reads %d, ZXingReader %d", text, len(titles), strings.Count(zbar, "HTTPS"), strings.Count(zxing, "HTTPS"))
		}
	}
	for s, want := range map[string]string{"Grüße 🎉 café": "Grüße café", "مرحبا": "", "a\x00b\tc\nd": "ab c d", "\u202ex": "x", "Ελλάδα, Россия": "Ελλάδα, Россия"} {
		got, complete := sheet.Printable(s)
		if got != want || complete == strings.ContainsAny(s, "🎉م") {
			t.Errorf("%q is printed as %q, complete: %t", s, got, complete)
		}
	}
}

func TestTooSmallIsRefused(t *testing.T) {
	t.Parallel()
	l := layoutOf(t, own(func(in *sheet.Input) { in.LabelWidth, in.LabelHeight = "10", "10" }))
	err := sheet.Write(new(counter), "", l, 1, numbered)
	if errs.KindOf(err) != errs.Invalid || !strings.Contains(err.Error(), "“Bicycle stand number 0” would have modules of 0.") {
		t.Errorf("%v", err)
	}
}

// The same sheet has the same bytes, and one that can't be written says so.
func TestWriteIsRepeatable(t *testing.T) {
	t.Parallel()
	l := layoutOf(t, sheet.DefaultInput())
	if !bytes.Equal(written(t, l, 30), written(t, l, 30)) {
		t.Error("two documents differ")
	}
	away := errors.New("away")
	if err := sheet.Write(broken{away}, "", l, 30, numbered); !errors.Is(err, away) {
		t.Errorf("%v", err)
	}
	if err := sheet.Write(new(counter), "", l, 30, func(int) (sheet.Item, error) { return sheet.Item{}, away }); !errors.Is(err, away) {
		t.Errorf("%v", err)
	}
}

type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }
