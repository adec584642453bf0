#!/usr/bin/env bash
# fresh.sh  generates the code again and fails where that changes anything.
set -euo pipefail
cd "$(dirname "$0")/.."

sums() {
	git ls-files -co --exclude-standard '*_templ.go' 'db/*.go' | sort |
		while IFS= read -r f; do [ ! -f "$f" ] || cksum "$f"; done
}

before=$(sums)
"${MAKE:-make}" --no-print-directory generate
after=$(sums)
if [ "$before" != "$after" ]; then
	echo 'fresh: generated code was stale; commit what make generate wrote:' >&2
	diff <(echo "$before") <(echo "$after") | awk '/^[<>]/ { print "  " $NF }' | sort -u >&2
	exit 1
fi
