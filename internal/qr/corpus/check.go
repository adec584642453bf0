package corpus

import (
	"context"
	"fmt"

	"qrgen/internal/errs"
	"qrgen/internal/qr"
)

// Result is what became of one sample.
type Result struct {
	Number  int
	Request qr.Request
	Grade   qr.Grade
	Refused string   // why no file was handed out; then nothing was read
	Blinked []string // the decoders that did not read exactly the content at first
	Failed  []string // … and from no other distance either
}

// distances are the sizes at which a decoder is shown a picture, the first one
// as it is, until it reads it: a second before a phone's camera. All decoders
// miss some flawless pictures at one size and read them at others.
var distances = [...]float64{1, 0.93, 0.9, 0.87, 0.83, 0.8, 0.74, 0.71, 0.67, 0.63, 0.59, 0.55, 0.5, 0.45, 0.4, 0.3, 0.22, 1.2, 1.4, 1.6}

// Check makes the samples from first on, so many, in the folder, and has every
// decoder read them.
func Check(ctx context.Context, root, dir string, first, count int) ([]Result, error) {
	var results []Result
	var pictures []string
	var at []int // of each picture, its result
	for n := first; n < first+count; n++ {
		r := Result{Number: n, Request: Sample(n)}
		image, err := qr.Render(r.Request)
		switch {
		case errs.KindOf(err) == errs.Invalid && err != nil:
			r.Refused = err.Error()
		case err != nil:
			return nil, fmt.Errorf("sample %d: %w", n, err)
		default:
			r.Grade = image.Report.Grade
			picture, err := Picture(ctx, dir, fmt.Sprint(n), r.Request, image.Data)
			if err != nil {
				return nil, fmt.Errorf("sample %d: %w", n, err)
			}
			pictures, at = append(pictures, picture), append(at, len(results))
		}
		results = append(results, r)
	}
	for _, d := range Decoders() {
		missed, err := d.look(ctx, root, dir, pictures, func(i int) string { return results[at[i]].Request.Content })
		if err != nil {
			return nil, err
		}
		for i, looks := range missed {
			r := &results[at[i]]
			if looks > 0 {
				r.Blinked = append(r.Blinked, d.Name)
			}
			if looks == len(distances) {
				r.Failed = append(r.Failed, d.Name)
			}
		}
	}
	return results, nil
}

// look shows a decoder all pictures and, again from other distances, those that
// it missed. It gives for each picture how many looks missed.
func (d Decoder) look(ctx context.Context, root, dir string, pictures []string, want func(i int) string) ([]int, error) {
	misses := make([]int, len(pictures))
	left := make([]int, len(pictures)) // the pictures that are not read yet
	for i := range left {
		left[i] = i
	}
	for n, distance := range distances {
		if len(left) == 0 {
			break
		}
		shown := make([]string, len(left))
		for k, i := range left {
			shown[k] = pictures[i]
			if n == 0 {
				continue
			}
			var err error
			if shown[k], err = scaled(pictures[i], distance); err != nil {
				return nil, err
			}
		}
		found, err := d.Read(ctx, root, dir, shown)
		if err != nil {
			return nil, err
		}
		var still []int
		for k, i := range left {
			if found[k] != want(i) {
				misses[i]++
				still = append(still, i)
			}
		}
		left = still
	}
	return misses, nil
}
