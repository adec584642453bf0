package db_test

import (
	"testing"

	"qrgen/db"
)

// A password goes into every form of connection string and comes out again.
func TestLogin(t *testing.T) {
	t.Parallel()
	for _, connection := range []string{
		"postgres://anna@db.example.edu:5432/qrgen?sslmode=disable",
		"postgresql://anna:@db.example.edu/qrgen?application_name=a@b",
		"postgres://anna@one:5432,two:5433/qrgen?target_session_attrs=read-write",
		"host=db.example.edu user=anna dbname=qrgen",
	} {
		login, err := db.ParseLogin(connection)
		if err != nil || login != (db.Login{User: "anna", Network: true}) {
			t.Errorf("%s: %+v, %v", connection, login, err)
		}
		for _, password := range []string{"plain", "a b", `it's \ "`, "p@ss:w/rd?#%&=", "läng"} {
			login, err := db.ParseLogin(db.WithPassword(connection, password))
			if err != nil || login.User != "anna" || login.Password != password {
				t.Errorf("%s with %q: %+v, %v", connection, password, login, err)
			}
		}
	}
	login, err := db.ParseLogin("postgres://anna@/qrgen?host=/run/postgresql")
	if err != nil || login.Network {
		t.Errorf("a socket: %+v, %v", login, err)
	}
	if login, err := db.ParseLogin(db.WithPassword("postgres:///qrgen?host=h", "x")); err != nil || login.Password != "x" {
		t.Errorf("nobody named: %+v, %v", login, err)
	}
	if _, err := db.ParseLogin("postgres://a b@h/"); err == nil {
		t.Error("no error")
	}
}
