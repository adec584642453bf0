package main

import (
	"bytes"
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"
	"time"
)

// flame is a function as called from the one below it.
type flame struct {
	total   time.Duration
	callees map[string]*flame
}

// parseTraces reads what `go tool pprof -traces` prints: blocks between rules,
// each a time and a stack, the innermost function first.
func parseTraces(traces string) *flame {
	root := &flame{}
	for _, block := range strings.Split(traces, "-----------+-------------------------------------------------------\n")[1:] {
		var took time.Duration
		var stack []string
		for line := range strings.Lines(block) {
			fields := strings.Fields(line)
			if len(fields) > 1 && len(stack) == 0 {
				var err error
				if took, err = time.ParseDuration(fields[0]); err != nil {
					break
				}
				fields = fields[1:]
			}
			if len(fields) > 0 {
				stack = append(stack, fields[0])
			}
		}
		root.add(took, stack)
	}
	return root
}

func (f *flame) add(took time.Duration, stack []string) {
	f.total += took
	for _, name := range slices.Backward(stack) {
		if f.callees == nil {
			f.callees = map[string]*flame{}
		}
		next := f.callees[name]
		if next == nil {
			next = &flame{}
			f.callees[name] = next
		}
		next.total += took
		f = next
	}
}

const (
	flameWidth  = 1200.0
	flameRow    = 17
	flameLetter = 6.6 // a letter's width
	flameLeast  = 0.5 // px: narrower ones are left out
)

// drawFlames draws a flame graph, callers above what they call.
func drawFlames(root *flame) []byte {
	var b bytes.Buffer
	rows := root.depth()
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" font-family="monospace" font-size="11">`+"\n", flameWidth, rows*flameRow)
	root.draw(&b, "all", 0, 0, flameWidth/max(1, float64(root.total)), root.total)
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func (f *flame) depth() int {
	deepest := 0
	for _, c := range f.callees {
		deepest = max(deepest, c.depth())
	}
	return deepest + 1
}

func (f *flame) draw(b *bytes.Buffer, name string, row int, x, scale float64, all time.Duration) {
	width := float64(f.total) * scale
	if width < flameLeast {
		return
	}
	short := name[strings.LastIndexByte(name, '/')+1:]
	if room := int(width / flameLetter); len(short) > room {
		short = short[:room]
	}
	// The hue tells packages apart; nothing depends on it.
	hue := 0
	for _, c := range strings.SplitN(name, ".", 2)[0] {
		hue = (hue*31 + int(c)) % 60
	}
	fmt.Fprintf(b, `<g><title>%s: %.1f %%</title><rect x="%.1f" y="%d" width="%.1f" height="%d" fill="hsl(%d 80%% 72%%)" stroke="#fff" stroke-width=".5"/><text x="%.1f" y="%d">%s</text></g>`+"\n",
		html.EscapeString(name), 100*float64(f.total)/float64(all), x, row*flameRow, width, flameRow, hue, x+2, (row+1)*flameRow-5, html.EscapeString(short))
	for _, callee := range slices.Sorted(maps.Keys(f.callees)) {
		f.callees[callee].draw(b, callee, row+1, x, scale, all)
		x += float64(f.callees[callee].total) * scale
	}
}
