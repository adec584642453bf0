package views

import "testing"

func TestPaths(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ got, want string }{
		{CodesPath(CodesQuery{}), "/codes"},
		{CodesPath(CodesQuery{Sort: "-created"}), "/codes?sort=-created"},
		{CodesPath(CodesQuery{Q: "a&b c", Kind: "static", State: "paused", Sort: "title", After: "x="}), "/codes?after=x%3D&kind=static&q=a%26b+c&sort=title&state=paused"},
		{CodePath(7), "/codes/7"},
		{CodeEditPath(7), "/codes/7/edit"},
		{CodePausePath(7), "/codes/7/pause"},
		{CodeResumePath(7), "/codes/7/resume"},
		{CodeRetirePath(7), "/codes/7/retire"},
		{EventUndoPath(7, 9), "/codes/7/events/9/undo"},
		{CodeImagePath(7, "svg", ImageOptions{}), "/codes/7/image.svg"},
		{CodeImagePath(7, "png", ImageOptions{MM: 20, DPI: 300, Download: true}), "/codes/7/image.png?download=1&dpi=300&mm=20"},
		{CodeImagePath(7, "png", ImageOptions{Size: 512, QuietZone: 4}), "/codes/7/image.png?quiet_zone=4&size=512"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
}

func TestSortPath(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ sort, column, want, aria string }{
		{"-created", "created", "/codes?q=x&sort=created", "descending"},
		{"created", "created", "/codes?q=x&sort=-created", "ascending"},
		{"-created", "title", "/codes?q=x&sort=title", "none"},
		{"title", "title", "/codes?q=x&sort=-title", "ascending"},
		{"-title", "title", "/codes?q=x&sort=title", "descending"},
		{"title", "scans", "/codes?q=x&sort=-scans", "none"},
	} {
		m := Codes{Query: CodesQuery{Q: "x", Sort: tt.sort, After: "gone"}}
		if got := m.SortPath(tt.column); got != tt.want {
			t.Errorf("sorted by %s, click on %s: %s, want %s", tt.sort, tt.column, got, tt.want)
		}
		if got := m.AriaSort(tt.column); got != tt.aria {
			t.Errorf("sorted by %s, aria-sort of %s: %s, want %s", tt.sort, tt.column, got, tt.aria)
		}
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	m := Codes{Query: CodesQuery{Q: "x", Sort: "title", After: "here"}, Next: "n", Previous: "p"}
	if got, want := m.NextPath(), "/codes?after=n&q=x&sort=title"; got != want {
		t.Errorf("next %s, want %s", got, want)
	}
	if got, want := m.PreviousPath(), "/codes?before=p&q=x&sort=title"; got != want {
		t.Errorf("previous %s, want %s", got, want)
	}
	if got, want := m.ClearPath(), "/codes?sort=title"; got != want {
		t.Errorf("clear %s, want %s", got, want)
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	rows := make([]CodeRow, 25)
	for _, tt := range []struct {
		m    Codes
		want string
	}{
		{Codes{Rows: rows, Total: 1000, Capped: true}, "25 of 1,000+ codes"},
		{Codes{Rows: rows, Total: 25}, "25 of 25 codes"},
		{Codes{Rows: rows[:1], Total: 1}, "1 of 1 code"},
	} {
		if got := tt.m.Summary(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
