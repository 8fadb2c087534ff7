#!/usr/bin/env bash
# Everything that has to hold, on a machine that has nothing but bash: installs what is missing,
# then formatting, lints, documentation and every test. Ends with a line `N passed, M failed`.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; elif have sudo; then sudo "$@"; else return 1; fi; }

install_packages() { # Debian and its relatives; elsewhere the message says what is needed
  if have apt-get; then
    as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  else
    return 1
  fi
}

say "tools"
have cc || install_packages gcc libc6-dev || { echo "a C compiler is needed (for SQLite): install gcc" >&2; exit 1; }
if ! have cargo && [ -x "$HOME/.cargo/bin/cargo" ]; then PATH="$HOME/.cargo/bin:$PATH"; fi
have cargo || { echo "Rust 1.95 or newer is needed: install it with your distribution or rustup" >&2; exit 1; }
cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
# The test of encrypted connections makes its own certificates.
have openssl || install_packages openssl || { echo "openssl is needed: install it" >&2; exit 1; }
have systemd-analyze || install_packages systemd || echo "systemd-analyze is not to be had: the units are not verified" >&2
cargo --version

# Nobody builds here again, and nobody debugs.
if [ "${CI:-}" = true ]; then export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0; fi

postgres_bin() { # the newest server's programs: Debian keeps them out of PATH
  local bin
  for bin in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr) $(dirname "$(command -v initdb || echo /nowhere/initdb)"); do
    if [ -x "$bin/initdb" ] && [ -x "$bin/postgres" ]; then echo "$bin"; return 0; fi
  done
  return 1
}

log=$(mktemp)
cluster=""
clean_up() {
  if [ -n "$cluster" ]; then
    as_server "$bin/pg_ctl" -D "$cluster/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$cluster"
  fi
  rm -f "$log"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# PostgreSQL refuses to run as root.
as_server() {
  if [ "$(id -u)" = 0 ]; then (cd "$cluster" && setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups "$@"); else "$@"; fi
}

if [ -z "${DATABASE_URL:-}" ]; then
  say "a PostgreSQL server for the tests"
  postgres_bin >/dev/null || install_packages postgresql || { echo "PostgreSQL is needed: install it, or name a server in DATABASE_URL" >&2; exit 1; }
  bin=$(postgres_bin)
  cluster=$(mktemp -d)
  [ "$(id -u)" != 0 ] || chown nobody "$cluster"
  as_server "$bin/initdb" -D "$cluster/data" -U duizhang -A trust -E UTF8 --no-locale -N >/dev/null
  # Reached by a socket in the folder only; nothing has to survive.
  as_server "$bin/pg_ctl" -D "$cluster/data" -w -l "$cluster/log" \
    -o "-c listen_addresses='' -c unix_socket_directories='$cluster' -c fsync=off -c full_page_writes=off -c max_connections=300" start >/dev/null
  export DATABASE_URL="postgres://duizhang@localhost/postgres?host=$cluster"
  "$bin/postgres" --version
fi

mariadb_there() { have mariadbd || [ -x /usr/sbin/mariadbd ] || [ -x /usr/local/sbin/mariadbd ]; }
if ! mariadb_there; then
  say "MariaDB for the tests of a shop's database"
  install_packages mariadb-server || echo "not to be had: its tests are skipped, or fail where CI=true" >&2
fi

# A pooler before the server.
have pgbouncer || [ -x /usr/sbin/pgbouncer ] || install_packages pgbouncer || echo "pgbouncer is not to be had: no pooler is tried, which fails where CI=true" >&2

# The system calls of a night are let fail, one after another.
have strace || install_packages strace || echo "strace is not to be had: no crash is tried, which fails where CI=true" >&2

say "format"
cargo fmt --check

say "lints"
cargo clippy --locked --all-targets -- -D warnings

say "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items --quiet

say "dependencies"
status=0
if cargo deny --version >/dev/null 2>&1; then
  cargo deny --locked check licenses bans sources || status=$?
  if cargo deny --locked fetch db >/dev/null 2>&1; then
    cargo deny --locked --offline check advisories || status=$?
  else
    echo "SKIPPED: the advisory database is not to be had: known weaknesses of dependencies were NOT looked for" >&2
  fi
else
  echo "SKIPPED: cargo-deny is not installed (cargo install --locked cargo-deny): licences, sources and known" >&2
  echo "         weaknesses of dependencies were NOT looked at" >&2
fi

say "tests"
# Many tests wait for a process or a server: one thread more than there are processors.
export RUST_TEST_THREADS="${RUST_TEST_THREADS:-$(($(nproc) + 1))}"
cargo test --locked --no-fail-fast 2>&1 | tee "$log" || status=$?

# Several machines: only where a database with the extension citus is named.
if [ -n "${DUIZHANG_CITUS_URL:-}" ]; then
  cargo test --locked --test it -- --ignored a_night_on_several_machines 2>&1 | tee -a "$log" || status=$?
else
  echo "skipped: a night on several machines (DUIZHANG_CITUS_URL names no database with the extension citus)"
fi

passed=$(grep -Eo '[0-9]+ passed' "$log" | awk '{n += $1} END {print n + 0}')
failed=$(grep -Eo '[0-9]+ failed' "$log" | awk '{n += $1} END {print n + 0}')
skipped=$(grep -Eo '[0-9]+ ignored' "$log" | awk '{n += $1} END {print n + 0}')
say "result"
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
