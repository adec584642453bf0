#!/usr/bin/env bash
# up.sh  starts the stack, or brings it to the version of this clone. Scans go
# on meanwhile: the migrations run first, on their own, and where they fail all
# stays as it is; new replicas are well before the old ones are stopped.
set -euo pipefail
cd "$(dirname "$0")/.."

docker compose build --quiet
docker compose run --rm migrate

scale=()
mapfile -t old < <(docker compose ps --quiet qr-app)
if [ "${#old[@]}" -gt 0 ]; then
	scale=(--scale "qr-app=${#old[@]}")
	docker compose up --detach --no-deps --no-recreate --wait --scale "qr-app=$((2 * ${#old[@]}))" qr-app
	sleep 3 # Traefik looks every second who there is
	docker stop --time 15 "${old[@]}" >/dev/null
	docker rm "${old[@]}" >/dev/null
fi
docker compose up --detach "${scale[@]}"
