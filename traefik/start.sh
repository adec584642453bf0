#!/bin/sh
# start.sh  checks the edge's settings, all of them before any is complained of,
# fills them into traefik.yml and becomes Traefik; a small loop stays beside it
# and looks who APP_HOSTS are. It runs in Traefik's own image, so it is plain sh
# with busybox.
#
# The settings are explained in .env.example. Those that begin with EDGE_ say
# where things are; outside the container, as in the tests, they say otherwise.
set -eu
umask 077

here=$(dirname "$0")

: "${ENVIRONMENT:=development}" "${PUBLIC_HOST:=}" "${ADMIN_HOST:=}" "${ADMIN_USERS:=}"
: "${ADMIN_ALLOW:=127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7,fe80::/10}"
: "${TRUSTED_PROXIES:=}" "${CORS_ORIGINS:=}" "${ACME_EMAIL:=}" "${ACME_DNS_PROVIDER:=}"
: "${ACME_CA:=https://acme-v02.api.letsencrypt.org/directory}"
: "${RATE_PUBLIC:=300}" "${RATE_PUBLIC_BURST:=50}" "${RATE_ADMIN:=1200}" "${RATE_ADMIN_BURST:=200}"
: "${BODY_MAX:=16777216}" "${APP_HOSTS:=qr-app}" "${APP_PUBLIC_PORT:=8001}" "${APP_ADMIN_PORT:=8000}"
: "${EDGE_WEB:=:80}" "${EDGE_WEBSECURE:=:443}" "${EDGE_DASHBOARD:=:8080}" "${EDGE_METRICS:=:8082}" "${EDGE_HTTPS_PORT:=443}"
: "${EDGE_STATE:=/run/edge}" "${EDGE_CERTIFICATES:=/certificates}" "${EDGE_OWN:=/etc/certificates}"
: "${EDGE_LOG_LEVEL:=INFO}" "${TRAEFIK_BIN:=traefik}" "${COMPOSE_PROFILES:=}" "${GRAFANA_ADDRESS:=grafana:3000}"

problems=''
problem() {
	problems="$problems
  $*"
}

# Every host is told from every other by its name, so it must be one.
host() {
	case $2 in
	'' | *[!A-Za-z0-9.-]* | .* | -* | *..*) problem "$1 is \"$2\": use a host name such as qr.example.edu, without https:// and path" ;;
	esac
}
number() {
	case $2 in
	'' | 0* | *[!0-9]*) problem "$1 is \"$2\": use a whole number above 0" ;;
	esac
}

case $ENVIRONMENT in
development)
	: "${PUBLIC_HOST:=localhost}"
	;;
production)
	case $PUBLIC_HOST in
	localhost | example.* | *.example.edu | *.example.com | *.example.org)
		problem "PUBLIC_HOST is $PUBLIC_HOST: in production it is the name that printed codes will lead to"
		;;
	esac
	;;
*) problem "ENVIRONMENT is \"$ENVIRONMENT\": use development or production" ;;
esac
: "${ADMIN_HOST:=$PUBLIC_HOST}"
host PUBLIC_HOST "$PUBLIC_HOST"
if [ "$ADMIN_HOST" != "$PUBLIC_HOST" ]; then host ADMIN_HOST "$ADMIN_HOST"; fi
for name in RATE_PUBLIC RATE_PUBLIC_BURST RATE_ADMIN RATE_ADMIN_BURST BODY_MAX; do
	eval "number $name \"\$$name\""
done

# Who may sign in: name:hash, separated by commas, the hash from htpasswd or
# `openssl passwd -apr1`. Nothing weaker is taken.
if [ -z "$ADMIN_USERS" ]; then
	problem "ADMIN_USERS is not set: without it nobody could sign in"
fi
mkdir -p "$EDGE_STATE"
: >"$EDGE_STATE/users"
rest=$ADMIN_USERS
while [ -n "$rest" ]; do
	user=${rest%%,*}
	case $rest in
	*,*) rest=${rest#*,} ;;
	*) rest='' ;;
	esac
	# shellcheck disable=SC2016 # the dollars are the hash's own
	case $user in
	:* | *:*:*) problem "ADMIN_USERS: \"${user%%:*}\" is not name:hash" ;;
	*':$2a$'* | *':$2b$'* | *':$2y$'* | *':$apr1$'*) printf '%s\n' "$user" >>"$EDGE_STATE/users" ;;
	*) problem "ADMIN_USERS: what follows \"${user%%:*}:\" is no hash: make it with openssl passwd -apr1, and put the whole in 'single quotes'" ;;
	esac
done

# Certificates: Let's Encrypt, or files, or, in development, what Traefik makes.
EDGE_TLS_CERT='' EDGE_TLS_KEY=''
if [ -e "$EDGE_OWN/cert.pem" ] || [ -e "$EDGE_OWN/key.pem" ]; then
	EDGE_TLS_CERT=$EDGE_OWN/cert.pem EDGE_TLS_KEY=$EDGE_OWN/key.pem
	if [ -n "$ACME_EMAIL" ]; then
		problem "ACME_EMAIL is set and there are certificates/cert.pem and key.pem: keep one"
	fi
	if ! grep -q 'BEGIN CERTIFICATE' "$EDGE_TLS_CERT" 2>/dev/null; then
		problem "certificates/cert.pem can't be read as a certificate in PEM form: it must belong to root, or be readable for all"
	fi
	if ! grep -q 'BEGIN .*PRIVATE KEY' "$EDGE_TLS_KEY" 2>/dev/null; then
		problem "certificates/key.pem can't be read as a private key in PEM form: it must belong to root, or be readable for all"
	elif grep -q ENCRYPTED "$EDGE_TLS_KEY"; then
		problem "certificates/key.pem is encrypted: take its password off (openssl pkey -in key.pem -out plain.pem)"
	fi
elif [ "$ENVIRONMENT" = production ] && [ -z "$ACME_EMAIL" ]; then
	problem "there is no certificate: set ACME_EMAIL for Let's Encrypt, or put cert.pem and key.pem into certificates/"
fi
if [ -n "$ACME_EMAIL" ] && ! { mkdir -p "$EDGE_CERTIFICATES" && [ -w "$EDGE_CERTIFICATES" ]; }; then
	problem "$EDGE_CERTIFICATES can't be written: Let's Encrypt's certificates are kept there"
fi

if [ -n "$problems" ]; then
	printf 'edge: the settings have problems:%s\n' "$problems" >&2
	exit 1
fi

export ENVIRONMENT PUBLIC_HOST ADMIN_HOST ADMIN_ALLOW TRUSTED_PROXIES CORS_ORIGINS ACME_EMAIL ACME_DNS_PROVIDER ACME_CA \
	RATE_PUBLIC RATE_PUBLIC_BURST RATE_ADMIN RATE_ADMIN_BURST BODY_MAX APP_HOSTS APP_PUBLIC_PORT APP_ADMIN_PORT \
	EDGE_WEB EDGE_WEBSECURE EDGE_DASHBOARD EDGE_METRICS EDGE_HTTPS_PORT EDGE_STATE EDGE_CERTIFICATES \
	EDGE_LOG_LEVEL EDGE_TLS_CERT EDGE_TLS_KEY COMPOSE_PROFILES GRAFANA_ADDRESS
unset ADMIN_USERS # it is in the file by now

# fill puts the environment in the place of ${NAME}.
fill() {
	awk '{
		out = ""
		while (match($0, /\$\{[A-Z_]+\}/)) {
			out = out substr($0, 1, RSTART - 1) ENVIRON[substr($0, RSTART + 2, RLENGTH - 3)]
			$0 = substr($0, RSTART + RLENGTH)
		}
		print out $0
	}' "$1"
}

# addresses are those of APP_HOSTS, one name of which may stand for several
# replicas: Docker's qr-app does. A name that nobody knows just now stands for
# itself.
addresses() {
	for name in $(echo "$APP_HOSTS" | tr ',' ' '); do
		case $name in
		*[!0-9.]*) found=$(nslookup -type=a "$name" 2>/dev/null | awk '/^Name:/ { answer = 1 } answer && /^Address/ { print $NF }') ;;
		*) found=$name ;;
		esac
		echo "${found:-$name}"
	done | sort -u | tr '\n' ',' | sed 's/,$//'
}

# Traefik watches the files and goes on with new ones without a gap, so that
# `docker compose up --scale qr-app=3` is all it takes.
follow() {
	while sleep 1; do
		now=$(addresses)
		# A name that does not resolve is no reason to forget who answers.
		case $now in
		"$APP_ADDRESSES" | *[!0-9.,]*) continue ;;
		esac
		export APP_ADDRESSES="$now"
		fill "$here/dynamic/services.yml" >"$EDGE_STATE/services.yml"
		mv "$EDGE_STATE/services.yml" "$EDGE_STATE/dynamic/services.yml"
	done
}

mkdir -p "$EDGE_STATE/dynamic"
APP_ADDRESSES=$(addresses)
export APP_ADDRESSES
for file in "$here"/dynamic/*.yml; do
	fill "$file" >"$EDGE_STATE/dynamic/${file##*/}"
done
fill "$here/traefik.yml" >"$EDGE_STATE/traefik.yml"

case $APP_HOSTS in
*[!0-9.,]*) follow & ;;
esac
exec "$TRAEFIK_BIN" --configfile="$EDGE_STATE/traefik.yml"
