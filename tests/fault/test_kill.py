"""kill -9 under load, again and again: nothing that was answered 202 is lost, nothing is told twice unmarked.

FM_KILL_ROUNDS (20) sets the number of rounds; 1000 is the long run."""
import http.client
import os
import random
import threading
import uuid

from firstmate import wait_until
from stories import failing_run

ROUNDS = int(os.environ.get("FM_KILL_ROUNDS", "20"))
REPOSITORY = "acme/web"


class Load:
    """Threads that post the deliveries of one new failing run, and pushes, until told to stop."""

    def __init__(self, fm, github, accepted):
        self.fm, self.accepted, self.stop, self.lock = fm, accepted, threading.Event(), threading.Lock()
        run = failing_run(github, REPOSITORY)
        deliveries = [(event, payload, str(uuid.uuid4())) for event, payload in github.payloads(run)]
        self.run = run["id"]
        self.threads = [threading.Thread(target=self._deliver, args=(deliveries[n:] + deliveries[:n],)) for n in range(3)]
        for thread in self.threads:
            thread.start()

    def _post(self, event, payload, guid):
        try:
            reply = self.fm.webhook(event, payload, guid=guid, timeout=10)
        except (OSError, http.client.HTTPException):
            return False  # killed: no answer, no promise
        assert reply.status in (202, 503), reply.status
        if reply.status == 202:
            with self.lock:
                self.accepted.setdefault(guid, set()).add(reply.accepted())
        return reply.status == 202

    def _deliver(self, deliveries):
        for delivery in deliveries:
            self._post(*delivery)
        while not self.stop.is_set():
            if not self._post("push", {"ref": "refs/heads/main", "repository": {"full_name": REPOSITORY}}, str(uuid.uuid4())):
                return

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def test_nothing_accepted_is_lost_and_nothing_is_told_twice_unmarked(make, github, slack):
    slack.interval_s = 0  # the program keeps its own pace
    fm, accepted, runs, pause, rng = make(github=github, slack=slack), {}, [], threading.Event(), random.Random(4711)
    for _ in range(ROUNDS):
        fm.start()
        load = Load(fm, github, accepted)
        runs.append(load.run)
        pause.wait(rng.uniform(0.0, 0.35))  # somewhere between the first byte and the message
        fm.kill9()
        load.end()
    fm.start()
    assert accepted and all(len(ids) == 1 for ids in accepted.values()), "a delivery is one event, before and after a crash"
    ids = {event for found in accepted.values() for event in found}
    known = {}

    def all_done():
        known.update({event["id"]: event for event in fm.walk("/events", limit=200)})
        return all(event["state"] in ("done", "dead") for event in known.values())

    wait_until(all_done, 60 + ROUNDS, "every event is done", every=0.3)
    assert ids - set(known) == set(), "answered 202 and lost"
    # An analysis that was cut off twelve times over is set aside, visibly and with the reason; a person repeats it.
    for event in [one for one in known.values() if one["state"] == "dead"]:
        assert "stopped while it ran" in event["error"] and event["attempts"] >= 12, event
        fm.api(f"/events/{event['id']}/requeue", "POST").ok(202)
        fm.wait_done(event["id"])
    # Each run that was accepted at all has one occurrence, saved once. An analysis that a kill cut off left a mark.
    told_of = {int(event["run_id"]) for event in known.values() if event["run_id"]}
    if not told_of:
        return
    failure = fm.only_failure(REPOSITORY)
    occurrences = fm.walk(f"/failures/{failure['id']}/occurrences", limit=50)
    assert sorted(int(one["run_id"]) for one in occurrences) == sorted(told_of)
    assert {one["analyses"] for one in occurrences} == {1}
    # As many messages as runs; one more only where it says that it may be a repetition.
    wait_until(lambda: fm.metrics()["firstmate_outbox_waiting"] == 0 and len(slack.messages) >= len(told_of), 60 + 3 * ROUNDS, "all messages are sent", every=0.2)
    for run in told_of:
        about = [m for m in slack.messages if f"/actions/runs/{run}/" in str(m.blocks)]
        unmarked = [m for m in about if "repeat" not in m.all_text().lower() and "twice" not in m.all_text().lower()]
        assert about and len(unmarked) <= 1, (run, [m.all_text()[:300] for m in about])
    assert fm.terminate() == 0
    print(f"{ROUNDS} rounds, {len(ids)} events accepted, {len(told_of)} runs, {len(slack.messages)} messages")
