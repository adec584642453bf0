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
	Failed  []string // the decoders that did not read exactly the content
}

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
		found, err := d.Read(ctx, root, dir, pictures)
		if err != nil {
			return nil, err
		}
		for i, text := range found {
			if r := &results[at[i]]; text != r.Request.Content {
				r.Failed = append(r.Failed, d.Name)
			}
		}
	}
	return results, nil
}
