package backup

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestKeep(t *testing.T) {
	t.Parallel()
	// Two a day for 400 days, the newest first.
	var times []time.Time
	newest := time.Date(2026, 11, 20, 14, 30, 0, 0, time.UTC)
	for day := range 400 {
		at := newest.AddDate(0, 0, -day)
		times = append(times, at, at.Add(-12*time.Hour))
	}
	var got []string
	for i, stays := range (Keep{7, 4, 6}).choose(times) {
		if stays {
			got = append(got, times[i].Format("01-02 15:04"))
		}
	}
	want := []string{
		"11-20 14:30", "11-19 14:30", "11-18 14:30", "11-17 14:30", "11-16 14:30", "11-15 14:30", "11-14 14:30", // days; 11-20 and 11-15 are also the last of their weeks
		"11-08 14:30", "11-01 14:30", // weeks
		"10-31 14:30", "09-30 14:30", "08-31 14:30", "07-31 14:30", "06-30 14:30", // months
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	if stay := (Keep{}).choose(times); !stay[0] || slices.Contains(stay[1:], true) {
		t.Error("with nothing to keep, the newest alone stays")
	}
	if stay := (Keep{1000, 1000, 1000}).choose(times[:3]); !stay[0] || stay[1] || !stay[2] {
		t.Errorf("%v", stay)
	}
	(Keep{7, 4, 6}).choose(nil)
}

func TestNext(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ now, want string }{
		{"2026-11-20T00:00:00+01:00", "2026-11-20T02:30:00+01:00"},
		{"2026-11-20T02:30:00+01:00", "2026-11-20T14:00:00+01:00"},
		{"2026-11-20T14:00:00+01:00", "2026-11-21T02:30:00+01:00"},
		{"2026-12-31T23:00:00+01:00", "2027-01-01T02:30:00+01:00"},
		{"2026-03-28T23:00:00+01:00", "2026-03-29T03:30:00+02:00"}, // 02:30 does not exist on that day
		{"2026-10-25T00:00:00+02:00", "2026-10-25T02:30:00+01:00"}, // and here it does twice
		{"2026-10-25T02:30:00+01:00", "2026-10-25T14:00:00+01:00"},
	} {
		now, err := time.Parse(time.RFC3339, test.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := next(now, []int{150, 840}, berlin).Format(time.RFC3339); got != test.want {
			t.Errorf("after %s: %s, want %s", test.now, got, test.want)
		}
	}
}

func TestConnEnv(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in   string
		want []string
		not  string
	}{
		{"postgres://u:p%40ss@db.example.edu:5433/a?sslmode=verify-full&sslrootcert=/dev/null&pool_max_conns=5", []string{"PGHOST=db.example.edu", "PGPORT=5433", "PGUSER=u", "PGPASSWORD=p@ss", "PGDATABASE=b", "PGSSLMODE=verify-full", "PGSSLROOTCERT=/dev/null"}, "pool_max_conns"},
		{"postgres://u:p@h1:1,h2:2/a?sslmode=prefer&target_session_attrs=read-write", []string{"PGHOST=h1,h2", "PGPORT=1,2", "PGSSLMODE=prefer", "PGTARGETSESSIONATTRS=read-write"}, ""},
		{"host=/run/x user=u password='a b' dbname=a sslmode='disable'", []string{"PGHOST=/run/x", "PGPASSWORD=a b", "PGDATABASE=b", "PGSSLMODE=disable"}, "dbname"},
	} {
		env, err := connEnv(test.in, "b")
		if err != nil && !strings.Contains(test.in, "/dev/null") { // no certificate in there
			t.Errorf("%s: %v", test.in, err)
			continue
		}
		if err != nil {
			continue
		}
		for _, want := range test.want {
			if !slices.Contains(env, want) {
				t.Errorf("%s: %s is not in %q", test.in, want, env)
			}
		}
		if test.not != "" && strings.Contains(strings.Join(env, " "), test.not) {
			t.Errorf("%s: %q", test.in, env)
		}
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	saved := []Table{{"a", 1, "10"}, {"b", 2, "20"}, {"c", 3, "30"}}
	if err := compare(saved, []Table{{"c", 3, "30"}, {"a", 1, "10"}, {"b", 2, "20"}}); err != nil {
		t.Error(err)
	}
	err := compare(saved, []Table{{"a", 9, "10"}, {"b", 2, "99"}, {"d", 1, "1"}})
	for _, words := range []string{"a has 9 rows in the place of 1", "b has other contents", "c is missing", "d was not saved"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v lacks %q", err, words)
		}
	}
}

func FuzzNote(f *testing.F) {
	n := note{sha256: strings.Repeat("ab", 32), tables: []Table{{"codes", 3, "-17"}}}
	f.Add(n.encode("x.dump", "about"))
	f.Add("# table a 1\n")
	f.Add("zz  x")
	f.Fuzz(func(t *testing.T, text string) {
		var got note
		for line := range strings.SplitSeq(text, "\n") {
			if err := got.addLine(line); err != nil {
				return
			}
		}
		if got.sha256 != "" && len(got.sha256) != 64 {
			t.Errorf("%q is no SHA-256", got.sha256)
		}
		var again note
		for line := range strings.Lines(got.encode("x.dump", "about")) {
			if err := again.addLine(strings.TrimRight(line, "\n")); err != nil && got.sha256 != "" {
				t.Fatalf("what was written can't be read: %v", err)
			}
		}
		if got.sha256 != "" && !cmp.Equal(got.tables, again.tables) {
			t.Errorf("%+v became %+v", got.tables, again.tables)
		}
	})
}
