"""The disk fills up: deliveries are refused and asked again, and it goes on by itself once there is room."""
import os
import subprocess

import pytest
from firstmate import wait_until
from stories import failing_run, wait_told

MIB = 1024 * 1024


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(place)], capture_output=True).returncode == 0
    if not mounted:
        pytest.skip("a small disk can be mounted by root only")
    yield place
    subprocess.run(["umount", "-l", str(place)], capture_output=True, check=True)


def fill(place):
    """A file that takes all room that is left."""
    with open(place / "filler", "ab", buffering=0) as file:
        for size in (MIB, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def test_a_full_disk_is_503_and_heals_by_itself(make, github, slack, small_disk):
    fm = make(github=github, slack=slack, data_dir=small_disk / "data", store_ballast="4MiB").start()
    accepted = [fm.send_run(failing_run(github, "acme/web"), events=("workflow_job",))[0]]
    wait_told(slack, "acme/web")
    fill(small_disk)
    refused, padding = None, "y" * 200_000
    payload = github.payloads(failing_run(github, "acme/full"))[0][1]
    for n in range(400):
        reply = fm.webhook("workflow_job", dict(payload, padding=padding, n=n))
        if reply.status != 202:
            refused = reply
            break
        accepted.append(reply.accepted())
        fill(small_disk)  # what the ballast gave is eaten as well
    assert refused is not None, "the disk never filled"
    document = refused.problem(503, "unavailable")
    assert int(refused.header("Retry-After")) >= 1 and document["detail"], document
    code, health = wait_until(lambda: (h := fm.health())[0] == 503 and h, what="/health says 503")
    assert health["status"] == "down" and next(one for one in health["dependencies"] if one["name"] == "store")["remedy"], health
    assert fm.request("GET", "/health/live").status == 200
    wait_until(lambda: [line for line in fm.log() if line["level"] in ("error", "warn") and any(word in str(line).lower() for word in ("full", "space"))], what="a clear log line")
    assert all(fm.event(event)["id"] == event for event in accepted), "reading goes on"

    (small_disk / "filler").unlink()
    wait_until(lambda: fm.health()[0] == 200, 30, "it recovers without a restart")
    again = fm.webhook("workflow_job", payload).accepted()
    for event in [*accepted, again]:
        fm.wait_done(event, timeout=60)
    wait_told(slack, "acme/full")
    assert fm.terminate() == 0
    fm.start()
    assert {event["id"] for event in fm.walk("/events", limit=200)} >= {*accepted, again}
    assert fm.terminate() == 0


def test_a_disk_too_small_to_start_on_is_refused_in_words(make, small_disk):
    fill(small_disk)
    fm = make(data_dir=small_disk / "data").launch()
    assert fm.process.wait(30) == 1
    assert "→" in fm.stderr() and any(word in fm.stderr().lower() for word in ("full", "space", "writ")), fm.stderr()
