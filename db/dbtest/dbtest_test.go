package dbtest_test

import (
	"testing"

	"qrgen/db/dbtest"
)

func TestDatabasesAreApart(t *testing.T) {
	t.Parallel()
	a, b := dbtest.New(t), dbtest.New(t)
	if _, err := a.Exec(t.Context(), "CREATE TABLE mine ()"); err != nil {
		t.Fatal(err)
	}
	var there bool
	if err := b.QueryRow(t.Context(), "SELECT to_regclass('mine') IS NOT NULL").Scan(&there); err != nil || there {
		t.Errorf("the other test's table is there: %t, %v", there, err)
	}
	if err := b.QueryRow(t.Context(), "SELECT to_regclass('codes') IS NOT NULL").Scan(&there); err != nil || !there {
		t.Errorf("the schema is there: %t, %v", there, err)
	}
}

func BenchmarkURL(b *testing.B) {
	dbtest.URL(b)
	for b.Loop() {
		dbtest.URL(b)
	}
}
