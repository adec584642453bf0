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
	Missed  []string // the decoders that did not read exactly the content
}

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
			missed, found := known.recall(key)
			if found {
				r.Missed = missed
				break
			}
			picture, err := Picture(ctx, dir, fmt.Sprint(n), r.Request, image.Data)
			if err != nil {
				return nil, fmt.Errorf("sample %d: %w", n, err)
			}
			unknown = append(unknown, shown{picture, key, len(results)})
		}
		results = append(results, r)
	}
	return results, read(ctx, root, dir, results, unknown, known)
}

// shown is a picture that the decoders are to read.
type shown struct {
	picture string
	key     string // of its verdict
	result  int    // its place among the results
}

// read has every decoder read the pictures, and keeps what became of it.
func read(ctx context.Context, root, dir string, results []Result, pictures []shown, known *Verdicts) error {
	if len(pictures) == 0 {
		return nil
	}
	files := make([]string, len(pictures))
	for i, p := range pictures {
		files[i] = p.picture
	}
	for _, d := range Decoders() {
		found, err := d.Read(ctx, root, dir, files)
		if err != nil {
			return err
		}
		for i, p := range pictures {
			if r := &results[p.result]; found[i] != r.Request.Content {
				r.Missed = append(r.Missed, d.Name)
			}
		}
	}
	for _, p := range pictures {
		if err := known.keep(p.key, results[p.result].Missed); err != nil {
			return err
		}
	}
	return nil
}
