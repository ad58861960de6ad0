#!/usr/bin/env bash
# Start and idle: bench/start.sh [BUILD=build/bench]. Stores 100,000 events, then: time from exec to /health/ready 200
# (median of nine), idle memory, idle CPU over 20 s.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build/bench}
data=$(mktemp -d)
export FIRSTMATE_GITHUB_WEBHOOK_SECRET=0123456789abcdef0123456789abcdef
serve() { "$build/firstmate" serve --listen 127.0.0.1:18091 --data-dir "$data" --log-level error "$@" >/dev/null & server=$!; }
ready() { until curl -s -o /dev/null -f http://127.0.0.1:18091/health/ready; do :; done; }
serve --queue-workers 0
ready
stored=0
while [ "$stored" -lt 100000 ]; do
  n=$("$build/bench_webhooks" 18091 $FIRSTMATE_GITHUB_WEBHOOK_SECRET workflow_job 8192 64 4 in_progress | sed -E 's/.* n ([0-9]+).*/\1/')
  stored=$((stored + n))
done
kill $server; wait $server || true
echo "events stored: $stored, database $(du -m "$data/firstmate.db" | cut -f1) MB"
python3 - "$build/firstmate" "$data" <<'P'
import http.client, os, statistics, subprocess, sys, time
times = []
for _ in range(9):
    start = time.perf_counter()
    p = subprocess.Popen([sys.argv[1], "serve", "--listen", "127.0.0.1:18091", "--data-dir", sys.argv[2], "--log-level", "error"], stdout=subprocess.DEVNULL)
    while True:
        try:
            c = http.client.HTTPConnection("127.0.0.1", 18091, timeout=5)
            c.request("GET", "/health/ready")
            if c.getresponse().status == 200:
                break
        except OSError:
            time.sleep(0.002)
    times.append((time.perf_counter() - start) * 1e3)
    if len(times) == 9:
        stat = lambda: sum(int(x) for x in open(f"/proc/{p.pid}/stat").read().rsplit(")", 1)[1].split()[11:13])
        time.sleep(3)
        before = stat()
        time.sleep(20)
        rss = next(line.split()[1] for line in open(f"/proc/{p.pid}/status") if line.startswith("VmRSS"))
        print(f"idle: {int(rss) / 1024:.1f} MB resident, {(stat() - before) / 20:.2f} % of a core")
    p.terminate()
    p.wait()
print(f"start to ready: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms")
P
rm -rf "$data"
