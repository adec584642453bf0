#!/usr/bin/env bash
# env.sh  writes .env from .env.example, once, with passwords of its own making,
# and says what to sign in with. PUBLIC_HOST and ACME_EMAIL are taken from the
# environment, so that `make up PUBLIC_HOST=qr.example.edu ACME_EMAIL=…` needs
# no editor.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 077

if [ -e .env ]; then
	echo 'env: .env exists, and stays as it is'
	exit 0
fi
command -v openssl >/dev/null || {
	echo 'env: openssl is missing: install it, or fill in .env by hand as .env.example explains' >&2
	exit 1
}

user='admin'
password=$(openssl rand -base64 18 | tr '+/' '-_')
hash=$(openssl passwd -apr1 -stdin <<<"$password")
mkdir -p backups certificates

# Values are put in with awk's ENVIRON, which takes them as they are.
PUBLIC_HOST=${PUBLIC_HOST:-} ACME_EMAIL=${ACME_EMAIL:-} POSTGRES_PASSWORD=$(openssl rand -hex 24) GRAFANA_ADMIN_PASSWORD=$(openssl rand -hex 12) \
	ADMIN_USERS="'$user:$hash'" BACKUP_USER="$(id -u):$(id -g)" \
	awk '{
		line = $0
		sub(/^#BACKUP_USER=/, "BACKUP_USER=", line)
		name = line
		sub(/=.*/, "", name)
		if (line ~ /^(PUBLIC_HOST|ACME_EMAIL|POSTGRES_PASSWORD|GRAFANA_ADMIN_PASSWORD|ADMIN_USERS|BACKUP_USER)=/) line = name "=" ENVIRON[name]
		print line
	}' .env.example >.env

printf 'env: wrote .env. Sign in as\n\n  user      %s\n  password  %s\n\nIt is written down nowhere else.\n' "$user" "$password"
if ! grep -q '^PUBLIC_HOST=.' .env; then
	echo 'env: now set PUBLIC_HOST in .env, and ACME_EMAIL unless you bring certificates'
fi
