#!/usr/bin/env bash
# tree.sh  holds the rules about the work tree that no linter knows.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly MAX_LINES=400 MAX_BYTES=1048576
failed=0

complain() {
	printf 'tree: %s\n' "$*" >&2
	failed=1
}

tracked() { git ls-files -co --exclude-standard -- "$@"; }

# Files that people read stay short. Generated ones are nobody's to shorten.
while IFS= read -r f; do
	if [ ! -f "$f" ] || grep -qE '^// Code generated .* DO NOT EDIT\.$' "$f"; then continue; fi
	lines=$(wc -l <"$f")
	if [ "$lines" -gt "$MAX_LINES" ]; then complain "$f has $lines lines, over $MAX_LINES: split it"; fi
done < <(tracked '*.go' '*.templ' '*.sql' '*.js' '*.mjs' '*.css' '*.sh' Makefile)

# Other people's files come from the registries by their lock files.
while IFS= read -r f; do
	complain "$f looks like somebody else's: let package.json or go.mod fetch it"
done < <(tracked 'static/vendor/*' 'vendor/*' '*node_modules/*' '*.min.js' '*.min.css' '*.woff' '*.woff2' |
	grep -vx 'static/vendor/.gitkeep' || true)

while IFS= read -r f; do
	if [ -f "$f" ] && [ "$(wc -c <"$f")" -gt "$MAX_BYTES" ]; then complain "$f is over $MAX_BYTES bytes"; fi
done < <(tracked)

# A lock file that names a registry works with no other.
if grep -qs '"resolved"' package-lock.json; then
	complain "package-lock.json names a registry: run npm install with the .npmrc of this repository"
fi

# The linter leaves generated files alone, but what a component imports is only
# to be seen in them.
if [ -d views ]; then
	while read -r package import; do
		complain "$package imports $import: views see no other layer"
	done < <(go list -f '{{range .Imports}}{{$.ImportPath}} {{.}}{{"\n"}}{{end}}' ./views/... |
		grep -E ' qrgen/(db|internal|handlers|cmd)(/|$)' || true)
fi

exit "$failed"
