#!/usr/bin/env bash
# test-repro.sh  builds the program as the Dockerfile does, from copies of the
# sources in two folders, once with the user's build cache and once with none,
# and compares the bytes.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
version=$(git describe --tags --always --dirty 2>/dev/null || echo development)

mkdir -p "$work/here" "$work/deeper"
git ls-files -co --exclude-standard -z | tar --null --no-recursion --files-from=- -cf - | tar -xf - -C "$work/here"
cp -r static/vendor/. "$work/here/static/vendor/"
cp -r "$work/here" "$work/deeper/down"

# build NAME FOLDER CACHE
build() {
	(cd "$work/$2" && GOCACHE=$3 CGO_ENABLED=0 go build -trimpath -buildvcs=false \
		-ldflags "-s -w -buildid= -X main.version=$version" -o "$work/$1.bin" ./cmd/qrgen)
	sha256sum <"$work/$1.bin" | cut -d ' ' -f 1
}

one=$(build one here "$(go env GOCACHE)")
two=$(build two deeper/down "$work/cache")
printf 'repro: %s (%d bytes)\nrepro: %s\n' "$one" "$(wc -c <"$work/one.bin")" "$two"
if [ "$one" != "$two" ]; then
	echo 'repro: the same sources gave different programs' >&2
	exit 1
fi
