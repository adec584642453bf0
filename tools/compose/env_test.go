package compose

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
)

// TestEnv: what `make env` writes gives the services what they want, the
// dollars of the hash among it, and a second run changes nothing.
func TestEnv(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{".env.example", "docker-compose.yml", "scripts/env.sh"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(read(t, name)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run := func() string {
		cmd := exec.CommandContext(t.Context(), "bash", "scripts/env.sh")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "PUBLIC_HOST=qr.example.net", "ACME_EMAIL=it@example.net")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	said := run()
	password := regexp.MustCompile(`password\s+(\S+)`).FindStringSubmatch(said)
	if password == nil {
		t.Fatalf("it does not say the password: %s", said)
	}
	options, err := cli.NewProjectOptions([]string{filepath.Join(dir, "docker-compose.yml")}, cli.WithWorkingDirectory(dir), cli.WithEnvFiles(), cli.WithDotEnv)
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	edge, app := project.Services["traefik"].Environment, project.Services["qr-app"].Environment
	name, hash, _ := strings.Cut(*edge["ADMIN_USERS"], ":")
	salt := strings.Split(hash, "$")
	if name != "admin" || len(salt) != 4 || salt[1] != "apr1" {
		t.Fatalf("ADMIN_USERS is %q", *edge["ADMIN_USERS"])
	}
	again, err := exec.CommandContext(t.Context(), "openssl", "passwd", "-apr1", "-salt", salt[2], password[1]).Output()
	if err != nil || strings.TrimSpace(string(again)) != hash {
		t.Errorf("the password it says is not that of the hash: %s, %v", again, err)
	}
	if *app["BASE_URL"] != "https://qr.example.net" || *edge["ACME_EMAIL"] != "it@example.net" || len(*app["DATABASE_PASSWORD"]) != 48 {
		t.Errorf("BASE_URL %q, ACME_EMAIL %q, a password of %d characters", *app["BASE_URL"], *edge["ACME_EMAIL"], len(*app["DATABASE_PASSWORD"]))
	}
	if info, err := os.Stat(filepath.Join(dir, ".env")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf(".env can be read by others: %v, %v", info, err)
	}
	before, _ := os.ReadFile(filepath.Join(dir, ".env"))
	if said := run(); !strings.Contains(said, "stays as it is") {
		t.Errorf("a second run says %s", said)
	}
	if after, _ := os.ReadFile(filepath.Join(dir, ".env")); string(after) != string(before) {
		t.Error("a second run changes .env")
	}
}
