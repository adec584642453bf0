package handlers

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/internal/sheet"
	"qrgen/views"
)

const (
	sheetCodesShown = 12  // of those chosen
	sheetFindShown  = 8   // to add
	sheetPagesShown = 2   // in the preview
	sheetNamedMost  = 100 // codes chosen by a search that are named one by one from then on
)

func (s *Server) sheetView(ctx context.Context, r sheetRequest) (views.Sheet, error) {
	m := s.chosenView(r.list, r.params)
	m.Find, m.Input, m.Errors = strings.TrimSpace(r.params.Get("find")), sheetInputView(r.input), errs.FieldsOf(r.err)
	for _, p := range sheet.Presets() {
		m.Presets = append(m.Presets, views.SheetPreset{ID: p.ID, Name: p.Name})
	}
	m.Presets = append(m.Presets, views.SheetPreset{ID: sheet.PresetOwn, Name: "Own measures"})
	if m.Search == nil {
		found, err := s.findForSheet(ctx, m.Find, r.list)
		if err != nil {
			return m, err
		}
		m.Found = found
	}
	m.Preview.Problems = problemsOf(r.err)
	if m.Preview.Good() {
		var err error
		if m.Preview, err = s.sheetPreview(ctx, r); err != nil {
			return m, err
		}
	}
	return m, nil
}

// chosenView shows which codes are chosen: the first of them, and all that a
// form has to send again.
func (s *Server) chosenView(list []db.Code, params url.Values) views.Sheet {
	m := views.Sheet{Total: len(list)}
	for _, code := range list[:min(len(list), sheetCodesShown)] {
		m.Chosen = append(m.Chosen, s.sheetCodeView(code))
	}
	m.More = len(list) - len(m.Chosen)
	if params.Get("all") != "" && len(list) > sheetNamedMost {
		m.Search = &views.CodesQuery{Q: params.Get("q"), Kind: params.Get("kind"), State: params.Get("state"), Sort: params.Get("sort")}
	} else {
		m.Hidden = codes.FormatIDs(codeIDs(list[len(m.Chosen):]))
	}
	return m
}

func sheetInputView(in sheet.Input) views.SheetInput {
	return views.SheetInput{
		Preset: in.Preset, Paper: in.Paper, Columns: in.Columns, Rows: in.Rows,
		LabelWidth: in.LabelWidth, LabelHeight: in.LabelHeight, Left: in.Left, Top: in.Top, GapX: in.GapX, GapY: in.GapY,
		Copies: in.Copies, Start: in.Start, Text: in.Text, CutMarks: in.CutMarks,
	}
}

func (s *Server) sheetCodeView(code db.Code) views.SheetCode {
	m := views.SheetCode{ID: code.ID, Title: code.Title, Address: s.shortAddress(code)}
	if m.Address == "" {
		m.Address = views.Kind(code.Kind).Label()
	}
	return m
}

func codeIDs(list []db.Code) []int64 {
	ids := make([]int64, len(list))
	for i, code := range list {
		ids[i] = code.ID
	}
	return ids
}

// findForSheet offers codes to add: what was looked for, or where nothing is
// chosen yet the newest.
func (s *Server) findForSheet(ctx context.Context, find string, chosen []db.Code) ([]views.SheetCode, error) {
	if find == "" && len(chosen) > 0 {
		return nil, nil
	}
	filter, err := codes.ParseQuery(codes.Query{Search: find})
	if err != nil {
		return nil, err
	}
	// As many more as may be chosen already.
	filter.Limit = min(sheetFindShown+len(chosen), codes.SelectMax)
	page, err := s.registry.List(ctx, filter)
	if err != nil {
		return nil, err
	}
	have := map[int64]bool{}
	for _, code := range chosen {
		have[code.ID] = true
	}
	var found []views.SheetCode
	for _, row := range page.Rows {
		if !have[row.Code.ID] && len(found) < sheetFindShown {
			found = append(found, s.sheetCodeView(row.Code))
		}
	}
	return found, nil
}

// sheetPreview shows the first pages and says how well the smallest symbol
// will scan.
func (s *Server) sheetPreview(ctx context.Context, r sheetRequest) (views.SheetPreview, error) {
	labels := len(r.list) * r.layout.Copies
	pages := r.layout.Pages(labels)
	m := views.SheetPreview{
		Summary: fmt.Sprintf("%s on %s of %s", views.Count(int64(labels), "label", "labels"), views.Count(int64(pages), "sheet", "sheets"), r.layout.Name),
		More:    max(0, pages-sheetPagesShown),
	}
	var smallest sheetModule
	for i, code := range r.list {
		item, err := s.sheetItem(ctx, code)
		if errs.KindOf(err) == errs.Invalid {
			m.Problems = append(m.Problems, "“"+code.Title+"” can't be printed: "+messageOf(err))
			continue
		}
		if err != nil {
			return m, err
		}
		placed, err := item.Arrange(r.layout, r.layout.Grid.Label)
		if err != nil {
			m.Problems = append(m.Problems, messageOf(err))
			continue
		}
		if smallest.mm == 0 || placed.Module < smallest.mm-1e-9 {
			smallest.several = smallest.mm != 0
			smallest.mm, smallest.title = placed.Module, code.Title
		} else if placed.Module > smallest.mm+1e-9 {
			smallest.several = true
		}
		s.previewItem(&m, r.layout, i, code, item)
	}
	if len(m.Problems) > 0 {
		return views.SheetPreview{Problems: m.Problems}, nil
	}
	m.Verdict, m.Advice = smallest.advice()
	m.Warnings = s.sheetWarnings(r)
	return m, nil
}

// sheetModule is the narrowest module on a sheet, in mm.
type sheetModule struct {
	mm      float64
	title   string // of its code
	several bool   // others have wider ones
}

func (n sheetModule) advice() (views.Verdict, string) {
	which := "Modules"
	if n.several {
		which = "The smallest modules, those of “" + views.Excerpt(n.title, 40) + "”,"
	}
	// Rounded down, so that the number never promises more than there is.
	words := fmt.Sprintf("%s are %s mm wide on these labels: ", which, strconv.FormatFloat(math.Floor(n.mm*100+1e-6)/100, 'f', 2, 64))
	switch {
	case n.mm >= sheet.GoodModule:
		return views.VerdictGood, words + "good for any printer and phone."
	case n.mm >= sheet.SmallModule:
		return views.VerdictWarn, words + "small. Print at 600 dpi and try one before you print all."
	}
	return views.VerdictBad, words + "too small to rely on. Take larger labels, or leave the text out."
}

// previewItem puts a code's labels on the pages that are shown.
func (s *Server) previewItem(m *views.SheetPreview, l sheet.Layout, i int, code db.Code, item sheet.Item) {
	for k := range l.Copies {
		n := i*l.Copies + k
		page, label := l.Place(n)
		if page >= sheetPagesShown {
			return
		}
		if page >= len(m.Pages) {
			m.Pages = append(m.Pages, sheetPageView(l, page))
		}
		placed, err := item.Arrange(l, label)
		if err != nil {
			return // said before: every label is as large as the first
		}
		v := &m.Pages[page].Labels[(l.Start-1+n)%l.Grid.Labels()]
		v.Start = n == 0
		v.Image = views.CodeImagePath(code.ID, "svg", views.ImageOptions{})
		v.ImageX, v.ImageY, v.ImageWidth, v.ImageHeight = placed.Symbol.X, placed.Symbol.Y, placed.Symbol.Width, placed.Symbol.Height
		for _, line := range placed.Lines {
			v.Lines = append(v.Lines, views.SheetLine{Text: line.Text, X: line.X, Baseline: line.Baseline, Size: line.Size, Width: line.Width})
		}
	}
}

// sheetPageView is a page whose labels are still empty.
func sheetPageView(l sheet.Layout, n int) views.SheetPage {
	page := views.SheetPage{Number: n + 1, Width: l.Grid.Paper.Width, Height: l.Grid.Paper.Height}
	for i := range l.Grid.Labels() {
		b := l.Grid.At(i)
		page.Labels = append(page.Labels, views.SheetLabel{
			X: b.X, Y: b.Y, Width: b.Width, Height: b.Height, Number: i + 1, Used: n == 0 && i < l.Start-1,
		})
	}
	marks, _ := l.Marks()
	for _, k := range marks {
		page.Marks = append(page.Marks, views.SheetMark(k))
	}
	return page
}

// sheetWarnings say what a person should know before printing.
func (s *Server) sheetWarnings(r sheetRequest) []string {
	var list []string
	states := map[codes.State]int{}
	incomplete := 0
	for _, code := range r.list {
		states[codes.StateOf(code, s.now())]++
		if _, complete := sheet.Printable(code.Title); !complete && r.layout.Text != sheet.Nothing {
			incomplete++
		}
	}
	for _, state := range []codes.State{codes.Retired, codes.Expired, codes.Paused, codes.Scheduled} {
		if n := states[state]; n > 0 {
			list = append(list, fmt.Sprintf("%s %s: whoever scans it now does not get where it leads.",
				views.Count(int64(n), "code is", "codes are"), strings.ToLower(views.State(state).Label())))
		}
	}
	if incomplete > 0 {
		list = append(list, views.Count(int64(incomplete), "title has", "titles have")+" letters that our font lacks, such as emoji; they are left out. It has Latin, Greek and Cyrillic letters.")
	}
	if _, complete := r.layout.Marks(); !complete {
		list = append(list, "Some margins are too narrow for cut marks, so there are none on that side.")
	}
	return list
}

// problemsOf lists what is wrong, in words; nothing for no error.
func problemsOf(err error) []string {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*errs.Error](err)
	if !ok || len(e.Fields) == 0 {
		return []string{messageOf(err)}
	}
	list := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		list[i] = f.Message
	}
	return list
}
