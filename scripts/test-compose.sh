#!/usr/bin/env bash
# test-compose.sh  brings the whole stack up in Docker, as a project of its own,
# goes the way of a code through it, scales, restarts and takes it down again.
# Without a Docker engine it says so and is done.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! docker info >/dev/null 2>&1 || ! docker compose version >/dev/null 2>&1; then
	echo 'test-compose: skipped, there is no Docker engine with Compose here'
	exit 0
fi

work=$(mktemp -d)
export COMPOSE_PROJECT_NAME=qrgen-test-$$
export HTTP_PORT=${HTTP_PORT:-18080} HTTPS_PORT=${HTTPS_PORT:-18443} VERSION=test
export PUBLIC_HOST=qr.test ENVIRONMENT=production CERTIFICATES=$work BACKUPS=$work/backups
POSTGRES_PASSWORD=$(openssl rand -hex 24)
ADMIN_USERS=anna:$(openssl passwd -apr1 secret)
export POSTGRES_PASSWORD ADMIN_USERS EDGE_SUBNET=198.18.251.0/24 BACKEND_SUBNET=198.18.253.0/24
# This machine comes to Traefik by the gateway of its network.
export ADMIN_ALLOW=198.18.251.0/24 LISTEN_IP=127.0.0.1
mkdir "$BACKUPS"
chmod 777 "$BACKUPS"

stop() {
	if [ "$1" -ne 0 ]; then docker compose logs --tail=40; fi
	docker compose down --volumes --timeout 20 >/dev/null 2>&1 || true
	rm -rf "$work"
}
trap 'stop $?' EXIT

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=qr.test \
	-addext subjectAltName=DNS:qr.test -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
chmod 644 "$work"/*.pem

ask() { curl -sS --max-time 20 --cacert "$work/cert.pem" --resolve "qr.test:$HTTPS_PORT:127.0.0.1" "$@"; }
site=https://qr.test:$HTTPS_PORT
want() { # want STATUS curl's arguments…
	local status=$1 got
	shift
	got=$(ask -o /dev/null -w '%{http_code}' "$@")
	if [ "$got" != "$status" ]; then
		echo "test-compose: $got and not $status: $*" >&2
		exit 1
	fi
}

docker compose build --quiet
docker image inspect -f 'test-compose: the image has {{.Size}} bytes' qrgen:test
docker compose up --detach --scale qr-app=3
want 401 "$site/codes"
want 303 -u anna:secret --data-urlencode target_url=https://www.example.com/ -d kind=dynamic -d title=Test -d short_id=open-day "$site/codes"
sleep 2 # every replica hears of it within a second
for _ in 1 2 3 4 5 6; do want 302 "$site/R/OPEN-DAY"; done
want 404 -H 'Host: elsewhere.test' "$site/codes"
docker kill "$(docker compose ps -q qr-app | head -n 1)" >/dev/null
for _ in 1 2 3 4 5 6; do want 302 "$site/R/OPEN-DAY"; done
docker compose restart postgres >/dev/null
want 302 "$site/R/OPEN-DAY"
for _ in $(seq 60); do
	if ls "$BACKUPS"/qrgen_*.dump >/dev/null 2>&1; then break; fi
	sleep 2
done
ls "$BACKUPS"/qrgen_*.dump
echo 'test-compose: passed'
