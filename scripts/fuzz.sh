#!/usr/bin/env bash
# fuzz.sh  gives every fuzz target FUZZTIME (30s), one after another.
set -euo pipefail
cd "$(dirname "$0")/.."

found=0
while read -r package; do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		found=1
		echo "fuzz: $package $target"
		# Left to itself Go spends a minute on making each new input smaller, and tries no other: all of FUZZTIME.
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-30s}" -fuzzminimizetime 100x "$package"
	done
done < <(git grep -lE '^func Fuzz' -- '*_test.go' | xargs -r -n 1 dirname | sort -u | sed 's|^|./|')
if [ "$found" -eq 0 ]; then echo 'fuzz: no targets'; fi
