#!/usr/bin/env bash
# Fuzzes every target of the module, one after the other, for as long as
# FUZZTIME says (default 30s). What is found stays in testdata/fuzz of its package
# as a seed, and fails the ordinary tests until it is dealt with.
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp --suffix=.fuzz)
trap 'rm -f "$log"' EXIT
status=0 targets=0
while IFS=: read -r file target; do
	package=./$(dirname "$file")
	targets=$((targets + 1))
	echo "=== $package $target" >&2
	go test "$package" -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-30s}" >"$log" 2>&1 || {
		status=1
		cat "$log"
	}
	grep '^fuzz: elapsed' "$log" | tail -n 1 | sed "s|^|$target: |"
done < <(git grep -oE 'func (Fuzz[A-Za-z0-9]+)' -- '*_test.go' | sed 's/func //')
echo "$targets fuzz targets, ${FUZZTIME:-30s} each"
exit $status
