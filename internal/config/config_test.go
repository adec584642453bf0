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

func TestProductionNeedsBaseURL(t *testing.T) {
	t.Parallel()
	if _, err := load(map[string]string{"ENVIRONMENT": "production"}); err == nil || !strings.Contains(err.Error(), "BASE_URL") {
		t.Errorf("err = %v", err)
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
