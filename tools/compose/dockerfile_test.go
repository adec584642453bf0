package compose

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// offline stands for the registry: of every base image it says no more than
// that there is one.
type offline struct{}

func (offline) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	image := ocispecs.Image{Platform: ocispecs.Platform{OS: "linux", Architecture: "amd64"}}
	image.Config.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	config, err := json.Marshal(image)
	return ref, digest.FromBytes(config), config, err
}

// lintFile gives what BuildKit's linter finds.
func lintFile(t *testing.T, file string) *lint.LintResults {
	t.Helper()
	source := llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", []byte(file))
	source.Definition = &llb.Definition{} // the linter wants one, and reads nothing in it
	results, err := dockerfile2llb.DockerfileLint(t.Context(), []byte(file), dockerfile2llb.ConvertOpt{MetaResolver: offline{}, SourceMap: source})
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// TestDockerfileLint: BuildKit's own linter finds nothing.
func TestDockerfileLint(t *testing.T) {
	t.Parallel()
	results := lintFile(t, read(t, "Dockerfile"))
	if results.Error != nil {
		t.Fatal(results.Error.Message)
	}
	for _, w := range results.Warnings {
		t.Errorf("line %d: %s: %s", w.Location.Ranges[0].Start.Line, w.RuleName, w.Detail)
	}
}

// TestDockerfileLintSees: the linter is at work.
func TestDockerfileLintSees(t *testing.T) {
	t.Parallel()
	if found := lintFile(t, "FROM alpine:3 as x\nMAINTAINER me\nENV A b\n").Warnings; len(found) != 3 {
		t.Errorf("of three mistakes it finds %d", len(found))
	}
}

// stages parses the Dockerfile.
func stages(t *testing.T) map[string]instructions.Stage {
	t.Helper()
	parsed, err := parser.Parse(strings.NewReader(read(t, "Dockerfile")))
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]instructions.Stage{}
	for _, s := range list {
		byName[s.Name] = s
	}
	return byName
}

// TestStages: what ships runs as nobody, says how it is stopped and asked, and
// is made from versions that are named.
func TestStages(t *testing.T) {
	t.Parallel()
	all := stages(t)
	for _, name := range []string{"assets", "build", "minimal", "production", "development"} {
		s, ok := all[name]
		if !ok {
			t.Errorf("there is no stage %s", name)
			continue
		}
		if _, ours := all[s.BaseName]; !ours && !regexp.MustCompile(`:\d+\.\d+\.\d+`).MatchString(s.BaseName) {
			t.Errorf("%s comes from %s, which is no version", name, s.BaseName)
		}
	}
	for _, name := range []string{"minimal", "production"} {
		last := ""
		for _, c := range all[name].Commands {
			if user, ok := c.(*instructions.UserCommand); ok {
				last = user.User
			}
		}
		if last != "10001:10001" {
			t.Errorf("%s runs as %q", name, last)
		}
	}
	has := func(name string) bool {
		return slices.ContainsFunc(all["minimal"].Commands, func(c instructions.Command) bool { return c.Name() == name })
	}
	for _, name := range []string{"HEALTHCHECK", "STOPSIGNAL", "ENTRYPOINT"} {
		if !has(name) && !has(strings.ToLower(name)) {
			t.Errorf("minimal says no %s", name)
		}
	}
	// pg_dump must not be older than the server.
	client := regexp.MustCompile(`postgresql(\d+)-client`).FindStringSubmatch(read(t, "Dockerfile"))
	server := regexp.MustCompile(`image: postgres:(\d+)`).FindStringSubmatch(read(t, "docker-compose.yml"))
	if client == nil || server == nil || client[1] != server[1] {
		t.Errorf("the client is %v, the server %v", client, server)
	}
	goMod := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "go.mod"))
	if image := all["build"].BaseName; !strings.HasPrefix(image, "golang:"+goMod[1]+".") {
		t.Errorf("go.mod asks for %s, the image is %s", goMod[1], image)
	}
}

// TestIgnored: what the image must not hold stays out of the build.
func TestIgnored(t *testing.T) {
	t.Parallel()
	lines := strings.Fields(read(t, ".dockerignore"))
	if !slices.Contains(lines, "*") {
		t.Error(".dockerignore lets in what it does not name")
	}
	for _, name := range []string{"!.env", "!.git", "!data", "!backups", "!certificates", "!node_modules"} {
		if slices.Contains(lines, name) {
			t.Errorf(".dockerignore lets in %s", name)
		}
	}
}
