package redirect

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"qrgen/internal/codes"
)

// TestIndexAgainstMap does the same to an index and to a map, and compares.
func TestIndexAgainstMap(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	x := newIndex()
	model := map[string]string{}
	for step := range 60_000 {
		id := "id" + strconv.Itoa(rnd.IntN(2_000))
		switch rnd.IntN(4) {
		case 0, 1:
			target := "https://a.example/" + strings.Repeat("x", rnd.IntN(60)) + strconv.Itoa(step)
			rec, err := appendRecord(nil, Entry{CodeID: int64(step + 1), ShortID: id, State: codes.Active, Target: target})
			if err != nil {
				t.Fatal(err)
			}
			_, there := model[id]
			if added := x.put(rec); added == there {
				t.Fatalf("step %d: put %s: added %t", step, id, added)
			}
			model[id] = target
		case 2:
			rec := x.find([]byte(id), false)
			if want, there := model[id]; there != (rec != nil) || there && rec.target() != want {
				t.Fatalf("step %d: find %s: %v", step, id, rec)
			}
		case 3:
			if len(model) > 1_000 {
				x.evict()
				model = mapOf(t, x, len(model)-1, model)
			}
		}
	}
	left := mapOf(t, x, len(model), model)
	x.unsee()
	for id := range left {
		if len(id)%2 == 0 {
			x.see([]byte(id))
		} else {
			delete(left, id)
		}
	}
	before := len(model)
	if dropped := x.dropUnseen(); dropped != before-len(left) {
		t.Errorf("%d dropped, want %d", dropped, before-len(left))
	}
	mapOf(t, x, len(left), left)
}

// mapOf reads the index whole and checks it against a map that may have more.
func mapOf(t *testing.T, x *index, want int, model map[string]string) map[string]string {
	t.Helper()
	// Comparing everything at every step would take too long.
	if want%500 != 0 && want != len(model) {
		gone := ""
		for id := range model {
			if x.find([]byte(id), false) == nil {
				gone = id
				break
			}
		}
		delete(model, gone)
		return model
	}
	got := make(map[string]string, want)
	for rec := range x.all {
		id := string(rec.key())
		if _, twice := got[id]; twice || rec.target() != model[id] {
			t.Fatalf("%s: %q, want %q; twice %t", id, rec.target(), model[id], twice)
		}
		got[id] = rec.target()
	}
	if len(got) != want {
		t.Fatalf("%d records, want %d", len(got), want)
	}
	return got
}

// TestGarbageIsBounded edits one small set of codes again and again.
func TestGarbageIsBounded(t *testing.T) {
	t.Parallel()
	x := newIndex()
	var live int
	for round := range 100 {
		live = 0
		for i := range 5_000 {
			rec, err := appendRecord(nil, Entry{CodeID: 1, ShortID: "id" + strconv.Itoa(i), State: codes.Active, Target: "https://a.example/" + strconv.Itoa(round)})
			if err != nil {
				t.Fatal(err)
			}
			x.put(rec)
			live += len(rec)
		}
	}
	if size := x.bytes(); size > 3*live {
		t.Errorf("%d bytes for %d of records", size, live)
	}
}

func TestRecordsAreChecked(t *testing.T) {
	t.Parallel()
	good := Entry{CodeID: 1, ShortID: "abc", State: codes.Active, Target: "https://a.example/"}
	for name, spoil := range map[string]func(*Entry){
		"no number":         func(e *Entry) { e.CodeID = 0 },
		"no short ID":       func(e *Entry) { e.ShortID = "" },
		"long short ID":     func(e *Entry) { e.ShortID = strings.Repeat("a", 33) },
		"a derived state":   func(e *Entry) { e.State = codes.Expired },
		"an endless target": func(e *Entry) { e.Target = strings.Repeat("a", 1<<16) },
	} {
		e := good
		spoil(&e)
		if _, err := appendRecord(nil, e); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
