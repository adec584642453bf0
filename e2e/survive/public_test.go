package survive

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"qrgen/e2e/rig"
)

// TestPublicDoor: a proxy's connection for scans is used for scans. Where it
// asked for something else it is told to open another, so that its health
// checks and other people's typing errors do not slow scans down.
func TestPublicDoor(t *testing.T) {
	t.Parallel()
	pg := newPostgres(t)
	address := "127.0.0.1:" + rig.FreePort(t, "127.0.0.1")
	p := start(t, folder(t), pg.URL(), "PUBLIC_ADDR="+address)
	p.create(t, "poster-0")
	for path, want := range map[string]struct {
		status int
		closes bool
	}{
		"/R/poster-0":  {http.StatusFound, false},
		"/R/poster-1":  {http.StatusNotFound, true},
		"/health/live": {http.StatusOK, true},
	} {
		conn, err := net.DialTimeout("tcp", address, patience)
		must(t, err)
		must(t, conn.SetDeadline(time.Now().Add(patience)))
		_, err = io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: example.edu\r\n\r\n")
		must(t, err)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		must(t, err)
		if answer.StatusCode != want.status || answer.Close != want.closes {
			t.Errorf("%s: status %d, the connection closes: %v", path, answer.StatusCode, answer.Close)
		}
		must(t, answer.Body.Close())
		must(t, conn.Close())
	}
	p.stop(t)
}
