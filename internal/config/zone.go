package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Zone is a time zone by its name in the IANA database.
type Zone struct{ *time.Location }

// UnmarshalText reads the zone's name. Local is the machine's zone by its name,
// which the database needs to cut days where the pages do; a machine that does
// not tell it is taken to have UTC.
func (z *Zone) UnmarshalText(text []byte) error {
	name := strings.TrimPrefix(string(text), ":")
	if name == "Local" {
		z.Location = localZone("/etc/localtime", "/etc/timezone")
		return nil
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return fmt.Errorf("%q is no time zone such as Europe/Berlin", text)
	}
	z.Location = location
	return nil
}

// localZone reads the machine's zone from where systems keep it: a link into
// the IANA database, or a file with the name.
func localZone(link, file string) *time.Location {
	var names []string
	if target, err := filepath.EvalSymlinks(link); err == nil {
		if _, name, ok := strings.Cut(filepath.ToSlash(target), "zoneinfo/"); ok {
			names = append(names, name)
		}
	}
	if content, err := os.ReadFile(file); err == nil {
		names = append(names, strings.TrimSpace(string(content)))
	}
	for _, name := range names {
		if location, err := time.LoadLocation(name); err == nil && name != "" && name != "Local" {
			return location
		}
	}
	return time.UTC
}
