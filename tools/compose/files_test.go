package compose

import (
	"bufio"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

const root = "../.."

// files are the combinations that people start; the first file is in each.
var files = map[string][]string{
	"production":  {"docker-compose.yml"},
	"development": {"docker-compose.yml", "docker-compose.dev.yml"},
}

// filled is a .env in which everything is said that must be.
var filled = []string{
	"PUBLIC_HOST=qr.example.net", "POSTGRES_PASSWORD=a7Gq-k2Zx", "ADMIN_USERS=anna:$apr1$x$y", "ACME_EMAIL=it@example.net", "TZ=Europe/Berlin",
}

// load reads files as docker compose does, with these profiles.
func load(t *testing.T, names, profiles, env []string) *types.Project {
	t.Helper()
	var paths []string
	for _, name := range names {
		paths = append(paths, root+"/"+name)
	}
	options, err := cli.NewProjectOptions(paths, cli.WithWorkingDirectory(root), cli.WithEnv(env), cli.WithProfiles(profiles), cli.WithResolvedPaths(true))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatalf("%v with profiles %v: %v", names, profiles, err)
	}
	return project
}

// each runs a check on every service of every combination of files and
// profiles.
func each(t *testing.T, check func(t *testing.T, environment string, p *types.Project, s types.ServiceConfig)) {
	t.Helper()
	for environment, names := range files {
		all := load(t, names, []string{"*"}, filled)
		var known []string
		for _, s := range all.Services {
			known = append(known, s.Profiles...)
		}
		slices.Sort(known)
		sets := [][]string{nil, {"*"}}
		for _, profile := range slices.Compact(known) {
			sets = append(sets, []string{profile})
		}
		for _, profiles := range sets {
			project := load(t, names, profiles, filled)
			if err := project.CheckContainerNameUnicity(); err != nil {
				t.Error(err)
			}
			for name, s := range project.Services {
				t.Run(strings.Join(append([]string{environment}, profiles...), " ")+"/"+name, func(t *testing.T) {
					check(t, environment, project, s)
				})
			}
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(root + "/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var (
	interpolated = regexp.MustCompile(`\$\{([A-Z_]+)(:?[-?][^}]*)?`)
	setting      = regexp.MustCompile(`(?m)^#?([A-Z_]+)=`)
)

// TestVariables: what the files ask for is explained in .env.example, what is
// explained there is asked for, and nothing is asked for without a default, so
// that the programs, which name all problems at once, are those that complain.
func TestVariables(t *testing.T) {
	t.Parallel()
	asked := map[string]bool{}
	for _, name := range []string{"docker-compose.yml", "docker-compose.dev.yml"} {
		lines := bufio.NewScanner(strings.NewReader(strings.ReplaceAll(read(t, name), "$$", "")))
		for lines.Scan() {
			line, _, _ := strings.Cut(lines.Text(), " #")
			for _, m := range interpolated.FindAllStringSubmatch(line, -1) {
				asked[m[1]] = true
				if !strings.HasPrefix(m[2], ":-") {
					t.Errorf("%s: ${%s} has no default", name, m[1])
				}
			}
		}
	}
	explained := map[string]bool{}
	for _, m := range setting.FindAllStringSubmatch(read(t, ".env.example"), -1) {
		if explained[m[1]] {
			t.Errorf(".env.example explains %s twice", m[1])
		}
		explained[m[1]] = true
	}
	for name := range asked {
		// VERSION and who works on the sources are the Makefile's to say.
		if !explained[name] && !slices.Contains([]string{"VERSION", "DEV_UID", "DEV_GID"}, name) {
			t.Errorf("%s is not explained in .env.example", name)
		}
	}
	for name := range explained {
		if !asked[name] {
			t.Errorf(".env.example explains %s, which nothing asks for", name)
		}
	}
}

// TestProgramsVariables: what README.md says the program takes reaches it in a
// container, and nothing reaches it that it does not take.
func TestProgramsVariables(t *testing.T) {
	t.Parallel()
	_, table, _ := strings.Cut(read(t, "README.md"), "<!-- config:begin -->")
	table, _, _ = strings.Cut(table, "<!-- config:end -->")
	takes := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)`").FindAllStringSubmatch(table, -1) {
		takes[m[1]] = true
	}
	project := load(t, files["production"], nil, filled)
	given := map[string]bool{"HOST": true, "PORT": true, "PUBLIC_ADDR": true} // by the Dockerfile
	for _, name := range []string{"qr-app", "backup", "migrate"} {
		for variable := range project.Services[name].Environment {
			given[variable] = true
			if !takes[variable] {
				t.Errorf("%s is given %s, which the program does not take", name, variable)
			}
		}
	}
	for variable := range takes {
		if !given[variable] && variable != "CPU_PROFILE" { // for whoever measures the program
			t.Errorf("the program takes %s, and docker-compose.yml does not hand it on", variable)
		}
	}
	// start.sh gives each of its settings a default or complains of it.
	for variable := range project.Services["traefik"].Environment {
		if !strings.Contains(read(t, "traefik/start.sh"), `"${`+variable+`:=`) {
			t.Errorf("traefik is given %s, which start.sh does not take", variable)
		}
	}
}
