package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// machine describes what the figures were measured on.
func machine(ctx context.Context) string {
	return fmt.Sprintf("Measured on %s: %s, %d cores, %s memory, %s, kernel %s, %s, commit %s.\n",
		time.Now().UTC().Format("2006-01-02"), after("/proc/cpuinfo", "model name"), runtime.NumCPU(), after("/proc/meminfo", "MemTotal"),
		strings.Trim(after("/etc/os-release", "PRETTY_NAME"), `"`), output(ctx, "uname", "-r"), runtime.Version(),
		output(ctx, "git", "describe", "--always", "--dirty"))
}

// after gives the value of the first line that starts with a name.
func after(file, name string) string {
	content, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(content)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			return strings.TrimSpace(strings.TrimLeft(rest, " \t:="))
		}
	}
	return "unknown"
}

func output(ctx context.Context, name string, args ...string) string {
	b, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(b))
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return 0
	}
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
