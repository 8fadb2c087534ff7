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
cargo --version

say "format"
cargo fmt --check

say "lints"
cargo clippy --locked --all-targets -- -D warnings

say "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items --quiet

say "tests"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
cargo test --locked --no-fail-fast 2>&1 | tee "$log" || status=$?

passed=$(grep -Eo '[0-9]+ passed' "$log" | awk '{n += $1} END {print n + 0}')
failed=$(grep -Eo '[0-9]+ failed' "$log" | awk '{n += $1} END {print n + 0}')
skipped=$(grep -Eo '[0-9]+ ignored' "$log" | awk '{n += $1} END {print n + 0}')
say "result"
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
