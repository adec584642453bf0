package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"qrgen/internal/config"
	"qrgen/internal/scans"
)

var (
	errVerifyUsage = errors.New("usage: qrgen verify scans, or qrgen verify backup FILE")
	errDifferences = errors.New("the counts differ from the scans that are stored")
)

// verify looks whether all is as it should be. It may run beside the program.
func verify(ctx context.Context, env environment, args []string) error {
	isScans := len(args) == 1 && args[0] == "scans"
	if isBackup := len(args) == 2 && args[0] == "backup"; !isScans && !isBackup {
		return errVerifyUsage
	}
	cfg, err := config.Load(env.lookup)
	if err != nil {
		return err
	}
	if isScans {
		return verifyScans(ctx, env, cfg)
	}
	return verifyBackup(ctx, env, cfg, args[1])
}

// verifyScans recounts what is kept as counts.
func verifyScans(ctx context.Context, env environment, cfg config.Config) error {
	database, done, err := besideDatabase(ctx, env, cfg)
	if err != nil {
		return err
	}
	defer done()
	report, err := scans.Verify(ctx, database.store, cfg.Zone.Location)
	if err != nil {
		return fmt.Errorf("recount the scans: %w", err)
	}
	if err := printReport(env.stdout, report); err != nil {
		return err
	}
	if !report.OK() {
		return errDifferences
	}
	return nil
}

func printReport(w io.Writer, r scans.Report) error {
	_, err := fmt.Fprintf(w, "%d scans recounted\n", r.Scans)
	for _, d := range r.Totals {
		_, lineErr := fmt.Fprintf(w, "code %d: %d of the symbol and %d of the link are kept, %d and %d were counted\n",
			d.CodeID, d.KeptQR, d.KeptLink, d.CountedQR, d.CountedLink)
		err = errors.Join(err, lineErr)
	}
	for _, d := range r.Hours {
		_, lineErr := fmt.Fprintf(w, "hour %s, %s: %d scans are kept, %d were counted\n", d.Hour.Format("2006-01-02 15:04 MST"), d.Class, d.Kept, d.Counted)
		err = errors.Join(err, lineErr)
	}
	for _, d := range r.Days {
		_, lineErr := fmt.Fprintf(w, "code %d, %s: %d scans are kept, %d were counted\n", d.CodeID, d.Day.Format("2006-01-02"), d.Kept, d.Counted)
		err = errors.Join(err, lineErr)
	}
	for _, d := range r.Months {
		_, lineErr := fmt.Fprintf(w, "code %d, %s: %d scans are kept, the days make %d\n", d.CodeID, d.Month.Format("2006-01"), d.Kept, d.Counted)
		err = errors.Join(err, lineErr)
	}
	return err
}
