package codes

import (
	"slices"
	"testing"

	"qrgen/internal/errs"
)

func TestParseSelection(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ids  []string
		want []int64
	}{
		{nil, nil},
		{[]string{""}, nil},
		{[]string{"7"}, []int64{7}},
		{[]string{"7", "3,", "9"}, []int64{7, 3, 9}},
		{[]string{"7,12-14"}, []int64{7, 12, 13, 14}},
		{[]string{"5-3", "4,8"}, []int64{5, 4, 3, 8}}, // named twice is meant once
	} {
		s, err := ParseSelection(c.ids, false, Query{})
		if err != nil || !slices.Equal(s.ids, c.want) {
			t.Errorf("%q: %v, %v; want %v", c.ids, s.ids, err, c.want)
		}
		if s.Empty() != (len(c.want) == 0) {
			t.Errorf("%q: empty is %t", c.ids, s.Empty())
		}
	}
	for _, bad := range []string{"x", "0", "-1", "1-", "-", "1-0", "1.5", "1 2", "99999999999999999999", "9223372036854775807", "1-1001", "1-9223372036854775806"} {
		if _, err := ParseSelection([]string{bad}, false, Query{}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := ParseSelection([]string{"1-1000"}, false, Query{}); err != nil {
		t.Errorf("1,000 codes: %v", err)
	}
	if s, err := ParseSelection(nil, true, Query{Search: "x", After: "of another list"}); err != nil || s.Empty() {
		t.Errorf("a whole list: %v, %v", s, err)
	}
	if _, err := ParseSelection(nil, true, Query{State: "x"}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a list that is none: %v", err)
	}
}

func FuzzParseSelection(f *testing.F) {
	for _, seed := range []string{"", "7", "7,12-14", "14-12,7", "1-1001", "9223372036854775806-9223372036854775807", "-", ",,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseSelection([]string{s}, false, Query{})
		if err != nil {
			if errs.KindOf(err) != errs.Invalid {
				t.Fatal(err)
			}
			return
		}
		if len(got.ids) > SelectMax || len(got.ids) != len(slices.Compact(slices.Sorted(slices.Values(got.ids)))) {
			t.Fatalf("%q gives %d codes", s, len(got.ids))
		}
		again, err := ParseSelection([]string{FormatIDs(got.ids)}, false, Query{})
		if err != nil || !slices.Equal(again.ids, got.ids) {
			t.Fatalf("%q is written as %q, which gives %v, %v", s, FormatIDs(got.ids), again.ids, err)
		}
	})
}

func TestFormatIDs(t *testing.T) {
	t.Parallel()
	for want, ids := range map[string][]int64{
		"": nil, "7": {7}, "7-8": {7, 8}, "24-21": {24, 23, 22, 21}, "1,3-2,5": {1, 3, 2, 5}, "1,3,5": {1, 3, 5},
	} {
		if got := FormatIDs(ids); got != want {
			t.Errorf("%v: %q, want %q", ids, got, want)
		}
	}
}
