package compose

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
)

// oneShot says that a service does one thing and ends.
func oneShot(s types.ServiceConfig) bool { return s.Restart == "no" }

var pinned = regexp.MustCompile(`^[a-z0-9./-]+:[a-z]*\d+(\.\d+)+[a-z0-9.-]*(@sha256:[0-9a-f]{64})?$`)

// TestRules holds for every service, whoever adds one.
func TestRules(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, environment string, p *types.Project, s types.ServiceConfig) {
		if s.Build == nil && !pinned.MatchString(s.Image) {
			t.Errorf("the image %q is not pinned to a version", s.Image)
		}
		if s.Deploy == nil || s.Deploy.Resources.Limits == nil {
			t.Error("it has no limits")
		} else if l := s.Deploy.Resources.Limits; l.NanoCPUs == 0 || l.MemoryBytes == 0 || l.Pids == 0 {
			t.Errorf("its limits are cpus %v, memory %d, pids %d: all three are needed", l.NanoCPUs, l.MemoryBytes, l.Pids)
		}
		if h := s.HealthCheck; !oneShot(s) && (h == nil || h.Disable || len(h.Test) == 0 || h.Interval == nil || h.Timeout == nil || h.StartPeriod == nil) {
			t.Error("it has no health check with interval, timeout and start_period")
		}
		if !oneShot(s) && s.Restart != "unless-stopped" {
			t.Errorf("restart is %q", s.Restart)
		}
		if s.Logging == nil || s.Logging.Options["max-size"] == "" || s.Logging.Options["max-file"] == "" {
			t.Error("its log grows without end")
		}
		if !slices.Contains(s.SecurityOpt, "no-new-privileges:true") || !slices.Equal(s.CapDrop, []string{"ALL"}) || len(s.CapAdd) > 0 || s.Privileged {
			t.Errorf("privileges: %v, dropped %v, added %v", s.SecurityOpt, s.CapDrop, s.CapAdd)
		}
		if !s.ReadOnly && (environment == "production" || s.Name != "qr-app") {
			t.Error("its root file system can be written")
		}
		if len(s.Networks) == 0 || s.NetworkMode != "" {
			t.Error("it is in no network of ours")
		}
		for name, on := range s.DependsOn {
			if want := types.ServiceConditionHealthy; on.Condition != want && !(oneShot(p.Services[name]) && on.Condition == types.ServiceConditionCompletedSuccessfully) {
				t.Errorf("it does not wait until %s is well", name)
			}
		}
	})
}

// TestPorts: only traefik is to be reached from outside, and what is not for
// the world only from the machine itself.
func TestPorts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ string, _ *types.Project, s types.ServiceConfig) {
		if s.Name != "traefik" {
			for _, port := range s.Ports {
				if port.HostIP != "127.0.0.1" || len(s.Profiles) == 0 {
					t.Errorf("it publishes %s on %q", port.Published, port.HostIP)
				}
			}
			return
		}
		published := map[string]string{}
		for _, port := range s.Ports {
			published[port.Published] = port.HostIP
		}
		want := map[string]string{"80": "0.0.0.0", "443": "0.0.0.0", "8080": "127.0.0.1", "8082": "127.0.0.1"}
		if len(published) != len(want) {
			t.Errorf("it publishes %v", published)
		}
		for port, address := range want {
			if published[port] != address {
				t.Errorf("port %s is published on %q, want %q", port, published[port], address)
			}
		}
	})
}

// TestMounts: nobody gets at Docker, and what is mounted from the machine is
// read only, but for the place where backups go.
func TestMounts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, environment string, _ *types.Project, s types.ServiceConfig) {
		for _, v := range s.Volumes {
			if strings.Contains(v.Source, "docker.sock") {
				t.Errorf("it is given Docker's socket, and with it the machine")
			}
			mayWrite := s.Name == "backup" && v.Target == "/backups" || environment == "development" && s.Name == "qr-app"
			if v.Type == types.VolumeTypeBind && !v.ReadOnly && !mayWrite {
				t.Errorf("%s is mounted to be written", v.Source)
			}
			// What the files name is in the repository, or is made by who runs it or
			// by Docker.
			made := []string{"certificates", "backups", "var/lib/docker/containers"}
			if _, err := os.Stat(v.Source); v.Type == types.VolumeTypeBind && err != nil && !slices.ContainsFunc(made, func(name string) bool { return strings.HasSuffix(v.Source, "/"+name) }) {
				t.Errorf("%s is not there", v.Source)
			}
		}
	})
}

// TestNetworks: PostgreSQL has no way out and is known to nobody but the
// program.
func TestNetworks(t *testing.T) {
	t.Parallel()
	p := load(t, files["production"], []string{"*"}, filled)
	if !p.Networks["qr_generator_network"].Internal || p.Networks["traefik_net"].Internal {
		t.Error("qr_generator_network is to be internal, traefik_net is not")
	}
	for name, want := range map[string][]string{
		"traefik": {"traefik_net"}, "qr-app": {"qr_generator_network", "traefik_net"},
		"postgres": {"qr_generator_network"}, "backup": {"qr_generator_network"}, "migrate": {"qr_generator_network"},
	} {
		var got []string
		for network := range p.Services[name].Networks {
			got = append(got, network)
		}
		slices.Sort(got)
		if !slices.Equal(slices.Compact(got), want) && !(name == "traefik" && slices.Contains(got, "traefik_net") && !slices.Contains(got, "qr_generator_network")) {
			t.Errorf("%s is in %v, want %v", name, got, want)
		}
	}
	for _, volume := range []string{"qr_data", "postgres_data", "traefik-certificates"} {
		if _, ok := p.Volumes[volume]; !ok {
			t.Errorf("there is no volume %s", volume)
		}
	}
}

// TestIntervals are the design's.
func TestIntervals(t *testing.T) {
	t.Parallel()
	p := load(t, files["production"], nil, filled)
	for name, want := range map[string]string{"qr-app": "30s", "postgres": "10s", "traefik": "30s"} {
		if got := p.Services[name].HealthCheck.Interval.String(); got != want {
			t.Errorf("%s is checked every %s, want %s", name, got, want)
		}
	}
	if n := load(t, files["production"], nil, append(slices.Clone(filled), "REPLICAS=3")).Services["qr-app"].Deploy.Replicas; n == nil || *n != 3 {
		t.Errorf("REPLICAS=3 gives %v", n)
	}
	// A name of its own would keep qr-app from being more than one.
	if s := p.Services["qr-app"]; s.ContainerName != "" {
		t.Errorf("qr-app is called %s", s.ContainerName)
	}
}

var secretName = regexp.MustCompile(`PASSWORD|SECRET|TOKEN|_KEY|USERS|CREDENTIAL`)

// TestNoSecrets: with nothing said in .env, what is secret is empty, so that the
// programs refuse to start, and never has a value that stands in the files.
func TestNoSecrets(t *testing.T) {
	t.Parallel()
	p := load(t, files["production"], []string{"*"}, nil)
	for name, s := range p.Services {
		for variable, value := range s.Environment {
			if secretName.MatchString(variable) && !strings.HasSuffix(variable, "_FILE") && value != nil && *value != "" {
				t.Errorf("%s: %s has a value in the file", name, variable)
			}
			if value != nil && regexp.MustCompile(`://[^/@:]*:[^@/]+@`).MatchString(*value) {
				t.Errorf("%s: %s holds a password", name, variable)
			}
		}
	}
	for _, line := range strings.Split(read(t, ".env.example"), "\n") {
		if name, value, ok := strings.Cut(line, "="); ok && secretName.MatchString(name) && !strings.HasPrefix(name, "#") && value != "" {
			t.Errorf(".env.example has a value for %s, which somebody would keep", name)
		}
	}
}
