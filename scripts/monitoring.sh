#!/usr/bin/env bash
# monitoring.sh  runs the whole monitoring with the real programs
# (e2e/monitoring). The exporters and the parsers are built from modules of
# their own; Traefik takes part where TRAEFIK_BIN names it.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=$PWD/bin/monitoring
mkdir -p "$bin"
(cd tools/exporters && go build -o "$bin/" tool)
(cd tools/queries && go build -o "$bin/" .)

MONITORING_BIN=$bin go test -count=1 -timeout "${TEST_TIMEOUT:-10m}" -v -run TestReal ./e2e/monitoring
