package handlers_test

import (
	"net/http"
	"testing"
	"time"

	"qrgen/db/dbtest"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Create(dynamic("short_id", "open-day"))
	s.Get("/status").Has("something needs a look", "1 code is answered from memory", "None is waiting", "It answers.", "There is none.", "Version test")

	s.Exec(`INSERT INTO backups (started_at, finished_at, file, bytes, error) VALUES (now() - interval '2 hours', now(), 'a.dump', 1000, '')`)
	s.Exec(`INSERT INTO scan_hours (hour, class, qr, scans, repeats) VALUES (date_trunc('hour', now()), 1, true, 1234, 0), (date_trunc('hour', now()), 2, true, 7, 0),
		(now() - interval '2 days', 1, true, 500, 0)`)
	s.Get("/status").Has("Printed codes are answered, and everything works.", "1,234 scans by people since midnight", "7 visits by programs",
		"restored once and found to be whole", "2 hours ago")

	s.Exec(`INSERT INTO backups (started_at, finished_at, file, bytes, error) VALUES (now(), now(), '', 0, 'the disk is full')`)
	s.Get("/status").Has("something is broken", "The last attempt failed").HasNot("the disk is full")
	s.Request("GET", "/status", nil, http.StatusForbidden, from(outside))
}

// TestStatusWithoutDatabase: that is when people look.
func TestStatusWithoutDatabase(t *testing.T) {
	t.Parallel()
	dead := newServerOn(t, deadPool(t))
	dead.Get("/status").Has("Printed codes are not answered.", "It does not answer.", "No code could be loaded", "Not known while the database is away.")

	// Printed codes are in memory, and the pages' database goes away.
	engine := dbtest.New(t)
	s := newServerBeside(t, deadPool(t), engine, time.Hour)
	s.Get("/status").Has("Printed codes are answered, but something is broken.", "It does not answer.", "Printed codes go on working from memory.")
}
