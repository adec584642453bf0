#!/usr/bin/env bash
# coverage.sh RAW OUT  drops from the coverage profile RAW what is generated, and
# bench/ and e2e/, which measure and test and are not shipped, writes the rest to
# OUT with each block once, prints the statements covered per package and in all,
# and fails below COVER_MIN percent.
set -euo pipefail
cd "$(dirname "$0")/.."
raw=$1 out=$2

generated=$(mktemp)
trap 'rm -f "$generated"' EXIT
module=$(awk '$1 == "module" { print $2; exit }' go.mod)
# https://go.dev/s/generatedcode
git ls-files -co --exclude-standard '*.go' |
	xargs grep -lE '^// Code generated .* DO NOT EDIT\.$' | sed "s|^|$module/|" >"$generated" || true

# A line is "file.go:12.3,14.5 statements count"; a block that several test
# binaries hold comes once for each.
awk -v own="$module/" '
	NR == FNR { generated[$1]; next }
	/^mode:/ { next }
	{
		file = $1; sub(/:[^:]*$/, "", file)
		if (file in generated || index(file, own) != 1 || index(file, own "bench/") == 1 || index(file, own "e2e/") == 1) next
		statements[$1] = $2; count[$1] += $3
	}
	END { for (b in count) print b, statements[b], count[b] }
' "$generated" "$raw" | sort | { echo 'mode: atomic'; cat; } >"$out"

awk -v min="${COVER_MIN:-80}" '
	/^mode:/ { next }
	{
		package = $1; sub(/\/[^\/]*$/, "", package)
		if (!(package in all)) order[++n] = package
		all[package] += $2; total += $2
		if ($3 > 0) { hit[package] += $2; covered += $2 }
	}
	END {
		if (total == 0) { print "coverage: the profile is empty"; exit 1 }
		print "coverage of our own statements, generated code aside:"
		for (i = 1; i <= n; i++) printf "  %6.1f %%  %s\n", 100 * hit[order[i]] / all[order[i]], order[i]
		printf "  %6.1f %%  in all (%d of %d)\n", 100 * covered / total, covered, total
		if (100 * covered / total < min) { printf "coverage: below %d %%\n", min; exit 1 }
	}
' "$out"
