package scans

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"
)

// geo looks countries up in an optional MaxMind-format file. reload may run
// beside country.
type geo struct {
	path    string
	reader  atomic.Pointer[maxminddb.Reader]
	changed time.Time // of the file that is loaded
	size    int64
}

// reload reads the file again if it changed. A file that can't be read leaves
// the one before in use.
func (g *geo) reload() error {
	if g.path == "" {
		return nil
	}
	info, err := os.Stat(g.path)
	if err != nil {
		return fmt.Errorf("look at the country file: %w", err)
	}
	if info.ModTime().Equal(g.changed) && info.Size() == g.size {
		return nil
	}
	// Into memory and not mapped: replacing a mapped file in place kills the
	// process.
	content, err := os.ReadFile(g.path)
	if err != nil {
		return fmt.Errorf("read the country file: %w", err)
	}
	reader, err := maxminddb.OpenBytes(content)
	if err != nil {
		return fmt.Errorf("understand the country file: %w", err)
	}
	g.reader.Store(reader)
	g.changed, g.size = info.ModTime(), info.Size()
	return nil
}

// country gives the ISO 3166-1 code of an address, or nothing.
func (g *geo) country(address netip.Addr) string {
	reader := g.reader.Load()
	if reader == nil || !address.IsValid() {
		return ""
	}
	var code string
	if err := reader.Lookup(address).DecodePath(&code, "country", "iso_code"); err != nil || len(code) != 2 {
		return ""
	}
	return strings.ToUpper(code)
}
