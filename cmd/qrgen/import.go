package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"qrgen/db"
	"qrgen/internal/backup"
	"qrgen/internal/codes"
	"qrgen/internal/config"
	"qrgen/internal/mvpqrgen"
)

var (
	errImportUsage = errors.New("usage: qrgen import mvp-qr-gen [-dry-run] [-skip-refused] FILE|URL")
	errRefused     = errors.New("nothing was brought over, because some codes can't be: mend them there, or leave them behind with -skip-refused")
)

// importCodes brings codes and scans over from another system. It may run
// beside the program, which takes them up at once.
func importCodes(ctx context.Context, env environment, args []string) error {
	if len(args) == 0 || args[0] != "mvp-qr-gen" {
		return errImportUsage
	}
	flags := flag.NewFlagSet("import mvp-qr-gen", flag.ContinueOnError)
	flags.SetOutput(env.stderr)
	dryRun := flags.Bool("dry-run", false, "say what would become of each code, and change nothing")
	skip := flags.Bool("skip-refused", false, "leave codes behind that can't be brought over")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errImportUsage
	}
	cfg, err := config.Load(env.lookup)
	if err != nil {
		return err
	}
	links, err := cfg.Links()
	if err != nil {
		return err
	}
	database, done, err := besideDatabase(ctx, env, cfg)
	if err != nil {
		return err
	}
	defer done()
	if _, err := db.Migrate(ctx, database.url); err != nil {
		return err
	}
	bring := func(url string) error {
		report, err := mvpqrgen.Import(ctx, mvpqrgen.Config{
			URL: url, Store: database.store, Rules: codes.Rules{Links: links, AllowedDomains: cfg.AllowedRedirectDomains},
			Location: cfg.Zone.Location, GeoIPPath: cfg.GeoIPDB, DryRun: *dryRun, SkipRefused: *skip,
		})
		if err != nil {
			return fmt.Errorf("nothing was brought over: %w", err)
		}
		if err := printImport(env.stdout, report, links); err != nil {
			return err
		}
		if !report.Done && !*dryRun {
			return errRefused
		}
		return nil
	}
	from := flags.Arg(0)
	if strings.HasPrefix(from, "postgres://") || strings.HasPrefix(from, "postgresql://") {
		return bring(from)
	}
	return backup.New(backup.Config{URL: database.url, Tell: teller(env.stderr)}).WithForeign(ctx, from, mvpqrgen.Tables(), bring)
}

// printImport prints a line for every code and what it comes to.
func printImport(w io.Writer, r mvpqrgen.Report, links codes.Links) error {
	var b strings.Builder
	for _, v := range r.Verdicts {
		fmt.Fprintf(&b, "%-8s %-10s %s", v.Outcome, v.ShortID, v.Title)
		if v.Scans > 0 || v.Counted > 0 {
			fmt.Fprintf(&b, " (%d scans, %d more only counted)", v.Scans, v.Counted)
		}
		b.WriteString("\n")
		for _, note := range v.Notes {
			fmt.Fprintf(&b, "         %s\n", note)
		}
	}
	done := "would be brought over"
	if r.Done {
		done = "were brought over"
	}
	fmt.Fprintf(&b, "%d codes and %d scans %s; %d codes were there already, %d can't be brought over\n",
		r.Count(mvpqrgen.New), r.Scans(), done, r.Count(mvpqrgen.There), r.Count(mvpqrgen.Refused))
	if r.Orphans > 0 {
		fmt.Fprintf(&b, "%d scans are left behind: their codes were deleted there\n", r.Orphans)
	}
	_, own, _ := strings.Cut(links.Base(), "://")
	for _, host := range r.HostNames() {
		if host != own {
			fmt.Fprintf(&b, "%d printed codes lead to %s: that name must lead to this program for them to go on working\n", r.Hosts[host], host)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
