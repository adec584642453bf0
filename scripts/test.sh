#!/usr/bin/env bash
# test.sh  runs every test with the race detector, then prints the coverage of
# our own code and fails below COVER_MIN percent.
#
# The browser tests drive the real binary. Where E2E_COVERDIR is set they build
# it with -cover and run it with that GOCOVERDIR, so that what it ran counts as
# well. (GOCOVERDIR itself can't say so: go test -cover sets its own.)
set -euo pipefail
cd "$(dirname "$0")/.."

covered=$(mktemp -d)
trap 'rm -rf "$covered"' EXIT
mkdir "$covered/binary"

# What draws and reads pixels takes the race detector four times as long when
# every block of it is counted: it is counted in a run of its own, without.
pixels=$(go list ./internal/qr/... ./internal/sheet)
others=$(go list ./... | grep -vxF "$pixels")
packages() { paste -sd, <<<"$1"; }

E2E_COVERDIR=$covered/binary go test -race -shuffle=on -timeout "${TEST_TIMEOUT:-15m}" \
	-covermode=atomic -coverpkg="$(packages "$others")" -coverprofile="$covered/tests" ./...
# shellcheck disable=SC2086 # one word for each
go test -covermode=atomic -coverpkg="$(packages "$pixels")" -coverprofile="$covered/pixels" $pixels
cat "$covered/pixels" >>"$covered/tests"

if [ -n "$(ls -A "$covered/binary")" ]; then
	go tool covdata textfmt -i="$covered/binary" -o="$covered/run"
	tail -n +2 "$covered/run" >>"$covered/tests"
fi
scripts/coverage.sh "$covered/tests" coverage.out
