#!/usr/bin/env python3
"""From the POST of a failing job's webhook until Slack has the message: median and p99 over N failures.

    FM_BINARY=build/release/firstmate tests/load/webhook_to_slack.py [N=200]

Stand-ins for GitHub and Slack on this machine. Slack takes a message a second and channel, and firstmate keeps to that;
so each failure is sent once the message before it is told and its second is over: what is measured is the way, not
the queue in front of Slack."""
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / name) for name in ("support", "scenarios")]

from build_logs import distinct_failures  # noqa: E402
from fake_github import FakeGitHub  # noqa: E402
from fake_slack import FakeSlack  # noqa: E402
from firstmate import Firstmate, wait_until  # noqa: E402
from stories import failing_run, passing_run  # noqa: E402

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 200


def main():
    times, accepted, logs = [], [], distinct_failures()
    with tempfile.TemporaryDirectory() as folder, FakeGitHub() as github, FakeSlack(interval_s=0) as slack, Firstmate(folder, github, slack) as fm:
        for n in range(COUNT):
            repository = f"load/web-{n}"
            passing_run(github, repository)
            payload = github.payloads(failing_run(github, repository, log=next(logs)))[0][1]
            last = max((request.time for request in slack.asked("chat.")), default=0)
            wait_until(lambda: time.time() - last > 1.05, 5, "Slack's second is over", every=0.01)
            begun = time.time()
            fm.webhook("workflow_job", payload).accepted()
            accepted.append(time.time() - begun)
            message = slack.wait_for(lambda m: repository in m.all_text(), 30)
            times.append(message.versions[0][0] - begun)
    times.sort()
    accepted.sort()
    at = lambda values, share: values[min(len(values) - 1, int(len(values) * share))] * 1000  # noqa: E731
    print(f"{COUNT} failures on {os.cpu_count()} cores (load {os.getloadavg()[0]:.1f}), {threading.active_count()} threads of the stand-ins")
    print(f"webhook to 202:   median {at(accepted, 0.5):6.0f} ms   p99 {at(accepted, 0.99):6.0f} ms")
    print(f"webhook to Slack: median {at(times, 0.5):6.0f} ms   p99 {at(times, 0.99):6.0f} ms   max {times[-1] * 1000:.0f} ms")


if __name__ == "__main__":
    main()
