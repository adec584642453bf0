// Command qrgen is the QR code manager: one binary, one subcommand a task.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the linker: make build takes it from git.
var version = "development"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "qrgen:", err)
		os.Exit(1)
	}
}

// command is one subcommand.
type command struct {
	name, does string
	args       bool // whether it takes any
	run        func(ctx context.Context, env environment, args []string) error
}

// environment is what a command gets from the outside.
type environment struct {
	lookup         func(string) (string, bool)
	stdout, stderr io.Writer
}

func commands() []command {
	return []command{
		{"serve", "run the program: pages, API and redirect", false, serve},
		{"migrate", "bring the database's schema up to date", false, migrate},
		{"health", "ask a running program whether it is well", false, health},
		{"verify", "recount the scans, or try a backup out: qrgen verify scans, qrgen verify backup FILE", true, verify},
		{"backup", "make a backup now, or by the clock: qrgen backup, qrgen backup serve", true, makeBackup},
		{"restore", "put a backup in the database's place: qrgen restore FILE", true, restore},
		{"import", "bring codes over from another system: qrgen import mvp-qr-gen FILE|URL", true, importCodes},
		{"demo", "fill the database with made-up codes", true, demo},
		{"version", "print the version", false, printVersion},
	}
}

var errUsage = errors.New("use one of these commands")

// run runs one subcommand until it is done or ctx ends.
func run(ctx context.Context, args []string, lookup func(string) (string, bool), stdout, stderr io.Writer) error {
	env := environment{lookup: lookup, stdout: stdout, stderr: stderr}
	if len(args) > 0 {
		for _, c := range commands() {
			if c.name == args[0] {
				if len(args) > 1 && !c.args {
					return fmt.Errorf("%s takes no arguments, and %q means nothing to it: settings are environment variables", c.name, args[1])
				}
				err := c.run(ctx, env, args[1:])
				if errors.Is(err, flag.ErrHelp) { // it was asked for, and printed
					return nil
				}
				return err
			}
		}
	}
	fmt.Fprintln(stderr, "Usage: qrgen COMMAND")
	for _, c := range commands() {
		fmt.Fprintf(stderr, "  %-8s  %s\n", c.name, c.does)
	}
	return errUsage
}

func printVersion(_ context.Context, env environment, _ []string) error {
	_, err := fmt.Fprintln(env.stdout, version)
	return err
}
