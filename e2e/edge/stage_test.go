package edge

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"math/big"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"qrgen/db/dbtest"
	"qrgen/e2e/rig"
)

const (
	host     = "qr.test"
	user     = "anna"
	password = "correct horse"
	userHash = "anna:$apr1$edgetest$umDh293SCoaK/OfrrsOvB/" // openssl passwd -apr1 -salt edgetest
)

// stage is a whole installation.
type stage struct {
	address  string // of the edge; the replicas are its neighbours
	http     string // port
	https    string
	metrics  string
	database string
	replicas []*replica
	edge     *rig.Process
	state    string // where start.sh writes
	roots    *x509.CertPool
}

// settings are those of .env, on top of the stage's own.
type settings map[string]string

// newStage starts a database, two replicas and the edge.
func newStage(t testing.TB, s settings) *stage {
	t.Helper()
	st := bareStage(t)
	st.replicas = []*replica{st.newReplica(t, 1), st.newReplica(t, 2)}
	for _, r := range st.replicas {
		r.start(t)
	}
	for _, r := range st.replicas {
		r.ready(t)
	}
	st.startEdge(t, s)
	return st
}

// bareStage has addresses, ports and a certificate, and nothing that runs.
// Every stage has a network of its own within 127.0.0.0/8, so that replicas can
// have the same ports, as containers do, and stages run side by side.
func bareStage(t testing.TB) *stage {
	t.Helper()
	net := fmt.Sprintf("127.%d.%d.", 1+mathrand.IntN(254), mathrand.IntN(256))
	st := &stage{address: net + "9", database: dbtest.URL(t), state: t.TempDir()}
	st.http, st.https, st.metrics = rig.FreePort(t, st.address), rig.FreePort(t, st.address), rig.FreePort(t, st.address)
	st.roots = st.certify(t)
	return st
}

// certify makes cert.pem and key.pem, as an operator's own authority would.
func (st *stage) certify(t testing.TB) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host, "admin.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	own := filepath.Join(st.state, "own")
	must(t, os.MkdirAll(own, 0o700))
	must(t, os.WriteFile(filepath.Join(own, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(filepath.Join(own, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	pool := x509.NewCertPool()
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	pool.AddCert(cert)
	return pool
}

// neighbour is an address of the stage's network.
func (st *stage) neighbour(n int) string {
	return st.address[:strings.LastIndexByte(st.address, '.')+1] + fmt.Sprint(n)
}

// environment is the edge's: what docker-compose.yml hands to it, and where
// things are outside a container.
func (st *stage) environment(s settings) []string {
	all := settings{
		"ENVIRONMENT": "production", "PUBLIC_HOST": host, "ADMIN_USERS": userHash, "ADMIN_ALLOW": inside,
		"RATE_PUBLIC": "60000", "RATE_PUBLIC_BURST": "10000", "RATE_ADMIN": "60000", "RATE_ADMIN_BURST": "10000",
		"EDGE_WEB": st.address + ":" + st.http, "EDGE_WEBSECURE": st.address + ":" + st.https, "EDGE_HTTPS_PORT": st.https,
		"EDGE_DASHBOARD": st.address + ":0", "EDGE_METRICS": st.address + ":" + st.metrics,
		"EDGE_STATE": st.state, "EDGE_OWN": filepath.Join(st.state, "own"), "EDGE_CERTIFICATES": filepath.Join(st.state, "acme"),
		"TRAEFIK_BIN": os.Getenv("TRAEFIK_BIN"),
	}
	var hosts []string
	for _, r := range st.replicas {
		hosts = append(hosts, r.address)
	}
	if len(st.replicas) > 0 {
		all["APP_HOSTS"], all["APP_ADMIN_PORT"], all["APP_PUBLIC_PORT"] = strings.Join(hosts, ","), st.replicas[0].admin, st.replicas[0].public
	}
	maps.Copy(all, s)
	var env []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		env = append(env, name+"="+all[name])
	}
	return env
}

// startEdge runs start.sh, and waits until what it became serves our routers.
func (st *stage) startEdge(t testing.TB, s settings) {
	t.Helper()
	st.edge = rig.Spawn(t, st.environment(s), "sh", "traefik/start.sh")
	c := st.client(t, inside)
	eventually(t, "the edge", func() error {
		if !st.edge.Running() {
			t.Fatalf("the edge ended: %v\n%s", st.edge.Err, st.edge.Said())
		}
		a, err := c.try(http.MethodGet, "/health/live", nil)
		if err == nil && a.status != http.StatusOK {
			return fmt.Errorf("status %d", a.status)
		}
		return err
	})
}

// replica is one of the program.
type replica struct {
	stage         *stage
	address       string
	admin, public string // ports, the same for all
	dir           string
	*rig.Process
}

func (st *stage) newReplica(t testing.TB, n int) *replica {
	t.Helper()
	r := &replica{stage: st, address: st.neighbour(n), dir: t.TempDir()}
	if len(st.replicas) == 0 && n == 1 {
		r.admin, r.public = rig.FreePort(t, r.address), rig.FreePort(t, r.address)
	}
	return r
}

// start runs the program as docker-compose.yml does, but for the addresses.
func (r *replica) start(t testing.TB) {
	t.Helper()
	if r.admin == "" {
		r.admin, r.public = r.stage.replicas[0].admin, r.stage.replicas[0].public
	}
	r.Process = rig.Spawn(t, []string{
		"ENVIRONMENT=development", "BASE_URL=https://" + host, "DATABASE_URL=" + r.stage.database, "DATA_DIR=" + r.dir,
		"HOST=" + r.address, "PORT=" + r.admin, "PUBLIC_ADDR=" + r.address + ":" + r.public,
		"TRUSTED_PROXIES=" + r.stage.address + "," + inside, "ADMIN_ALLOW=" + inside,
	}, rig.Binary(t), "serve")
}

// ready waits until the replica answers scans and has its database, which it
// does not wait for itself where that takes its time to answer.
func (r *replica) ready(t testing.TB) {
	t.Helper()
	eventually(t, "replica "+r.address, func() error {
		response, err := http.Get("http://" + r.address + ":" + r.public + "/health/live")
		if err != nil {
			return err
		}
		_ = response.Body.Close()
		m, err := r.metrics(t)
		if err == nil && m["db_schema_current"] != 1 {
			err = errors.New("the schema is not there yet")
		}
		return err
	})
}

// stop stops the replica as docker stop does.
func (r *replica) stop(t testing.TB) {
	t.Helper()
	if err := r.Stop(); err != nil {
		t.Error(err)
	}
}

// leads says whether the replica itself leads where the code does. HEAD is not
// counted as a scan.
func (r *replica) leads(shortID string) error {
	response, err := http.DefaultTransport.RoundTrip(httptest.NewRequest(http.MethodHead, "http://"+r.address+":"+r.public+"/r/"+shortID, http.NoBody))
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusFound {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}
