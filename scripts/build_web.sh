#!/usr/bin/env bash
# Builds the page into web/dist, when its sources changed since the last time. Where the npm registry cannot be reached
# it says so and ends well: the binary then goes without its page.
set -euo pipefail
cd "$(dirname "$0")/.."
sum=$(find web src/api/openapi.json -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' -print0 | sort -z | xargs -0 cat | cksum)
[ "$(cat web/dist/.sources 2>/dev/null)" = "$sum" ] && [ -e web/dist/index.html ] && exit 0

fail() {
  echo "The page was not built: $1" >&2
  echo "  → firstmate works without it (API, webhooks, Slack, commands); with the registry reachable, run scripts/build_web.sh again" >&2
  exit 0
}
bin=$(scripts/node.sh) || fail "Node 22 could not be installed from npm"
export PATH="$bin:$PATH"
lock=$(cksum <web/package-lock.json)
if [ "$(cat web/node_modules/.installed 2>/dev/null)" != "$lock" ]; then
  (cd web && npm ci --no-audit --no-fund --loglevel=error >&2) || fail "npm ci failed"
  echo "$lock" >web/node_modules/.installed
fi
(cd web && npm run --silent build >../web/node_modules/.build.log 2>&1) || { tail -n 30 web/node_modules/.build.log >&2; fail "npm run build failed"; }
echo "$sum" >web/dist/.sources
