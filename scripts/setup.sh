#!/usr/bin/env bash
# Installs what is missing on Debian 12: setup.sh run|test|page. As root or through sudo; nothing to do costs milliseconds.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
need=${1:-run}

run_packages="ca-certificates clang-19 lld-19 cmake ninja-build ccache pkg-config python3 brotli
  libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev libssl-dev libcurl4-openssl-dev libsqlite3-dev libsodium-dev
  libsimdjson-dev libre2-dev libfmt-dev libyaml-cpp-dev libcli11-dev libzstd-dev zlib1g-dev libxxhash-dev"
test_packages="$run_packages g++ clang-format-19 clang-tidy-19 libclang-rt-19-dev llvm-19 libgtest-dev libgmock-dev libbenchmark-dev librapidcheck-dev
  python3-pytest python3-yaml openssl curl chromium fonts-dejavu-core procps util-linux"
case $need in
  run) packages=$run_packages ;;
  test) packages=$test_packages ;;
  page) packages="npm" ;;
  *) echo "setup.sh: run, test or page" >&2; exit 2 ;;
esac

# A stamp of the list that was found complete: the second start asks nothing.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/firstmate
mkdir -p "$cache"
stamp=$cache/setup-$need-$(echo "$packages" | cksum | cut -d' ' -f1)
[ -e "$stamp" ] && exit 0

missing=""
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
  as_root=""
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "These packages are missing and there is no sudo to install them:$missing" >&2; exit 1; }
    as_root=sudo
  fi
  echo "Installing:$missing" >&2
  export DEBIAN_FRONTEND=noninteractive
  $as_root apt-get update -qq >&2
  # shellcheck disable=SC2086
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >"$cache/setup.log" 2>&1 || {
    tail -n 20 "$cache/setup.log" >&2
    echo "apt-get could not install these packages:$missing" >&2
    echo "  → Debian 12 (bookworm) has them all; check the network and /etc/apt/sources.list, then run this again" >&2
    exit 1
  }
fi
touch "$stamp"
cd "$here"
