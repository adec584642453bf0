package redirect_test

import (
	"strings"
	"testing"

	"qrgen/internal/redirect"
)

func TestParsePath(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path, raw  string
		fromSymbol bool
		ok         bool
	}{
		{"/r/abc", "abc", false, true},
		{"/R/ABC", "ABC", true, true},
		{"/r/ABC/", "ABC", false, true},
		{"/R/x", "x", true, true},
		{"/r/abc.", "abc.", false, true},
		{"/r/ä b", "ä b", false, true},
		{"/r/\x00", "\x00", false, true},
		{"/r/..", "..", false, true},
		{"/r/", "", false, false},
		{"/r", "", false, false},
		{"/R", "", false, false},
		{"/r//", "", false, false},
		{"/r/abc//", "", false, false},
		{"/r//abc", "", false, false},
		{"/r/a/b", "", false, false},
		{"/ra/b", "", false, false},
		{"r/abc", "", false, false},
		{"//r/abc", "", false, false},
		{"/q/abc", "", false, false},
		{"", "", false, false},
		{"*", "", false, false},
	} {
		raw, fromSymbol, ok := redirect.ParsePath(tt.path)
		if raw != tt.raw || fromSymbol != tt.fromSymbol || ok != tt.ok {
			t.Errorf("ParsePath(%q) = %q, %t, %t", tt.path, raw, fromSymbol, ok)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{"/r/7k3qx9ab", "/R/7K3QX9AB", "/r/abc/", "/r//", "/r/a/b", "/r/%00", "/r/\xff", "/R/.", "/r/../x", strings.Repeat("/r", 40)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		raw, fromSymbol, ok := redirect.ParsePath(path)
		if !ok {
			if raw != "" || fromSymbol {
				t.Errorf("%q: refused, yet %q, %t", path, raw, fromSymbol)
			}
			return
		}
		prefix := "/r/"
		if fromSymbol {
			prefix = "/R/"
		}
		if raw == "" || strings.Contains(raw, "/") || path != prefix+raw && path != prefix+raw+"/" {
			t.Errorf("%q: %q, %t", path, raw, fromSymbol)
		}
	})
}
