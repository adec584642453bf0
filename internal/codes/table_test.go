package codes_test

import (
	"strings"
	"testing"

	"qrgen/internal/codes"
	"qrgen/internal/errs"
)

func TestParseTable(t *testing.T) {
	t.Parallel()
	table, err := codes.ParseTable([]byte("\nTarget URL\tTitle\tfloor\n\"https://a.example/\"\t 6\" pipe \t2\n\nhttps://b.example\t\"two\nlines\"\n"))
	if err != nil || len(table.Rows) != 2 || strings.Join(table.Unused, "|") != "floor" {
		t.Fatalf("%+v, %v", table, err)
	}
	first, second := table.Rows[0], table.Rows[1]
	if first.Line != 3 || first.Input.Title != ` 6" pipe ` || first.Input.TargetURL != "https://a.example/" || first.Input.Kind != "dynamic" || first.Err != nil {
		t.Errorf("the first is %+v", first)
	}
	if second.Line != 5 || second.Input.Title != "two\nlines" {
		t.Errorf("the second is %+v", second)
	}
}

// FuzzParseTable: whatever comes is a table or an error about it, and a table
// reads the same again from its text.
func FuzzParseTable(f *testing.F) {
	for _, seed := range []string{
		"title,target_url\nA,https://a.example\n", "\ufefftitle;content\r\n\"a\"\"b\";c\r\n", "title\turl\n6\" pipe\tx", "title,url,link\n", "title,url\n\"", "\xff\xfet\x00", ",,,\n", "\r\r\n",
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
			if row.Line != again.Rows[i].Line || row.Input.Title != again.Rows[i].Input.Title || (row.Err == nil) != (again.Rows[i].Err == nil) {
				t.Errorf("row %d: %+v, then %+v", i, row, again.Rows[i])
			}
		}
	})
}
