#!/usr/bin/env bash
# clang-format 19 over our C++; check_format.sh --fix mends.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(--dry-run --Werror)
[ "${1:-}" = "--fix" ] && mode=(-i)
find src tests bench -name '*.cpp' -o -name '*.h' | sort | xargs -P2 -n 20 clang-format-19 "${mode[@]}"
