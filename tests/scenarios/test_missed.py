"""Deliveries that never arrived: reconciled, polled, replayed."""
import json
import uuid

from firstmate import SECRET, wait_until
from stories import failing_run, passing_run, told, wait_told


def payload_of(github, repo, event="workflow_job", **how):
    return next(payload for kind, payload in github.payloads(failing_run(github, repo, **how)) if kind == event)


def test_missed_deliveries_are_fetched_and_those_that_arrived_are_not(github, slack, make, repo):
    own = make(github=github, slack=slack, github_reconcile=repo, github_reconcile_interval="10s").start()
    github.add_hook(repo, own.webhook_url)
    arrived = github.send_webhook(own.webhook_url, SECRET, "workflow_job", payload_of(github, repo))
    assert arrived["status_code"] == 202
    missed = github.add_delivery(repo, "workflow_job", payload_of(github, repo, job="overlooked"), status_code=503)
    broken = github.add_delivery(repo, "workflow_run", {"action": "completed", "repository": {"full_name": repo}}, status_code=502)
    assert "KeyError" in wait_told(slack, repo, "overlooked", timeout=40).all_text()
    events = {event["delivery_id"]: event for event in own.walk("/events")}
    assert set(events) == {arrived["guid"], missed["guid"]}, "what cannot be read is left out and logged"
    wait_until(lambda: any(broken["guid"] in json.dumps(line) and line["level"] == "warn" for line in own.log()), what="the log names it")
    assert events[missed["guid"]]["redelivered_count"] == 0
    # It comes again while nothing more is missed: nothing happens twice.
    looks = len(github.asked(f"/repos/{repo}/hooks/.*/deliveries"))
    wait_until(lambda: len(github.asked(f"/repos/{repo}/hooks/[0-9]+/deliveries\\?")) > looks, 30, "the next look")
    assert len(own.walk("/events")) == 2
    assert own.terminate() == 0


def test_reconciling_a_repository_without_a_webhook_says_so(github, make, repo):
    github.repository(repo)
    own = make(github=github, github_reconcile=repo, github_reconcile_interval="10s").start()
    wait_until(lambda: any("no webhook" in json.dumps(line) for line in own.log()), 30, "the log says what is missing")
    assert own.health()[0] == 200


def test_failed_runs_are_found_by_polling_where_no_webhook_arrives(github, slack, make, repo):
    failing_run(github, repo, ago=300)
    passing_run(github, repo, ago=90_000)
    own = make(github=github, slack=slack, github_webhook_secret=None, github_poll=repo, github_poll_interval="10s").start()
    root = wait_told(slack, repo, "KeyError", timeout=40)
    assert own.only_occurrence(repo)["analyses"] == 1
    fixed = passing_run(github, repo, ago=20)
    wait_until(lambda: "*Recovered* by" in root.all_text(), 40, "the next look finds the recovery")
    assert f"run #{fixed['run_number']}" in root.all_text()
    assert len(told(slack, repo)) == 1
    sources = {event["source"] for event in own.walk("/events")}
    assert sources == {"github_poll"}
    # After a restart the past is not told again.
    events = len(own.walk("/events"))
    own.restart()
    looks = len(github.asked(f"/repos/{repo}/actions/runs\\?"))
    wait_until(lambda: len(github.asked(f"/repos/{repo}/actions/runs\\?")) > looks, 30, "it looks again")
    assert len(own.walk("/events")) == events and len(told(slack, repo)) == 1


def test_replay_sends_recorded_payloads_signed(fm, github, slack, repo, cli, tmp_path):
    files = []
    for event, payload in github.payloads(failing_run(github, repo)):
        files.append(tmp_path / f"{event}.json")
        files[-1].write_text(json.dumps(payload))
    done = cli("replay", *files, FIRSTMATE_URL=fm.url, FIRSTMATE_GITHUB_WEBHOOK_SECRET=SECRET)
    assert done.returncode == 0 and done.stdout.count("202") == 3, (done.stdout, done.stderr)
    assert "KeyError" in wait_told(slack, repo).all_text()
    before = len(fm.walk("/events", repository=repo))
    cli("replay", *files, FIRSTMATE_URL=fm.url, FIRSTMATE_GITHUB_WEBHOOK_SECRET=SECRET)
    assert len(fm.walk("/events", repository=repo)) == before == 3, "the same file is the same delivery"
    again = json.loads(cli("replay", files[0], "--new", "-o", "json", "--url", fm.url, FIRSTMATE_GITHUB_WEBHOOK_SECRET=SECRET).stdout)
    assert again["sent"][0]["status"] == 202 and again["sent"][0]["event"] == "workflow_job"
    fm.wait_done(again["sent"][0]["answer"]["id"])
    assert fm.only_occurrence(repo)["analyses"] == 1


def test_replay_says_what_it_lacks(fm, cli, tmp_path):
    (tmp_path / "odd.json").write_text('{"hello": 1}')
    (tmp_path / "bad.json").write_text("{")
    known = {"FIRSTMATE_URL": fm.url, "FIRSTMATE_GITHUB_WEBHOOK_SECRET": SECRET}
    unsigned = cli("replay", tmp_path / "odd.json", FIRSTMATE_URL=fm.url)
    assert unsigned.returncode == 1 and "FIRSTMATE_GITHUB_WEBHOOK_SECRET" in unsigned.stderr
    odd = cli("replay", tmp_path / "odd.json", **known)
    assert odd.returncode == 1 and "--event" in odd.stderr
    named = cli("replay", tmp_path / "odd.json", "--event", "star", **known)
    assert named.returncode == 0 and "202" in named.stdout, (named.stdout, named.stderr)
    assert cli("replay", tmp_path / "bad.json", **known).returncode == 1
    assert cli("replay", tmp_path / "none.json", **known).returncode == 1
    wrong = cli("replay", tmp_path / "odd.json", "--event", "star", FIRSTMATE_URL=fm.url, FIRSTMATE_GITHUB_WEBHOOK_SECRET=str(uuid.uuid4()))
    assert wrong.returncode == 1 and "401" in wrong.stdout
    assert cli("replay").returncode == 2
    nobody = cli("replay", tmp_path / "odd.json", "--event", "star", FIRSTMATE_URL="http://127.0.0.1:9", FIRSTMATE_GITHUB_WEBHOOK_SECRET=SECRET)
    assert nobody.returncode == 1 and nobody.stderr
