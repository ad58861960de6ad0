"""What POST /webhooks/github takes and what it refuses, each with its reason."""
import json
import os
import subprocess
import tarfile
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest
from firstmate import SECRET, sign, wait_until
from stories import failing_run, told, wait_told

LIMIT = 25 * 1024 * 1024
EXAMPLES = "7.6.1"


def payload_of(github, repo, event="workflow_job", **how):
    return next(payload for kind, payload in github.payloads(failing_run(github, repo, **how)) if kind == event)


def test_a_missing_signature_is_refused_before_anything_is_read(fm):
    document = fm.webhook("workflow_job", b"this is no JSON", headers={"X-Hub-Signature-256": None}).problem(401, "unauthorised")
    assert "X-Hub-Signature-256" in document["detail"] and "secret" in document["remedy"]


@pytest.mark.parametrize("signature", ["sha256=" + "0" * 64, "sha256=", "nonsense", "sha1=" + "0" * 40, "sha256=" + "zz" * 32, "SHA256=abc"])
def test_a_wrong_signature_is_refused(fm, signature):
    fm.webhook("ping", {"zen": "x"}, headers={"X-Hub-Signature-256": signature}).problem(401, "unauthorised")


def test_another_secret_is_refused(fm, github, repo):
    fm.webhook("workflow_job", payload_of(github, repo), secret="another-secret-that-is-long-enough").problem(401, "unauthorised")
    assert fm.walk("/events", repository=repo) == []


def test_a_signature_over_another_body_is_refused(fm, github, repo):
    body = json.dumps(payload_of(github, repo)).encode()
    fm.webhook("workflow_job", body + b" ", headers={"X-Hub-Signature-256": sign(SECRET, body)}).problem(401, "unauthorised")


def test_without_a_secret_everything_is_refused_and_the_start_says_so(make, github, repo):
    own = make(github_webhook_secret=None).start()
    document = own.webhook("ping", {"zen": "x"}, secret="whatever-it-may-be").problem(403, "forbidden")
    assert "FIRSTMATE_GITHUB_WEBHOOK_SECRET" in document["remedy"]
    own.webhook("ping", {"zen": "x"}, secret="x", headers={"X-Hub-Signature-256": sign("", b'{"zen":"x"}')}).problem(403)
    assert "refused until FIRSTMATE_GITHUB_WEBHOOK_SECRET is set" in own.banner
    assert any("secret" in line["msg"] and line["level"] == "warn" for line in own.log()), own.log()


def test_ping_is_answered(fm):
    assert "pong" in fm.webhook("ping", {"zen": "Keep it logically awesome.", "hook_id": 1}).ok(200)["message"]


@pytest.mark.parametrize("name, event, body, words", [
    ("no JSON", "workflow_job", b"{", "not JSON"),
    ("empty", "workflow_job", b"", "not JSON"),
    ("an array", "push", b"[]", "no object"),
    ("invalid UTF-8", "push", b'{"ref":"\xff\xfe"}', "not JSON"),
    ("no job", "workflow_job", b'{"action":"completed","repository":{"full_name":"a/b"}}', "workflow_job"),
    ("no repository", "workflow_run", b'{"action":"completed","workflow_run":{"id":1}}', "repository.full_name"),
    ("no id", "check_run", b'{"action":"completed","check_run":{},"repository":{"full_name":"a/b"}}', "check_run.id"),
    ("a text for an object", "workflow_run", b'{"workflow_run":"x","repository":{"full_name":"a/b"}}', "workflow_run"),
    ("deep nesting", "push", b'{"a":' * 3000 + b"1" + b"}" * 3000, "not JSON"),
])
def test_a_malformed_body_is_refused_with_its_reason(fm, name, event, body, words):
    document = fm.webhook(event, body).problem(400, "invalid")
    assert words in document["detail"], document


@pytest.mark.parametrize("header", ["X-GitHub-Event", "X-GitHub-Delivery"])
@pytest.mark.parametrize("value", [None, "", "x" * 201])
def test_a_missing_or_unusable_header_is_refused_by_name(fm, header, value):
    assert header in fm.webhook("ping", {"zen": "x"}, headers={header: value}).problem(400, "invalid")["detail"]


def test_a_form_is_read_as_well(fm, github, slack, repo):
    body = urlencode({"payload": json.dumps(payload_of(github, repo))}).encode()
    fm.wait_done(fm.webhook("workflow_job", body, headers={"Content-Type": "application/x-www-form-urlencoded"}).accepted())
    assert "KeyError" in wait_told(slack, repo).all_text()
    fm.webhook("workflow_job", b"other=1", headers={"Content-Type": "application/x-www-form-urlencoded"}).problem(400, "invalid")


def test_the_size_limit_is_exact(fm):
    head, tail = b'{"zen":"', b'"}'
    fits = head + b"x" * (LIMIT - len(head) - len(tail)) + tail
    assert fm.webhook("ping", fits, timeout=60).status == 200
    document = fm.webhook("ping", fits + b" ", timeout=60).problem(413, "too_large")
    assert "25 MiB" in document["detail"] and document["remedy"], document
    assert fm.request("GET", "/health/live").status == 200


def test_a_body_of_nearly_25_mb_is_taken_and_analysed(fm, github, slack, repo):
    payload = dict(payload_of(github, repo), padding="y" * 20_000_000)
    fm.wait_done(fm.webhook("workflow_job", payload, timeout=60).accepted())
    assert "KeyError" in wait_told(slack, repo).all_text()


def test_the_same_delivery_five_times_is_one_event(fm, github, slack, repo):
    payload, guid = payload_of(github, repo), str(uuid.uuid4())
    ids = [fm.webhook("workflow_job", payload, guid=guid).accepted() for _ in range(5)]
    assert len(set(ids)) == 1
    event = fm.wait_done(ids[0])
    assert event["redelivered_count"] == 4 and event["delivery_id"] == guid and event["attempts"] == 1, event
    assert len(fm.walk("/events", repository=repo)) == 1
    assert fm.only_occurrence(repo)["analyses"] == 1
    wait_told(slack, repo)
    fm.wait_sent(repo)
    assert len(told(slack, repo)) == 1


def test_the_same_delivery_from_many_sides_at_once_is_one_event(fm, github, slack, repo):
    payloads = [(event, payload, str(uuid.uuid4())) for event, payload in github.payloads(failing_run(github, repo))]
    ids, lock = [], threading.Lock()

    def send(event, payload, guid):
        got = fm.webhook(event, payload, guid=guid).accepted()
        with lock:
            ids.append((guid, got))

    threads = [threading.Thread(target=send, args=one) for one in payloads * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 15 and len(set(ids)) == 3, ids
    for _, event in set(ids):
        fm.wait_done(event)
    assert len(fm.walk("/events", repository=repo)) == 3
    assert fm.only_occurrence(repo)["analyses"] == 1
    fm.wait_sent(repo)
    assert len(told(slack, repo)) == 1


def dead_event(own, github, repo):
    """An event that cannot be analysed because what it holds was damaged; returns it with a way to mend it."""
    import sqlite3
    payload, guid = payload_of(github, repo), str(uuid.uuid4())
    own.settings["queue_workers"] = 0
    event = own.start().webhook("workflow_job", payload, guid=guid).accepted()
    own.terminate()

    def write(blob):
        with sqlite3.connect(own.data_dir / "firstmate.db") as db:
            old = db.execute("SELECT payload FROM events WHERE id = ?", (event,)).fetchone()[0]
            db.execute("UPDATE events SET payload = ? WHERE id = ?", (blob, event))
        return old

    sealed = write(b"damaged beyond repair, and more bytes than a seal has")
    own.settings["queue_workers"] = 2
    own.start()
    own.wait_state(event, "dead")
    return event, guid, payload, lambda: write(sealed)


def test_a_dead_event_is_seen_and_repeated_by_hand(github, slack, make, repo):
    own = make(github=github, slack=slack)
    event, _, _, mend = dead_event(own, github, repo)
    shown = own.event(event)
    assert shown["error"] and shown["done_at"] is None, shown
    assert [one["id"] for one in own.walk("/events", state="dead")] == [event]
    job = own.walk("/jobs", state="dead")[0]
    assert job["event_id"] == event and job["last_error"], job
    assert own.get("/status")["queue"]["dead"] == 1 and own.get("/status")["counts"]["events_dead"] == 1
    assert own.metrics()["firstmate_queue_dead"] == 1
    own.api(f"/events/{event}/requeue", "POST").ok(202)  # nothing is mended yet: dead again
    own.wait_state(event, "dead")
    own.terminate()
    mend()
    own.start()
    viewer = own.new_key("viewer")["key"]
    own.api(f"/events/{event}/requeue", "POST", key=viewer).problem(403, "forbidden")
    assert own.api(f"/jobs/{job['id']}/requeue", "POST").ok(202)["state"] in ("queued", "running", "done")
    own.wait_done(event)
    assert "KeyError" in wait_told(slack, repo).all_text()
    own.api(f"/events/{event}/requeue", "POST").problem(409, "conflict")


def test_a_redelivery_of_a_dead_event_queues_it_again(github, slack, make, repo):
    own = make(github=github, slack=slack)
    event, guid, payload, mend = dead_event(own, github, repo)
    own.terminate()
    mend()
    own.start()
    assert own.event(event)["state"] == "dead"
    assert own.webhook("workflow_job", payload, guid=guid).accepted() == event
    own.wait_done(event)
    assert "KeyError" in wait_told(slack, repo).all_text()
    assert own.terminate() == 0


def test_events_that_need_nothing_are_done_at_once(fm, repo):
    body = {"ref": "refs/heads/main", "after": "e" * 40, "repository": {"full_name": repo}, "pusher": {"name": "ada"}, "head_commit": {"message": "Mend it\n\nAt last"}}
    event = fm.event(fm.webhook("push", body).accepted())
    assert (event["state"], event["kind"], event["branch"], event["actor"], event["sha"]) == ("done", "push", "main", "ada", "e" * 40)
    assert event["summary"] == "push to main: Mend it" and event["done_at"] and event["attempts"] == 0
    fm.api(f"/events/{event['id']}/requeue", "POST").problem(409, "conflict")


def test_other_methods_and_paths(fm):
    reply = fm.request("GET", "/webhooks/github")
    reply.problem(405)
    assert "POST" in reply.header("Allow")
    fm.request("POST", "/webhooks/gitlab", b"{}").problem(404)


def test_what_became_of_deliveries_is_counted(make):
    own = make().start()
    guid = str(uuid.uuid4())
    for _ in range(2):
        own.webhook("push", {"ref": "refs/heads/main", "repository": {"full_name": "a/b"}}, guid=guid).accepted()
    own.webhook("push", b"{").problem(400)
    own.webhook("push", b"{}", secret="not-the-secret").problem(401)
    count = lambda result: own.metrics().get(f'firstmate_webhooks_total{{source="github",result="{result}"}}')  # noqa: E731
    assert {name: count(name) for name in ("accepted", "repeated", "malformed", "bad_signature")} == dict.fromkeys(("accepted", "repeated", "malformed", "bad_signature"), 1)


def examples():
    """npm's @octokit/webhooks-examples in a cache outside the repository; None where it cannot be had."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "firstmate-peers"
    archive = cache / f"octokit-webhooks-examples-{EXAMPLES}.tgz"
    if not archive.exists():
        cache.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run(["npm", "pack", f"@octokit/webhooks-examples@{EXAMPLES}", "--pack-destination", str(cache)], capture_output=True, timeout=60, check=True, cwd=cache)
        except (OSError, subprocess.SubprocessError):
            return None
    out = []
    with tarfile.open(archive) as tar:
        for member in sorted(tar.getnames()):
            if member.endswith("/index.json"):
                for kind in json.load(tar.extractfile(member)):
                    out += [(member.split("/")[-2], kind["name"], example) for example in kind["examples"]]
    return out


def test_every_published_example_is_taken_or_refused_with_a_reason(make):
    found = examples()
    if found is None:
        pytest.skip(f"npm's @octokit/webhooks-examples {EXAMPLES} cannot be had here")
    assert len(found) > 700, len(found)
    own = make(queue_workers=2).start()
    accepted, refused = {}, []
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda one: own.webhook(one[1], one[2]), found))
    for (version, event, _), reply in zip(found, replies):
        if reply.status in (200, 202):
            if reply.status == 202:
                accepted[reply.accepted()] = event
            continue
        document = reply.problem(400)
        assert document["detail"] and document["remedy"], document
        refused.append((version, event, document["detail"]))
    pinged = sum(event == "ping" for _, event, _ in found)
    assert len(accepted) + len(refused) + pinged == len(found)
    assert len(refused) <= len(found) // 100, refused[:20]
    shown = {event["id"]: event["kind"] for event in own.walk("/events", limit=100)}
    assert shown == accepted
    assert all(event["summary"] for event in own.walk("/events", limit=100))
    wait_until(lambda: own.get("/status")["queue"]["running"] == 0, what="nothing runs")
    assert own.terminate() == 0
