#!/usr/bin/env bash
# Usage: bench/http_edge.sh build/bench/bench_http_edge [port]
# Each case for 3 s, three times, with one event loop; prints the server's CPU per request and wrk's own figures.
set -euo pipefail
binary=$1
port=${2:-18080}
here=$(cd "$(dirname "$0")" && pwd)
"$binary" --listen "127.0.0.1:$port" --threads 1 > /dev/null &
server=$!
trap 'kill "$server" 2> /dev/null || true' EXIT
curl -s -o /dev/null --retry 20 --retry-connrefused --retry-delay 0 "http://127.0.0.1:$port/cpu"
echo "idle RSS: $(awk '/VmRSS/ {print $2}' "/proc/$server/status") kB"
for case in GET/edge GET/pool POST/edge POST/pool; do
  script=()
  [[ $case == POST* ]] && script=(-s "$here/post_2k.lua")
  for _ in 1 2 3; do
    result=$(wrk -t1 -c64 -d3 --latency "${script[@]}" "http://127.0.0.1:$port/${case#*/}" |
      awk '/Requests\/sec/ {rps = $2} /50%/ {p50 = $2} /99%/ {p99 = $2} END {print rps " req/s, p50 " p50 ", p99 " p99}')
    echo "$case: $result, $(curl -s "http://127.0.0.1:$port/cpu")"
  done
done
