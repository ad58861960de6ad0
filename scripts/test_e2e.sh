#!/usr/bin/env bash
# test_e2e.sh OUT: the real binary in demo mode, driven through Chromium. Screenshots go to OUT.
set -uo pipefail
cd "$(dirname "$0")/.."
out=$1
mkdir -p "$out"
if [ ! -e web/dist/index.html ]; then echo "0 passed, 0 failed, 1 skipped: the page could not be built here (npm registry)"; exit 0; fi
PATH="$(scripts/node.sh):$PATH"
export PATH
data=$(mktemp -d)
NO_COLOR=1 build/release/firstmate demo --listen 127.0.0.1:0 --data-dir "$data" >"$out/demo.txt" 2>"$out/demo.log" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$data"' EXIT
for _ in $(seq 300); do
  grep -q '/setup#token=' "$out/demo.txt" && break
  kill -0 $server 2>/dev/null || { cat "$out/demo.log"; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
  read -rt 0.2 <> <(:) || true
done
link=$(grep -o 'http://[^ ]*/setup#token=[0-9a-f]*' "$out/demo.txt" | head -n 1)
FM_E2E_LINK="$link" FM_E2E_URL="${link%%/setup*}" FM_E2E_OUT="$(realpath "$out")" node tests/e2e/run.mjs
