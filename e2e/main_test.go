package e2e

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"qrgen/e2e/rig"
)

var writeScreenshots = flag.Bool("screenshots", false, "write docs/screenshots")

const (
	root     = ".." // the repository, from here
	patience = rig.Patience
)

var must, eventually = rig.Must, rig.Eventually

func TestMain(m *testing.M) {
	flag.Parse()
	if err := missing(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(rig.Main(root, func() int {
		defer func() { stopBrowser() }() // by then it may be another than now
		code := m.Run()
		for _, p := range []*program{shared.program, townhall.program} {
			if err := p.stop(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				code = 1
			}
		}
		return code
	}))
}

// missing names, in one line, what the machine lacks.
func missing() error {
	packages := map[string]string{"zbarimg": "zbar-tools", "ZXingReader": "zxing-cpp-tools", "rsvg-convert": "librsvg2-bin"}
	names := ""
	if chromiumPath() == "" {
		names += " chromium"
	}
	for _, tool := range []string{"zbarimg", "ZXingReader", "rsvg-convert"} {
		if _, err := exec.LookPath(tool); err != nil {
			names += " " + packages[tool]
		}
	}
	if names != "" {
		return errors.New("e2e: missing on this machine; as an administrator: apt-get install --no-install-recommends" + names)
	}
	return nil
}
