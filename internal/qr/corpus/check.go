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
	Refused string // why no file was handed out; then nothing was read
	looks   []int  // of each of Decoders, how many looks missed before one read exactly the content
}

// Missed lists the decoders that did not read the file at first.
func (r Result) Missed() []string { return r.missing(1) }

// Failed lists the decoders that did not read the file from any distance.
func (r Result) Failed() []string { return r.missing(len(distances)) }

func (r Result) missing(looks int) []string {
	var names []string
	for i, d := range Decoders() {
		if i < len(r.looks) && r.looks[i] >= looks {
			names = append(names, d.Name)
		}
	}
	return names
}

// Distance is the size, as a part of the file's own, at which the last of the
// decoders read it; 0 where one never did.
func (r Result) Distance() float64 {
	most := 0
	for _, n := range r.looks {
		most = max(most, n)
	}
	if most == len(distances) {
		return 0
	}
	return distances[most]
}

// distances are the sizes at which a decoder is shown a picture, the first one
// as it is, until it reads it: a second before a phone's camera. All decoders
// miss some flawless pictures at one size and read them at others.
var distances = [...]float64{1, 0.93, 0.9, 0.87, 0.83, 0.8, 0.74, 0.71, 0.67, 0.63, 0.59, 0.55, 0.5, 0.45, 0.4, 0.3, 0.22, 1.2, 1.4, 1.6}

// Check makes the samples from first on, so many, in the folder, and has every
// decoder read those whose verdict is not known; known may be nil.
func Check(ctx context.Context, root, dir string, first, count int, known *Verdicts) ([]Result, error) {
	var results []Result
	var unknown []shown
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
			key := keyOf(r.Request, image.SHA256)
			if r.looks = known.recall(key); r.looks != nil {
				break
			}
			picture, err := Picture(ctx, dir, fmt.Sprint(n), r.Request, image.Data)
			if err != nil {
				return nil, fmt.Errorf("sample %d: %w", n, err)
			}
			unknown = append(unknown, shown{picture, r.Request.Content, key, len(results)})
		}
		results = append(results, r)
	}
	if len(unknown) == 0 {
		return results, nil
	}
	for _, d := range Decoders() {
		missed, err := d.look(ctx, root, dir, unknown)
		if err != nil {
			return nil, err
		}
		for i, looks := range missed {
			r := &results[unknown[i].result]
			r.looks = append(r.looks, looks)
		}
	}
	for _, u := range unknown {
		if err := known.keep(u.key, results[u.result].looks); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// shown is a picture that the decoders are to read.
type shown struct {
	picture string
	content string // what it must say
	key     string // of its verdict
	result  int    // its place among the results
}

// look shows a decoder all pictures and, again from other distances, those that
// it missed. It gives for each picture how many looks missed.
func (d Decoder) look(ctx context.Context, root, dir string, pictures []shown) ([]int, error) {
	misses := make([]int, len(pictures))
	left := make([]int, len(pictures)) // the pictures that are not read yet
	for i := range left {
		left[i] = i
	}
	for n, distance := range distances {
		if len(left) == 0 {
			break
		}
		files := make([]string, len(left))
		for k, i := range left {
			files[k] = pictures[i].picture
			if n == 0 {
				continue
			}
			var err error
			if files[k], err = scaled(files[k], distance); err != nil {
				return nil, err
			}
		}
		found, err := d.Read(ctx, root, dir, files)
		if err != nil {
			return nil, err
		}
		var still []int
		for k, i := range left {
			if found[k] != pictures[i].content {
				misses[i]++
				still = append(still, i)
			}
		}
		left = still
	}
	return misses, nil
}
