#!/usr/bin/env bash
# Makes sure that what the tests need is on this machine: a C compiler for the
# race detector, Perl for the second implementation of the event encoding, the
# shell of SQLite to dump and restore with, and
# PostgreSQL's server programs, from which the tests start clusters of their own.
# On Debian, as root, it installs what is missing; elsewhere it says what to
# install.
#
# PostgreSQL is not needed when TASKTRAIL_TEST_POSTGRES names a server to use.
set -euo pipefail

has() { command -v "$1" >/dev/null 2>&1; }

has_postgres() {
	has initdb && has postgres && return
	# Debian keeps them out of PATH.
	compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

# Debian's minimal perl has neither module.
has_perl() { perl -MJSON::PP -MDigest::SHA -e 1 2>/dev/null; }

if ! has go; then
	echo "Go is missing: install the version named in go.mod, or newer" >&2
	exit 1
fi

cc=${CC:-gcc}
missing=()
has make || missing+=(make)
has "${cc%% *}" || missing+=(gcc libc6-dev)
has sqlite3 || missing+=(sqlite3)
has_perl || missing+=(perl)
[ -n "${TASKTRAIL_TEST_POSTGRES:-}" ] || has_postgres || missing+=(postgresql)
[ ${#missing[@]} -gt 0 ] || exit 0

if ! has apt-get || [ "$(id -u)" -ne 0 ]; then
	echo "the tests need (names of Debian's packages): ${missing[*]}" >&2
	echo "install them, or run this once as root on Debian: scripts/setup.sh" >&2
	echo "in place of postgresql, TASKTRAIL_TEST_POSTGRES can name a server that tests may use" >&2
	exit 1
fi

# The package would otherwise create a cluster and start a server that nobody
# asked for.
conf=/etc/postgresql-common/createcluster.d/tasktrail-setup.conf
mkdir -p "${conf%/*}"
trap 'rm -f "$conf"' EXIT
echo 'create_main_cluster = false' >"$conf"

echo "installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
wait_for_lock=(-o DPkg::Lock::Timeout=300)
apt-get "${wait_for_lock[@]}" -qq update
apt-get "${wait_for_lock[@]}" -qq -y --no-install-recommends install "${missing[@]}" >/dev/null
