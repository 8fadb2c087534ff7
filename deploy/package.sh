#!/usr/bin/env bash
# Makes what is installed, from the repository's root or elsewhere:
#
#   bash deploy/package.sh deb       target/debian/duizhang_*.deb: the program, its manual pages and completions, the
#                                    units, alerts and board, the documents and the licence
#   bash deploy/package.sh static    target/static/duizhang: one file that needs no library of the machine
#
# The first takes `cargo install --locked cargo-deb` once. The second is linked against musl where that target is
# installed (`rustup target add x86_64-unknown-linux-musl`, and `musl-gcc`), else statically against glibc. PROFILE=dev
# packs a build that is faster to make.
#
# What people get wrong: starting the units at once. They start nothing before `duizhang init /var/lib/duizhang` made a
# configuration, and are enabled by hand: `systemctl enable --now duizhang`.
set -euo pipefail
cd "$(dirname "$0")/.."

profile="${PROFILE:-release}"
folder="$profile"
if [ "$profile" = dev ]; then
  folder=debug
fi

deb() {
  cargo build --locked --profile "$profile" --bin duizhang
  local program="target/$folder/duizhang" parts=target/package
  rm -rf "$parts"
  mkdir -p "$parts/man" "$parts/units"
  "$program" man "$parts/man" >/dev/null
  gzip -9n "$parts"/man/*.1
  for shell in bash fish zsh; do
    "$program" completions "$shell" >"$parts/duizhang.$shell"
  done
  # A package's program is not in /usr/local.
  for unit in deploy/systemd/*; do
    sed 's:/usr/local/bin/duizhang:/usr/bin/duizhang:' "$unit" >"$parts/units/$(basename "$unit")"
  done
  sed 's:/usr/local/bin/duizhang:/usr/bin/duizhang:' deploy/crontab >"$parts/crontab"
  cargo deb --locked --no-build --profile "$profile"
}

static() {
  local target=x86_64-unknown-linux-musl
  if [ ! -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; then
    target=x86_64-unknown-linux-gnu
    echo "the target for musl is not installed: linked statically against glibc instead" >&2
  fi
  RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static" \
    cargo build --locked --profile "$profile" --target "$target" --bin duizhang
  mkdir -p target/static
  cp "target/$target/$folder/duizhang" target/static/duizhang
  if readelf -d target/static/duizhang | grep -q NEEDED; then
    echo "target/static/duizhang still needs libraries of the machine" >&2
    exit 1
  fi
  echo "target/static/duizhang ($target)"
}

case "${1:-}" in
  deb) deb ;;
  static) static ;;
  *)
    echo "usage: bash deploy/package.sh deb | static" >&2
    exit 2
    ;;
esac
