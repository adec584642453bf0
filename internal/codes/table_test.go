package codes_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"qrgen/internal/codes"
	"qrgen/internal/errs"
)

func TestParseTable(t *testing.T) {
	t.Parallel()
	table, err := codes.ParseTable([]byte("\nTarget URL,Title,floor\n\"https://a.example/\", A ,2\n\nhttps://b.example,\"two\nlines\",\nhttps://c.example,C,"))
	if err != nil || len(table.Rows) != 3 || strings.Join(table.Unused, "|") != "floor" {
		t.Fatalf("%+v, %v", table, err)
	}
	first, second, third := table.Rows[0], table.Rows[1], table.Rows[2]
	if first.Number != 2 || first.Input.Title != " A " || first.Input.TargetURL != "https://a.example/" || first.Input.Kind != "dynamic" || first.Err != nil {
		t.Errorf("the first is %+v", first)
	}
	if second.Number != 4 || second.Input.Title != "two\nlines" || third.Number != 5 {
		t.Errorf("the others are %+v and %+v", second, third)
	}
}

// TestParseCopiedTable: of cells that are copied, only those with line breaks
// are quoted.
func TestParseCopiedTable(t *testing.T) {
	t.Parallel()
	table, err := codes.ParseTable([]byte("title\turl\tnote\n" +
		"A\thttps://a.example\t\"Open\" sign\nB\thttps://b.example\t6\" pipe\n\nC\thttps://c.example\t\"two\n\"\"lines\"\"\"\nD\thttps://d.example\t\"Closed\nE\thttps://e.example\tclosed\"\n" +
		"F\thttps://f.example\t\"Zur Post\" Café\nG\thttps://g.example\t\"whole\"\nH\thttps://h.example"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range table.Rows {
		got = append(got, fmt.Sprintf("%d %s %s", row.Number, row.Input.Title, row.Input.Description))
	}
	want := []string{`2 A "Open" sign`, `3 B 6" pipe`, "5 C two\n\"lines\"", `6 D "Closed`, `7 E closed"`, `8 F "Zur Post" Café`, "9 G whole", "10 H "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestParseTableTimes: moments come as spreadsheets write them, too.
func TestParseTableTimes(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string][2]string{
		"2027-12-31":          {"2027-12-31T00:00", "2028-01-01T00:00"},
		"31.12.2027":          {"2027-12-31T00:00", "2028-01-01T00:00"},
		"1.2.2027 18:00":      {"2027-02-01T18:00:00", "2027-02-01T18:00:00"},
		"31.12.2027 18:00:30": {"2027-12-31T18:00:30", "2027-12-31T18:00:30"},
		"2027-12-31T18:00":    {"2027-12-31T18:00", "2027-12-31T18:00"},
		"tomorrow":            {"tomorrow", "tomorrow"},
	} {
		table, err := codes.ParseTable([]byte("title,url,start,end\nA,https://a.example," + cell + "," + cell))
		if err != nil {
			t.Fatal(err)
		}
		if in := table.Rows[0].Input; in.StartsAt != want[0] || in.ExpiresAt != want[1] || table.Rows[0].Err != nil {
			t.Errorf("%s is %s and %s, %v", cell, in.StartsAt, in.ExpiresAt, table.Rows[0].Err)
		}
	}
	table, err := codes.ParseTable([]byte("title,url,end\nA,https://a.example,12/31/2027 6:00 PM"))
	if err != nil || !strings.Contains(errs.FieldsOf(table.Rows[0].Err)["expires_at"], "Which is the day") {
		t.Errorf("%+v, %v", table.Rows, err)
	}
}

// FuzzParseTable: whatever comes is a table or an error about it, and a table
// reads the same again from its text.
func FuzzParseTable(f *testing.F) {
	for _, seed := range []string{
		"title,target_url\nA,https://a.example\n", "\ufefftitle;content\r\n\"a\"\"b\";c\r\n", "title\turl\n6\" pipe\tx", "sep=;\ntitle;url\n\"a\nb\";c", "title\turl\n\"a\nb\"\tc", "title,url,link\n", "title,url\n\"", "\xff\xfet\x00", ",,,\n", "\r\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := codes.ParseTable(data)
		if err != nil {
			if errs.KindOf(err) != errs.Invalid || errs.FieldsOf(err)["table"] == "" {
				t.Errorf("%v", err)
			}
			return
		}
		again, err := codes.ParseTable([]byte(table.Text))
		if err != nil || len(again.Rows) != len(table.Rows) {
			t.Fatalf("%d rows, then %d, %v", len(table.Rows), len(again.Rows), err)
		}
		for i, row := range table.Rows {
			if row.Number != again.Rows[i].Number || row.Input.Title != again.Rows[i].Input.Title || (row.Err == nil) != (again.Rows[i].Err == nil) {
				t.Errorf("row %d: %+v, then %+v", i, row, again.Rows[i])
			}
		}
	})
}
