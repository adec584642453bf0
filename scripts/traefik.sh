#!/usr/bin/env bash
# traefik.sh  prints the path of the Traefik that the edge's tests run:
# TRAEFIK_BIN, or one built from tools/traefik, which takes some minutes once.
# It is kept in the user's cache folder, under the hash of what it is made of.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "${TRAEFIK_BIN:-}" ]; then
	echo "$TRAEFIK_BIN"
	exit 0
fi
folder=${XDG_CACHE_HOME:-$HOME/.cache}/qrgen
made_of=$(cat tools/traefik/go.mod tools/traefik/go.sum tools/traefik/ext/*.go <(go env GOVERSION GOOS GOARCH) | sha256sum | cut -c 1-12)
binary=$folder/traefik-$made_of
if [ ! -x "$binary" ]; then
	mkdir -p "$folder"
	echo 'traefik: building Traefik, which takes some minutes, once' >&2
	new=$(mktemp "$folder/new.XXXXXX")
	trap 'rm -f "$new"' EXIT
	(cd tools/traefik && CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$new" github.com/traefik/traefik/v3/cmd/traefik)
	chmod 755 "$new"
	mv "$new" "$binary"
fi
echo "$binary"
