#!/usr/bin/env bash
# dev.sh  runs the program in the development container (docker-compose.dev.yml)
# and builds it again whenever a source changes.
set -euo pipefail
cd "$(dirname "$0")/.."

# The browser's files, for a clone where make never ran.
if [ ! -e static/vendor/htmx.min.js ]; then cp -r /vendor/. static/vendor/; fi

go tool -modfile=tools.mod templ generate -log-level warn
go tool -modfile=tools.mod templ generate --watch --log-level warn &
trap 'kill $!' EXIT
air -c .air.toml
