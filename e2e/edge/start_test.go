package edge

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qrgen/e2e/rig"
)

// refusedStart runs start.sh, which must end, and gives what it says.
func (st *stage) refusedStart(t *testing.T, s settings) string {
	t.Helper()
	p := rig.Spawn(t, st.environment(s), "sh", "traefik/start.sh")
	if !p.Ends() {
		t.Fatal("the edge starts")
	}
	if p.Err == nil {
		t.Error("it ends without an error")
	}
	return p.Said()
}

// TestSettings: what is wrong is told at once, and nothing starts.
func TestSettings(t *testing.T) {
	t.Parallel()
	st := bareStage(t)
	for name, c := range map[string]struct {
		settings settings
		want     []string
	}{
		"everything": {settings{"ENVIRONMENT": "staging", "PUBLIC_HOST": "https://qr.test/", "ADMIN_HOST": "a b", "ADMIN_USERS": "", "RATE_PUBLIC": "many", "RATE_ADMIN_BURST": "0", "BODY_MAX": "-1", "EDGE_OWN": "/nonexistent"},
			[]string{"ENVIRONMENT is", "PUBLIC_HOST is", "ADMIN_HOST is", "ADMIN_USERS is not set", "RATE_PUBLIC is", "RATE_ADMIN_BURST is", "BODY_MAX is"}},
		"nothing":           {settings{"PUBLIC_HOST": "", "ADMIN_USERS": "", "EDGE_OWN": "/nonexistent"}, []string{"PUBLIC_HOST is", "ADMIN_USERS is not set", "there is no certificate"}},
		"an example":        {settings{"PUBLIC_HOST": "qr.example.edu"}, []string{"PUBLIC_HOST is qr.example.edu"}},
		"a plain password":  {settings{"ADMIN_USERS": "anna:secret"}, []string{`what follows "anna:" is no hash`}},
		"SHA-1":             {settings{"ADMIN_USERS": "anna:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="}, []string{"is no hash"}},
		"a name alone":      {settings{"ADMIN_USERS": "anna"}, []string{"is no hash"}},
		"two certificates":  {settings{"ACME_EMAIL": "it@qr.test"}, []string{"keep one"}},
		"a host with quote": {settings{"PUBLIC_HOST": "qr.test`) || Host(`x"}, []string{"PUBLIC_HOST is"}},
	} {
		said := st.refusedStart(t, c.settings)
		for _, words := range c.want {
			if !strings.Contains(said, words) {
				t.Errorf("%s: it does not say %q:\n%s", name, words, said)
			}
		}
		if strings.Contains(said, "secret") {
			t.Errorf("%s: the password is told:\n%s", name, said)
		}
	}
}

// TestBadCertificate: a certificate that can't be used is no reason to show
// another one in its place.
func TestBadCertificate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(dir string) error
		want  string
	}{
		"no key":         {func(dir string) error { return os.Remove(filepath.Join(dir, "key.pem")) }, "key.pem can't be read as a private key"},
		"no certificate": {func(dir string) error { return os.Remove(filepath.Join(dir, "cert.pem")) }, "cert.pem can't be read as a certificate"},
		"a folder": {func(dir string) error {
			return os.Rename(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
		}, "can't be read"},
		"something else": {func(dir string) error { return os.WriteFile(filepath.Join(dir, "cert.pem"), []byte("DER"), 0o600) }, "cert.pem can't be read as a certificate"},
		"with a password": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "key.pem"), []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), 0o600)
		}, "key.pem is encrypted"},
		"nothing at all": {os.RemoveAll, "there is no certificate"},
	} {
		st := bareStage(t)
		must(t, c.spoil(filepath.Join(st.state, "own")))
		if said := st.refusedStart(t, nil); !strings.Contains(said, c.want) {
			t.Errorf("%s: it does not say %q:\n%s", name, c.want, said)
		}
	}
}

// TestDevelopment: without a certificate the edge makes one, and asks no browser
// to remember https for a year.
func TestDevelopment(t *testing.T) {
	t.Parallel()
	st := bareStage(t)
	st.replicas = []*replica{st.newReplica(t, 1)}
	st.replicas[0].start(t)
	st.replicas[0].ready(t)
	st.edge = rig.Spawn(t, st.environment(settings{"ENVIRONMENT": "development", "PUBLIC_HOST": "", "EDGE_OWN": "/nonexistent"}), "sh", "traefik/start.sh")
	c := st.client(t, inside)
	c.web.Transport.(*http.Transport).TLSClientConfig.InsecureSkipVerify = true
	eventually(t, "the edge", func() error {
		a, err := c.try(http.MethodGet, "https://localhost:"+st.https+"/codes", nil, signedIn)
		if err == nil && (a.status != http.StatusOK || a.header.Get("Strict-Transport-Security") != "") {
			return fmt.Errorf("%d, %v", a.status, a.header)
		}
		return err
	})
}

// TestLetsEncrypt: an authority that does not answer keeps nobody from the
// edge, and the log says what is wrong.
func TestLetsEncrypt(t *testing.T) {
	t.Parallel()
	st := bareStage(t)
	st.replicas = []*replica{st.newReplica(t, 1)}
	st.replicas[0].start(t)
	st.replicas[0].ready(t)
	st.edge = rig.Spawn(t, st.environment(settings{"ACME_EMAIL": "it@qr.test", "ACME_CA": "https://127.0.0.1:1/directory", "EDGE_OWN": "/nonexistent"}), "sh", "traefik/start.sh")
	c := st.client(t, outside)
	c.web.Transport.(*http.Transport).TLSClientConfig.InsecureSkipVerify = true
	eventually(t, "the edge, asking for a certificate", func() error {
		a, err := c.try(http.MethodGet, "/r/nobody", nil)
		if err == nil && (a.status != http.StatusNotFound || !strings.Contains(a.body, "There is no such code")) {
			return fmt.Errorf("%d", a.status)
		}
		if err == nil && !strings.Contains(st.edge.Said(), "Unable to obtain ACME certificate") {
			return fmt.Errorf("the log does not say so:\n%s", rig.Tail(st.edge.Said(), 10))
		}
		return err
	})
}
