#!/usr/bin/env bash
# Durable webhooks: bench/webhooks.sh [BUILD=build/bench]. The server and the load generator share this machine's cores.
# For each kind: three runs of five seconds with 64 connections; CPU of the server per delivery from its own accounting.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build/bench}
secret=0123456789abcdef0123456789abcdef
data=$(mktemp -d)
python3 - "$data" <<'P'
import os, statistics, sys, time
path = os.path.join(sys.argv[1], "probe")
fd = os.open(path, os.O_CREAT | os.O_WRONLY)
times = []
for _ in range(300):
    os.write(fd, b"x" * 8192)
    start = time.perf_counter()
    os.fdatasync(fd)
    times.append((time.perf_counter() - start) * 1e3)
print(f"fdatasync of this disk: p50 {statistics.median(times):.2f} ms, p99 {sorted(times)[297]:.2f} ms")
P
cpu_us() { awk '{print ($14 + $15) * 10000}' "/proc/$1/stat"; }
for case in "workflow_job 8192 in_progress" "workflow_job 8192 failure" "workflow_run 20480 in_progress" "workflow_run 20480 success"; do
  set -- $case
  for round in 1 2 3; do
    rm -rf "$data/db"
    FIRSTMATE_GITHUB_WEBHOOK_SECRET=$secret FIRSTMATE_QUEUE_WORKERS=${WORKERS:-0} "$build/firstmate" serve --listen 127.0.0.1:18090 --data-dir "$data/db" --log-level error >/dev/null &
    server=$!
    for _ in $(seq 100); do curl -s -o /dev/null http://127.0.0.1:18090/health/live && break; done
    before=$(cpu_us $server)
    line=$("$build/bench_webhooks" 18090 $secret "$1" "$2" 64 5 "$3")
    after=$(cpu_us $server)
    n=$(sed -E 's/.* n ([0-9]+).*/\1/' <<<"$line")
    echo "$3 $line, server CPU $(awk -v a="$before" -v b="$after" -v n="$n" 'BEGIN {printf "%.1f", (b - a) / n}') µs each, peak $(awk '/VmHWM/ {print int($2 / 1024)}' /proc/$server/status) MB"
    kill $server
    wait $server || true
  done
done
rm -rf "$data"
