"""Logs that come late, never, as an archive, huge, or full of secrets."""
import time

import pytest
from build_logs import failing_compile, failing_pytest, passing_pytest
from firstmate import wait_until
from stories import failing_run, passing_run, told, wait_told

TOKEN = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
AWS_ID, AWS_SECRET = "AKIA" + "IOSFODNN7QWERTYU", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz"
SLACK_TOKEN = "xoxb-" + "123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"
PASSWORD = "correct-horse-battery-staple-77"
KEY_BODY = "MIIEowIBAAKCAQEAx8RkPq1Zz9vTtQ4aUuV0sKjXwq3rN5mYbGhLpDcEfWvOiJtS"
SECRETS = [TOKEN, AWS_SECRET, SLACK_TOKEN, PASSWORD, KEY_BODY]


def log_paths(repo):
    return f"/repos/{repo}/actions/.*/logs$"


def test_a_log_that_is_not_there_yet_is_waited_for(fm, github, slack, repo):
    not_yet = github.fail("status", path=log_paths(repo), status=404, times=2)  # the job's log and the run's archive
    event = fm.send_run(failing_run(github, repo), events=("workflow_job",), wait=False)[0]
    wait_until(lambda: not_yet.met == 2, what="the log is asked for")
    waiting = wait_until(lambda: (e := fm.event(event))["error"] and e, what="the event tells what it waits for")
    assert "not there yet" in waiting["error"] and waiting["state"] == "queued", waiting
    assert told(slack, repo) == []
    done = fm.wait_done(event)
    assert done["attempts"] == 2, done
    assert "KeyError" in wait_told(slack, repo).all_text()
    assert fm.only_occurrence(repo)["log_state"] == "stored"


def test_a_log_that_stays_away_is_told_without_it_and_filled_in_later(fm, github, slack, repo):
    away = github.fail("status", path=log_paths(repo), status=404)
    event = fm.send_run(failing_run(github, repo), events=("workflow_job",), wait=False)[0]
    done = fm.wait_done(event, timeout=60)
    assert done["attempts"] == 3, "two more attempts, then people are told what is known"
    message = wait_told(slack, repo)
    assert "log" in message.all_text() and "Run tests" in message.all_text(), message.all_text()
    occurrence = fm.only_occurrence(repo)
    assert occurrence["log_state"] == "missing" and "404" in occurrence["log_reason"], occurrence
    fm.api(f"/occurrences/{occurrence['id']}/log").problem(404, "not_found")
    later = [job for job in fm.get("/jobs", event_id=event)["items"] if job["kind"] == "refetch_log"]
    assert len(later) == 1 and later[0]["state"] == "queued", later
    github.heal(away)
    fm.api(f"/jobs/{later[0]['id']}/requeue", "POST").ok(202)  # instead of waiting for a minute
    wait_until(lambda: "KeyError" in message.all_text(), 30, "the message is edited")
    assert told(slack, repo) == [message], "no second message"
    occurrence = fm.only_occurrence(repo)
    assert occurrence["log_state"] == "stored" and occurrence["analyses"] == 2, occurrence


def test_an_expired_log_yields_a_finding_that_says_so(fm, github, slack, repo):
    run = failing_run(github, repo)
    github.log_expired(run["_jobs"][0]["id"])
    event = fm.send_run(run, events=("workflow_job",))[0]
    assert fm.event(event)["attempts"] == 1, "nothing gets better by waiting"
    message = wait_told(slack, repo)
    assert "expired" in message.all_text() and "Run tests" in message.all_text(), message.all_text()
    occurrence = fm.only_occurrence(repo)
    assert occurrence["log_state"] == "expired" and "expired" in occurrence["log_reason"], occurrence
    assert "expired" in fm.api(f"/occurrences/{occurrence['id']}/log").problem(404)["detail"]


def test_the_archive_stands_in_for_a_jobs_log(fm, github, slack, repo):
    run = failing_run(github, repo, job="test (3.12) / linux")
    github.fail("status", path="/actions/jobs/[0-9]+/logs$", status=404)
    fm.send_run(run, events=("workflow_job",))
    assert "KeyError" in wait_told(slack, repo).all_text()
    occurrence = fm.only_occurrence(repo)
    assert occurrence["log_state"] == "stored" and occurrence["log_lines"] == len(run["_jobs"][0]["_log"].splitlines())


@pytest.mark.parametrize("kind", ["cut", "down", "status"])
def test_a_log_store_that_stumbles_once_costs_nothing(fm, github, slack, repo, kind):
    stumble = github.storage.fail(kind, times=1, status=503)
    try:
        fm.send_run(failing_run(github, repo), events=("workflow_job",))
        assert "KeyError" in wait_told(slack, repo).all_text()
        assert stumble.met == 1 and fm.only_occurrence(repo)["log_state"] == "stored"
    finally:
        github.storage.heal()


def test_the_log_store_never_sees_the_token(fm, github, slack, repo):
    fm.send_run(failing_run(github, repo), events=("workflow_job",))
    assert github.storage.requests and not any(request.header("Authorization") for request in github.storage.requests)


def test_without_permission_the_finding_names_the_permission(fm, github, slack, repo):
    github.fail("status", path=log_paths(repo), status=403, body='{"message":"Resource not accessible by integration"}')
    fm.send_run(failing_run(github, repo), events=("workflow_job",))
    assert "actions: read" in wait_told(slack, repo).all_text()
    assert fm.only_occurrence(repo)["log_state"] == "missing"


def test_a_log_with_odd_bytes_and_line_ends_keeps_its_lines(fm, github, slack, repo):
    log = b"\xef\xbb\xbffirst\r\nprogress 1\rprogress 2\nbad \xff\xfe byte \x1b[31mred\x1b[0m\n" + failing_pytest().encode() + b"no end"
    fm.send_run(failing_run(github, repo, log=log), events=("workflow_job",))
    assert "KeyError" in wait_told(slack, repo).all_text()
    occurrence = fm.only_occurrence(repo)
    lines = fm.get(f"/occurrences/{occurrence['id']}/log", limit=10)["lines"]
    texts = [line["text"] for line in lines[:4]]
    assert texts[1:3] == ["progress 1", "progress 2"], texts
    assert "red" in texts[3] and "\x1b" not in texts[3], texts


def test_a_large_log_is_paged_and_downloaded_whole(fm, github, slack, repo):
    passing = passing_pytest()
    filler = "".join(f"2026-01-01T00:00:00.0000000Z compiling part {n} of the shop\n" for n in range(30_000))
    passing_run(github, repo, head_sha="a" * 40)
    github.runs[max(github.runs)][1]["_jobs"][0]["_log"] = filler + passing
    run = failing_run(github, repo, log=filler + failing_pytest())
    fm.send_run(run, events=("workflow_job",))
    occurrence = fm.only_occurrence(repo)
    total, path, numbers, start = occurrence["log_lines"], f"/occurrences/{occurrence['id']}/log", [], 1
    assert total == len(run["_jobs"][0]["_log"].splitlines())
    while start is not None:
        page = fm.get(path, **{"from": start, "limit": 7000})
        numbers += [line["n"] for line in page["lines"]]
        start = page["next_from"]
    assert numbers == list(range(1, total + 1))
    new = fm.get(path, only="new")
    assert 0 < len(new["lines"]) < 60 and all(line["new"] for line in new["lines"]), len(new["lines"])
    assert any("KeyError" in line["text"] for line in new["lines"])
    whole = fm.api(path + "?format=text")
    assert whole.status == 200 and whole.header("Content-Type").startswith("text/plain") and "attachment" in whole.header("Content-Disposition")
    assert whole.body.decode() == run["_jobs"][0]["_log"]
    for wrong in ("from=0", "limit=0", "limit=10001", "limit=x", "only=old", "format=xml"):
        fm.api(f"{path}?{wrong}").problem(400, "invalid")


def test_secrets_in_a_log_reach_nobody(github, slack, make, repo):
    leaks = [f"Authenticating with token {TOKEN}", f"aws_access_key_id={AWS_ID}", f"AWS_SECRET_ACCESS_KEY={AWS_SECRET}", f"slack: {SLACK_TOKEN}",
             f"connecting with password={PASSWORD}", "-----BEGIN RSA PRIVATE KEY-----", KEY_BODY, KEY_BODY[::-1], "-----END RSA PRIVATE KEY-----",
             f"remote: https://deploy:{PASSWORD}@git.example.com/acme/web.git"]
    own = make(github=github, slack=slack).start()
    log = failing_pytest(error=f"ConnectionError: login refused for token={TOKEN}", extra=leaks)
    run = failing_run(github, repo, log=log, title=f"Use {TOKEN} for now", branch="main")
    passing_run(github, repo)
    github.runs[max(github.runs)][1]["_jobs"][0]["_log"] = "\n".join(leaks) + passing_pytest()
    own.send_run(run)
    message = wait_told(slack, repo)
    own.wait_sent(repo)
    occurrence = own.only_occurrence(repo)
    seen = message.all_text() + str(message.blocks) + str(own.walk("/events")) + str(own.failures()) + str(occurrence)
    seen += own.api(f"/occurrences/{occurrence['id']}/log?format=text").body.decode() + str(own.walk("/jobs")) + own.stderr() + own.stdout()
    assert [secret for secret in SECRETS if secret in seen] == []
    assert "GITHUB_TOKEN" in seen, "a pseudonym tells what stood there"
    assert "redacted" in message.all_text()
    with slack.lock:
        assert not any(secret.encode() in request.body for request in slack.requests for secret in SECRETS)
    assert own.files_with(*(secret.encode() for secret in SECRETS)) == []
    own.terminate()
    assert own.files_with(*(secret.encode() for secret in SECRETS)) == [], "not after the last checkpoint either"


def test_a_payload_is_gone_after_its_analysis_and_sealed_before(github, slack, make, repo):
    mark = "a-mark-that-only-the-payload-holds-4711"
    own = make(github=github, slack=slack, queue_workers=0).start()
    run = failing_run(github, repo, log=failing_compile())
    payload = dict(github.payloads(run)[0][1], organization={"login": "acme", "description": mark})
    event = own.webhook("workflow_job", payload).accepted()
    assert own.event(event)["state"] == "queued"
    assert own.files_with(mark.encode()) == [], "what waits is sealed"
    own.restart(queue_workers=4)
    own.wait_done(event)
    assert own.files_with(mark.encode()) == []
    own.terminate()
    import sqlite3
    with sqlite3.connect(own.data_dir / "firstmate.db") as db:
        assert db.execute("SELECT count(*), count(payload) FROM events").fetchone() == (1, 0)


def test_the_last_passing_run_is_found_past_other_branches_and_attempts(fm, github, slack, repo):
    mine = passing_run(github, repo, ago=7000, head_sha="b" * 40)
    passing_run(github, repo, ago=3000, branch="feature", head_sha="c" * 40)
    github.add_run(repo, conclusion="success", jobs=[{"name": "lint", "conclusion": "success"}], created_at=time.time() - 2000)
    fm.send_run(failing_run(github, repo), events=("workflow_job",))
    assert fm.only_occurrence(repo)["passing_run_id"] == str(mine["id"])
