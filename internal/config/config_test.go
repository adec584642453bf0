package config_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qrgen/internal/config"
)

func load(vars map[string]string) (config.Config, error) {
	return config.Load(func(name string) (string, bool) {
		v, ok := vars[name]
		return v, ok
	})
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	cfg, err := load(nil)
	if err != nil {
		t.Fatal(err)
	}
	links, err := cfg.Links()
	if err != nil || links.Base() != "http://127.0.0.1:8000" || !links.LocalOnly() {
		t.Errorf("links = %v, %v", links, err)
	}
	for addr, want := range map[string]bool{
		"127.0.0.1": true, "::1": true, "192.168.7.7": true, "::ffff:10.1.2.3": true, "fe80::1%eth0": true,
		"8.8.8.8": false, "2001:db8::1": false,
	} {
		if got := cfg.AdminAllow.Contains(netip.MustParseAddr(addr)); got != want {
			t.Errorf("AdminAllow.Contains(%s) = %v", addr, got)
		}
	}
	if cfg.TrustedProxies.Contains(netip.MustParseAddr("127.0.0.1")) {
		t.Error("a proxy is trusted that nobody named")
	}
}

func TestEveryProblemInOneError(t *testing.T) {
	t.Parallel()
	_, err := load(map[string]string{
		"PORT": "http", "BASE_URL": "https://qr.example.edu/codes", "ENVIRONMENT": "staging", "LOG_LEVEL": "loud",
		"TRUSTED_PROXIES": "10.0.0.0/99", "ADMIN_ALLOW": "office", "ALLOWED_REDIRECT_DOMAINS": "https://x.y",
		"TZ": "Mars/Base", "CONTACT": "a\nb", "DATABASE_URL": "x", "DATABASE_URL_FILE": "/nonexistent",
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{"PORT: ", "must have no path", "staging", "LOG_LEVEL: ", "10.0.0.0/99", "office", "x.y", "Mars/Base", "CONTACT", "DATABASE_URL and DATABASE_URL_FILE"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error lacks %q:\n%v", part, err)
		}
	}
}

func TestSecretFromFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte("postgres://u:p@h/d\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := load(map[string]string{"DATABASE_URL_FILE": file})
	if err != nil || cfg.DatabaseURL != "postgres://u:p@h/d" {
		t.Errorf("DatabaseURL = %q, %v", cfg.DatabaseURL, err)
	}
}

// Production refuses missing and well-known secrets, all at once.
func TestProduction(t *testing.T) {
	t.Parallel()
	const base, database = "https://qr.example.edu", "postgres://qrgen@db/qrgen?sslmode=disable"
	for name, c := range map[string]struct {
		vars map[string]string
		want []string // parts of the error; none: it starts
	}{
		"nothing set":        {map[string]string{}, []string{"BASE_URL is not set"}},
		"what Compose makes": {map[string]string{"BASE_URL": "https://", "DATABASE_URL": database}, []string{"BASE_URL is not set", "DATABASE_PASSWORD is not set"}},
		"a local address":    {map[string]string{"BASE_URL": "https://localhost"}, []string{"only this network knows"}},
		"plain HTTP":         {map[string]string{"BASE_URL": "http://qr.example.edu"}, []string{"begins with https://"}},
		"a default":          {map[string]string{"BASE_URL": base, "DATABASE_URL": database, "DATABASE_PASSWORD": "ChangeMe"}, []string{"everybody knows"}},
		"a default inside":   {map[string]string{"BASE_URL": base, "DATABASE_URL": "host=db user=qrgen password=postgres"}, []string{"everybody knows"}},
		"the user's name":    {map[string]string{"BASE_URL": base, "DATABASE_URL": "host=db user=kim", "DATABASE_PASSWORD": "kim"}, []string{"everybody knows"}},
		"two passwords":      {map[string]string{"BASE_URL": base, "DATABASE_URL": "host=db user=qrgen password=a7Gq", "DATABASE_PASSWORD": "b"}, []string{"keep one"}},
		"all at once": {map[string]string{"DATABASE_URL": database, "PORT": "x", "STARTUP_TIMEOUT": "0s", "DATA_DIR": "/data/*"},
			[]string{"BASE_URL", "DATABASE_PASSWORD", "PORT", "STARTUP_TIMEOUT"}},
		"well":               {map[string]string{"BASE_URL": base, "DATABASE_URL": database, "DATABASE_PASSWORD": "k7Qz"}, nil},
		"well, by a socket":  {map[string]string{"BASE_URL": base, "DATABASE_URL": "host=/run/postgresql user=qrgen"}, nil},
		"well, and embedded": {map[string]string{"BASE_URL": base}, nil},
	} {
		c.vars["ENVIRONMENT"] = "production"
		cfg, err := load(c.vars)
		if err == nil && c.want == nil {
			if c.vars["DATABASE_PASSWORD"] != "" && cfg.DatabaseURL != "postgres://qrgen:k7Qz@db/qrgen?sslmode=disable" {
				t.Errorf("%s: DatabaseURL %q", name, cfg.DatabaseURL)
			}
			continue
		}
		for _, part := range c.want {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error lacks %q: %v", name, part, err)
			}
		}
		if c.want == nil || strings.Contains(err.Error(), "k7Qz") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReplicaDirs(t *testing.T) {
	t.Parallel()
	cfg, err := load(map[string]string{"DATA_DIR": "/data/*", "DATABASE_URL": "host=db"})
	if base, shared := cfg.ReplicaDirs(); err != nil || base != "/data" || !shared {
		t.Errorf("%q, %v, %v", base, shared, err)
	}
	if _, err := load(map[string]string{"DATA_DIR": "/data/*"}); err == nil || !strings.Contains(err.Error(), "DATABASE_URL") {
		t.Errorf("replicas with a database each: %v", err)
	}
}

func TestBaseURLFollowsHost(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{"0.0.0.0": "http://127.0.0.1:8000", "::1": "http://[::1]:8000", "192.168.1.5": "http://192.168.1.5:8000"} {
		cfg, err := load(map[string]string{"HOST": host})
		if err != nil {
			t.Fatal(err)
		}
		if links, err := cfg.Links(); err != nil || links.Base() != want {
			t.Errorf("HOST=%s: %q, %v; want %q", host, links.Base(), err, want)
		}
	}
}
