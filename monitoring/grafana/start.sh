#!/bin/sh
# start.sh  sees to it that Grafana has a password and an address of its own, and
# becomes Grafana. It runs in Grafana's own image.
set -eu

case ${GF_SECURITY_ADMIN_PASSWORD:-} in
'' | admin | password | changeme)
	echo 'grafana: GRAFANA_ADMIN_PASSWORD is not set in .env, or is one that everybody knows (openssl rand -base64 18 makes one)' >&2
	exit 1
	;;
esac
# The pages' host is PUBLIC_HOST where it has no name of its own.
if [ "${GF_SERVER_ROOT_URL:-}" = 'https:///grafana/' ]; then
	export GF_SERVER_ROOT_URL="https://${PUBLIC_HOST:-localhost}/grafana/"
fi
exec /run.sh "$@"
