package edge

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"qrgen/e2e/rig"
)

// client asks the edge from one address, by the host's name, and checks the
// certificate.
type client struct {
	t     testing.TB
	stage *stage
	from  string
	web   *http.Client
}

func (st *stage) client(t testing.TB, from string) *client {
	t.Helper()
	return &client{t: t, stage: st, from: from, web: &http.Client{
		Timeout:       patience,
		CheckRedirect: rig.NoRedirects,
		Transport: &http.Transport{
			ForceAttemptHTTP2: true, DisableCompression: true, MaxIdleConnsPerHost: 32,
			TLSClientConfig: &tls.Config{RootCAs: st.roots, MinVersion: tls.VersionTLS12},
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				_, port, _ := net.SplitHostPort(address)
				return dialer(from).DialContext(ctx, network, st.address+":"+port)
			},
		},
	}}
}

func dialer(from string) *net.Dialer {
	return &net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
}

// answer is what came back.
type answer struct {
	status int
	proto  string
	header http.Header
	body   string
}

// option changes a request on its way.
type option = func(*http.Request)

func header(name, value string) option { return func(r *http.Request) { r.Header.Set(name, value) } }

// signedIn is what a browser sends once somebody has typed the password.
func signedIn(r *http.Request) { r.SetBasicAuth(user, password) }

// at asks another host, by the address that is the edge's all the same.
func at(name string) option { return func(r *http.Request) { r.Host = name } }

// try asks for a path on the https side, or for a whole URL.
func (c *client) try(method, target string, form url.Values, options ...option) (answer, error) {
	if strings.HasPrefix(target, "/") {
		target = "https://" + host + ":" + c.stage.https + target
	}
	a, err := rig.Ask(context.Background(), c.web, method, target, form, options...)
	return answer{a.Status, a.Proto, a.Header, a.Body}, err
}

func (c *client) get(target string, options ...option) answer {
	c.t.Helper()
	a, err := c.try(http.MethodGet, target, nil, options...)
	must(c.t, err)
	return a
}

// create makes a code as staff do, and gives its page's path.
func (c *client) create(shortID string) string {
	c.t.Helper()
	a, err := c.try(http.MethodPost, "/codes", url.Values{"kind": {"dynamic"}, "title": {"Code " + shortID}, "short_id": {shortID}, "target_url": {target(shortID)}}, signedIn)
	must(c.t, err)
	if a.status != http.StatusSeeOther {
		c.t.Fatalf("create %s: status %d\n%.600s", shortID, a.status, a.body)
	}
	for _, r := range c.stage.replicas { // one made it, the others hear of it
		eventually(c.t, "the code on "+r.address, func() error {
			return r.leads(shortID)
		})
	}
	return a.header.Get("Location")
}

func target(shortID string) string { return "https://www.example.com/" + shortID }

// raw sends bytes over TLS as they are and gives the answer's status and body;
// 0 where the edge hangs up.
func (c *client) raw(request string) (int, string) {
	c.t.Helper()
	conn, err := tls.DialWithDialer(dialer(c.from), "tcp", c.stage.address+":"+c.stage.https,
		&tls.Config{RootCAs: c.stage.roots, ServerName: host, MinVersion: tls.VersionTLS12})
	must(c.t, err)
	defer func() { _ = conn.Close() }()
	must(c.t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(conn, request)
	must(c.t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(body)
}
