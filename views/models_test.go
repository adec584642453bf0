package views

import (
	"strings"
	"testing"
)

func TestWhatARowOffers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind          Kind
		state         State
		pause, resume bool
	}{
		{KindDynamic, StateActive, true, false},
		{KindDynamic, StateScheduled, true, false},
		{KindDynamic, StateExpired, true, false},
		{KindDynamic, StatePaused, false, true},
		{KindDynamic, StateRetired, false, false},
		{KindStatic, StateActive, false, false},
	} {
		row, code := CodeRow{Kind: tt.kind, State: tt.state}, Code{Kind: tt.kind, State: tt.state}
		if row.CanPause() != tt.pause || row.CanResume() != tt.resume || code.CanPause() != tt.pause || code.CanResume() != tt.resume {
			t.Errorf("%s %s: pause %t, resume %t", tt.kind, tt.state, row.CanPause(), row.CanResume())
		}
	}
}

func TestStateText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code Code
		want string
	}{
		{Code{Kind: KindDynamic, State: StateActive}, "sent to its target"},
		{Code{Kind: KindDynamic, State: StatePaused}, "it is paused"},
		{Code{Kind: KindDynamic, State: StatePaused, FallbackURL: "x"}, "fallback"},
		{Code{Kind: KindDynamic, State: StateScheduled}, "not started"},
		{Code{Kind: KindDynamic, State: StateExpired}, "expired"},
		{Code{Kind: KindDynamic, State: StateRetired}, "Out of use"},
		{Code{Kind: KindStatic, State: StateActive}, "can't be redirected"},
		{Code{Kind: KindStatic, State: StateRetired}, "goes on showing"},
	} {
		if got := tt.code.StateText(); !strings.Contains(got, tt.want) {
			t.Errorf("%s %s: %q lacks %q", tt.code.Kind, tt.code.State, got, tt.want)
		}
	}
}

func TestUseTooSmall(t *testing.T) {
	t.Parallel()
	var small []string
	for _, u := range downloadUses {
		if (Download{Smallest: 25}).tooSmall(u.MM) {
			small = append(small, u.Name)
		}
	}
	if got := strings.Join(small, " "); got != "Card" {
		t.Errorf("too small: %q", got)
	}
}

func TestFormSummaryFollowsTheForm(t *testing.T) {
	t.Parallel()
	m := CodeForm{Kind: "static", Errors: map[string]string{"light": "4", "title": "1", "wifi_ssid": "3"}}
	m.Content = PayloadForm{Name: "payload_type", Error: "2", Fields: []PayloadField{{Name: "wifi_ssid"}}}
	var order []string
	for _, e := range m.Summary() {
		order = append(order, e.Name+e.Message)
	}
	if got := strings.Join(order, " "); got != "title1 payload_type2 wifi_ssid3 light4" {
		t.Errorf("order: %s", got)
	}
}

func TestProblemWords(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503} {
		p := Problem{Status: status, RequestID: "abc"}
		if p.Title() == "" || p.Text() == "" {
			t.Errorf("%d has no words", status)
		}
		if status != 500 && p.Title() == (Problem{Status: 500}).Title() {
			t.Errorf("%d has the words of a fault", status)
		}
		if got := strings.Contains(p.Toast().Text, "abc"); got != (status >= 500) {
			t.Errorf("%d: request ID in the toast: %t", status, got)
		}
	}
	if got := (Problem{Status: 404, Message: "That code is gone."}).Text(); got != "That code is gone." {
		t.Errorf("own message: %q", got)
	}
}

func TestWordsForEverything(t *testing.T) {
	t.Parallel()
	for _, name := range formFields {
		if l := FieldLabel(name); l == "" || strings.Contains(l, "_") {
			t.Errorf("field %s: label %q", name, l)
		}
	}
	for _, action := range []string{"created", "updated", "paused", "resumed", "retired", "restored", "downloaded", "printed", "undone", ""} {
		if e := (Event{Action: action}); e.Text() == "" || e.Icon() == "" {
			t.Errorf("event %q: %q, %q", action, e.Text(), e.Icon())
		}
	}
	for _, v := range []Verdict{VerdictGood, VerdictWarn, VerdictBad} {
		if v.Tone().Icon() == "" || v.Tone().Word() == "" {
			t.Errorf("verdict %s has no words", v)
		}
	}
	for _, level := range levels {
		if !strings.HasPrefix(LevelText(level), level+",") {
			t.Errorf("level %s: %s", level, LevelText(level))
		}
	}
}

func TestDocumentTitle(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"":          "QR codes",
		"Codes":     "Codes · QR codes",
		"\u202eabc": "\u2068\u202eabc\u2069 · QR codes",
	} {
		if got := (Chrome{Title: title}).DocumentTitle(); got != want {
			t.Errorf("%q: %q, want %q", title, got, want)
		}
	}
	if got := (Chrome{Port: "9000"}).RunCommand(); !strings.HasSuffix(got, ":9000") {
		t.Errorf("command: %q", got)
	}
}
