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

E2E_COVERDIR=$covered/binary go test -race -shuffle=on -timeout "${TEST_TIMEOUT:-15m}" \
	-covermode=atomic -coverpkg=./... -coverprofile="$covered/tests" ./...

if [ -n "$(ls -A "$covered/binary")" ]; then
	go tool covdata textfmt -i="$covered/binary" -o="$covered/run"
	tail -n +2 "$covered/run" >>"$covered/tests"
fi
scripts/coverage.sh "$covered/tests" coverage.out
