// Package config reads the environment into one struct and says everything
// that is wrong with it in one error.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"qrgen/internal/codes"
	"qrgen/internal/scans"
)

// Environment is where the program runs.
type Environment string

// The environments.
const (
	Development Environment = "development"
	Production  Environment = "production"
)

// Config is everything the environment decides. The desc tags are the
// README's words; TestReadme holds the two together.
type Config struct {
	Host             string        `env:"HOST" envDefault:"127.0.0.1" desc:"Address to listen on. 0.0.0.0 opens it to the network."`
	Port             uint16        `env:"PORT" envDefault:"8000" desc:"Port to listen on."`
	BaseURL          string        `env:"BASE_URL" envDefault:"" desc:"Scheme and host that printed codes point to, such as https://qr.example.edu, without a path. Unset: http://HOST:PORT. Required in production."`
	DatabaseURL      string        `env:"DATABASE_URL" envDefault:"" secret:"true" desc:"PostgreSQL 15 or newer. Unset: an embedded server in DATA_DIR/postgres."`
	DatabasePassword string        `env:"DATABASE_PASSWORD" envDefault:"" secret:"true" desc:"The password for DATABASE_URL, where it does not stand in it."`
	StartupTimeout   time.Duration `env:"STARTUP_TIMEOUT" envDefault:"60s" desc:"How long a start waits for a database that does not answer. Where an earlier run left the codes on disk, scans are answered from them, and the wait has no end."`
	DataDir          string        `env:"DATA_DIR" envDefault:"./data" desc:"Folder for everything the program keeps on disk. Ending in /*, as for replicas that share a volume: each takes a folder of its own in it."`
	Environment      Environment   `env:"ENVIRONMENT" envDefault:"development" desc:"development or production."`
	LogLevel         slog.Level    `env:"LOG_LEVEL" envDefault:"info" desc:"debug, info, warn or error."`

	TrustedProxies Prefixes `env:"TRUSTED_PROXIES" envDefault:"" desc:"Addresses or CIDRs, separated by commas, whose X-Forwarded-For and X-Forwarded-User are believed. Unset: nobody's."`
	AdminAllow     Prefixes `env:"ADMIN_ALLOW" envDefault:"127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7,fe80::/10" desc:"Addresses or CIDRs that may see anything but the public redirect."`

	AllowedRedirectDomains Domains `env:"ALLOWED_REDIRECT_DOMAINS" envDefault:"" desc:"Domains that codes may lead to, with all below them, separated by commas. Unset: any."`

	PublicAddr   string       `env:"PUBLIC_ADDR" envDefault:"" desc:"Address of a second listener that answers scans and nothing else, such as :8001, for the edge's public side. Unset: none."`
	DirectoryMax int          `env:"DIRECTORY_MAX" envDefault:"2000000" desc:"The most codes held in memory; past it the least recently scanned are read from the database."`
	LogRedirects LogRedirects `env:"LOG_REDIRECTS" envDefault:"errors" desc:"Which scans get a log line: off, errors (those that lead nowhere) or all."`

	JournalSync       JournalSync `env:"JOURNAL_SYNC" envDefault:"200ms" desc:"How often scans are forced to disk before they are stored: a duration, always (each scan waits for it) or off."`
	JournalMax        int64       `env:"JOURNAL_MAX" envDefault:"1073741824" desc:"The most bytes of scans kept on disk while the database is away."`
	ScanRetentionDays int         `env:"SCAN_RETENTION_DAYS" envDefault:"400" desc:"Days that single scans are kept, in whole months. Counts stay."`
	GeoIPDB           string      `env:"GEOIP_DB" envDefault:"" desc:"A country database in MaxMind's format. Unset: scans have no country."`

	BackupDir         string `env:"BACKUP_DIR" envDefault:"./backups" desc:"Folder for backups."`
	BackupSchedule    Times  `env:"BACKUP_SCHEDULE" envDefault:"02:30" desc:"Times of the day, in TZ and separated by commas, at which qrgen backup serve makes a backup."`
	BackupKeepDaily   int    `env:"BACKUP_KEEP_DAILY" envDefault:"7" desc:"Days of which the last backup is kept."`
	BackupKeepWeekly  int    `env:"BACKUP_KEEP_WEEKLY" envDefault:"4" desc:"Weeks of which the last backup is kept."`
	BackupKeepMonthly int    `env:"BACKUP_KEEP_MONTHLY" envDefault:"6" desc:"Months of which the last backup is kept."`

	CPUProfile string `env:"CPU_PROFILE" envDefault:"" desc:"File that gets a CPU profile of the whole run, as make pgo and a search for slowness need. Unset: none."`

	Contact string `env:"CONTACT" envDefault:"" desc:"Line shown to people whose scan leads nowhere: whom to ask."`
	Zone    Zone   `env:"TZ" envDefault:"Local" desc:"The office's time zone, such as Europe/Berlin. Local is the machine's."`
}

// Load reads the configuration. A variable can also come from a file, named by
// NAME_FILE, as secrets do. The error names every problem, one a line.
func Load(lookup func(string) (string, bool)) (Config, error) {
	var cfg Config
	values, err := values(&cfg, lookup)
	parseErr := env.ParseWithOptions(&cfg, env.Options{Environment: values})
	err = errors.Join(err, inVariables(parseErr), cfg.check(), cfg.joinPassword())
	if err != nil {
		return Config{}, fmt.Errorf("the configuration has problems:\n%w", err)
	}
	return cfg, nil
}

// values looks up every variable that the struct names.
func values(cfg *Config, lookup func(string) (string, bool)) (map[string]string, error) {
	params, err := env.GetFieldParams(cfg)
	if err != nil {
		return nil, fmt.Errorf("read the configuration's own tags: %w", err)
	}
	found := map[string]string{}
	for _, p := range params {
		value, set := lookup(p.Key)
		// An empty variable is what Compose makes of an unset one.
		if set && value != "" {
			found[p.Key] = value
		}
		file, set := lookup(p.Key + "_FILE")
		if !set || file == "" {
			continue
		}
		content, readErr := os.ReadFile(file)
		switch {
		case value != "":
			err = errors.Join(err, fmt.Errorf("%s and %s_FILE are both set: keep one", p.Key, p.Key))
		case readErr != nil:
			err = errors.Join(err, fmt.Errorf("%s_FILE: %w", p.Key, readErr))
		default:
			found[p.Key] = strings.TrimRight(string(content), "\r\n")
		}
	}
	return found, err
}

// inVariables tells parse errors by the variable's name in place of the field's.
func inVariables(err error) error {
	aggregate, ok := errors.AsType[env.AggregateError](err)
	if !ok {
		return err
	}
	var list error
	for _, one := range aggregate.Errors {
		if parse, ok := errors.AsType[env.ParseError](one); ok {
			if field, ok := reflect.TypeFor[Config]().FieldByName(parse.Name); ok {
				one = fmt.Errorf("%s: %w", field.Tag.Get("env"), parse.Err)
			}
		}
		list = errors.Join(list, one)
	}
	return list
}

// check looks at what only shows in the values together.
func (c Config) check() error {
	var err error
	if c.Environment != Development && c.Environment != Production && c.Environment != "" {
		err = errors.Join(err, fmt.Errorf("ENVIRONMENT is %q: use development or production", string(c.Environment)))
	}
	if c.Environment == Production {
		err = errors.Join(err, c.checkProduction())
	}
	if _, base := c.ReplicaDirs(); base && c.DatabaseURL == "" {
		err = errors.Join(err, errors.New("DATA_DIR ends in /*, and DATABASE_URL is not set: replicas share a database"))
	}
	if c.StartupTimeout < time.Second {
		err = errors.Join(err, errors.New("STARTUP_TIMEOUT must be at least 1s"))
	}
	if _, linksErr := c.Links(); linksErr != nil {
		err = errors.Join(err, fmt.Errorf("BASE_URL %w", linksErr))
	}
	if c.DirectoryMax < 1 {
		err = errors.Join(err, errors.New("DIRECTORY_MAX must be at least 1"))
	}
	if c.JournalMax < 1<<20 {
		err = errors.Join(err, errors.New("JOURNAL_MAX must be at least 1048576 bytes"))
	}
	if c.ScanRetentionDays < 1 {
		err = errors.Join(err, errors.New("SCAN_RETENTION_DAYS must be at least 1"))
	}
	if min(c.BackupKeepDaily, c.BackupKeepWeekly, c.BackupKeepMonthly) < 0 {
		err = errors.Join(err, errors.New("BACKUP_KEEP_DAILY, BACKUP_KEEP_WEEKLY and BACKUP_KEEP_MONTHLY must not be negative"))
	}
	if strings.ContainsFunc(c.Contact, func(r rune) bool { return r < ' ' }) || len(c.Contact) > 200 {
		err = errors.Join(err, errors.New("CONTACT must be one line of at most 200 bytes"))
	}
	return err
}

// ReplicaDirs gives the folder in which each replica takes one of its own, and
// whether DATA_DIR says so.
func (c Config) ReplicaDirs() (base string, shared bool) { return strings.CutSuffix(c.DataDir, "/*") }

// Links gives the short URLs' maker.
func (c Config) Links() (codes.Links, error) {
	base := c.BaseURL
	if base == "" {
		host := c.Host
		if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
			host = "127.0.0.1"
		}
		base = "http://" + net.JoinHostPort(host, strconv.Itoa(int(c.Port)))
	}
	return codes.ParseLinks(base)
}

// LogRedirects says which answers under /r/ are logged.
type LogRedirects string

// What of them.
const (
	LogNone   LogRedirects = "off"
	LogErrors LogRedirects = "errors"
	LogAll    LogRedirects = "all"
)

// UnmarshalText reads off, errors or all.
func (l *LogRedirects) UnmarshalText(text []byte) error {
	switch *l = LogRedirects(text); *l {
	case LogNone, LogErrors, LogAll:
		return nil
	}
	return fmt.Errorf("%q is none of off, errors, all", text)
}

// JournalSync says how often scans are forced to disk.
type JournalSync struct{ scans.Sync }

// UnmarshalText reads a duration, always or off.
func (j *JournalSync) UnmarshalText(text []byte) (err error) {
	j.Sync, err = scans.ParseSync(string(text))
	return err
}

// Prefixes are networks; a bare address is a network of one.
type Prefixes []netip.Prefix

// UnmarshalText reads networks separated by commas or spaces.
func (p *Prefixes) UnmarshalText(text []byte) error {
	*p = nil
	for _, s := range split(string(text)) {
		prefix, err := netip.ParsePrefix(s)
		if err != nil {
			addr, addrErr := netip.ParseAddr(s)
			if addrErr != nil {
				return fmt.Errorf("%q is no address and no CIDR such as 10.0.0.0/8", s)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		*p = append(*p, prefix.Masked())
	}
	return nil
}

// Contains says whether one of the networks holds the address.
func (p Prefixes) Contains(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	for _, prefix := range p {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// Domains are host names in lower case.
type Domains []string

// UnmarshalText reads names separated by commas or spaces; a leading "*." or
// dot means the same as none.
func (d *Domains) UnmarshalText(text []byte) error {
	*d = nil
	for _, s := range split(string(text)) {
		s = strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(s), "*"), ".")
		if s == "" || strings.ContainsAny(s, "/:@") {
			return fmt.Errorf("%q is no domain such as example.edu", s)
		}
		*d = append(*d, s)
	}
	return nil
}

// Times are times of the day in minutes since midnight, at least one.
type Times []int

// UnmarshalText reads times such as 02:30, separated by commas or spaces.
func (t *Times) UnmarshalText(text []byte) error {
	*t = nil
	for _, s := range split(string(text)) {
		at, err := time.Parse("15:04", s)
		if err != nil {
			return fmt.Errorf("%q is no time of the day such as 02:30", s)
		}
		*t = append(*t, at.Hour()*60+at.Minute())
	}
	if len(*t) == 0 {
		return fmt.Errorf("%q has no time of the day such as 02:30", text)
	}
	slices.Sort(*t)
	return nil
}

func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}
