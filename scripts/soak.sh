#!/usr/bin/env bash
# Runs the tests of the guarantees in their large sizes and prints the figures
# that they log, one line each, to be put into docs/guarantees.md. Arguments are
# passed to go test, such as -run TestPowerLoss. It takes hours; without the
# race detector, which would make it days.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh

log=$(mktemp --suffix=.soak)
echo "started $(date -u +%FT%TZ), $(nproc) CPUs, $(go version); everything goes to $log" >&2
status=0
TASKTRAIL_SOAK=1 go test -count=1 -p 1 -timeout 24h -v "$@" ./audit -rapid.checks=10000 >"$log" 2>&1 || status=1
TASKTRAIL_SOAK=1 go test -count=1 -p 1 -timeout 24h -v "$@" ./incident ./auth/... ./db ./graph ./cmd/... >>"$log" 2>&1 || status=1
scripts/fuzz.sh >>"$log" 2>&1 || status=1

# The name of the test, then what it logged; lines of the server's own log are
# JSON.
awk '
	/^=== (RUN|NAME) / { name = $3 }
	/^ +[a-z_0-9]+_test\.go:[0-9]+: / && !/"level":/ { sub(/^ +[a-z_0-9]+_test\.go:[0-9]+: /, ""); print name ": " $0 }
	/^--- |^FAIL|^ok |^Fuzz|fuzz targets/ { print }
' "$log"
exit $status
