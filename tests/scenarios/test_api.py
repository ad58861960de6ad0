"""Lists, filters, cursors, live changes, health and metrics."""
import json
import re
import socket

import pytest
from build_logs import distinct_failures, failing_compile
from firstmate import ADMIN_KEY, LiveStream, wait_until
from stories import failing_run, passing_run


@pytest.fixture(scope="module")
def filled(fm, github):
    """Nine patterns of failure over three repositories; event ids."""
    logs, ids = distinct_failures(), []
    for n in range(9):
        log = failing_compile() if n == 4 else next(logs)
        run = failing_run(github, f"lists/shop-{n % 3}", job=f"job-{n}", log=log, branch="main" if n % 2 else "feature/x", ago=900 - n, workflow="Nightly" if n == 8 else "CI")
        ids += fm.send_run(run, events=("workflow_job",))
    fm.send_run(passing_run(github, "lists/shop-0", job="job-0", branch="feature/x", ago=1), events=("workflow_job",))
    return ids


def test_each_list_is_walked_completely_and_each_item_once(fm, filled):
    for path in ("/events", "/failures", "/jobs"):
        whole = fm.get(path, limit=100)
        items = whole["items"] if whole["next_cursor"] is None else fm.walk(path, limit=100)
        walked = fm.walk(path, limit=2)
        assert [one["id"] for one in walked] == [one["id"] for one in items], path
        assert len({one["id"] for one in walked}) == len(walked) >= 9, path


def test_a_walk_sees_each_item_once_while_new_ones_arrive(fm, github, filled, repo):
    seen, cursor = [], None
    while True:
        page = fm.get("/events", limit=3, **({"cursor": cursor} if cursor else {}))
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
        if len(seen) < 10:
            fm.webhook("push", {"ref": "refs/heads/main", "repository": {"full_name": repo}}).accepted()
    assert len(set(seen)) == len(seen) and set(filled) <= set(seen)


def test_failures_are_filtered(fm, filled):
    count = lambda **query: len([one for one in fm.failures(**query) if one["repository"].startswith("lists/")])  # noqa: E731
    assert count() == 9
    assert [count(repository=f"lists/shop-{n}") for n in range(3)] == [3, 3, 3]
    assert count(job="job-4") == count(category="compile_error") == 1
    assert count(workflow="Nightly") == 1 and count(workflow="CI") == 8
    assert count(branch="feature/x") == 5
    assert count(state="recovered") == 1 and count(state="open") == 8
    assert count(q="undeclared identifier") == 1 and count(q="shop-1") == 3 and count(q="no such words") == 0
    assert count(since="2000-01-01T00:00:00Z") == 9
    assert fm.failures(since="2999-01-01T00:00:00Z") == []
    assert count(repository="lists/shop-1", job="job-4", state="open") == 1 and count(repository="lists/shop-0", job="job-4") == 0


def test_words_with_like_signs_are_taken_literally(fm, filled):
    assert fm.failures(q="%") == [one for one in fm.failures() if "%" in json.dumps(one["cause"]["summary"] + one["job"] + one["repository"])]


def test_failures_come_newest_first(fm, filled):
    times = [one["last_seen"] for one in fm.failures()]
    assert times == sorted(times, reverse=True)


def test_events_are_filtered(fm, filled):
    assert {one["id"] for one in fm.walk("/events", kind="workflow_job", repository="lists/shop-1")} == set(filled[1::3])
    assert fm.walk("/events", state="dead") == [] and fm.walk("/events", repository="lists/none") == []
    assert all(one["state"] == "done" for one in fm.walk("/events", state="done", limit=50))
    one = fm.event(filled[0])
    assert one["failure_id"] and one["summary"] and one["size_bytes"] > 500 and one["received_at"] <= one["done_at"]
    assert any(found["id"] == filled[0] for found in fm.walk("/events", q=one["summary"][:20], limit=100))


def test_jobs_are_listed_with_their_event(fm, filled):
    job = fm.get("/jobs", event_id=filled[0])["items"][0]
    assert (job["kind"], job["state"], job["attempts"], job["event_id"]) == ("github_event", "done", 1, filled[0])
    assert fm.get(f"/jobs/{job['id']}") == job
    assert {one["kind"] for one in fm.walk("/jobs", kind="github_event", limit=100)} == {"github_event"}
    fm.api(f"/jobs/{job['id']}/requeue", "POST").problem(409, "conflict")


@pytest.mark.parametrize("path", ["/events?state=lost", "/events?limit=0", "/events?limit=201", "/events?limit=x", "/failures?state=closed", "/failures?category=magic",
                                  "/failures?cursor=nonsense", "/failures?since=yesterday", "/jobs?state=lost", "/failures?limit=-1"])
def test_a_wrong_query_is_refused_with_its_reason(fm, path):
    assert fm.api(path).problem(400, "invalid")["detail"]


@pytest.mark.parametrize("path", ["/events/evt_none", "/failures/fail_none", "/failures/fail_none/occurrences", "/occurrences/occ_none", "/occurrences/occ_none/log", "/jobs/job_none", "/nothing"])
def test_what_is_not_there_is_a_problem_document(fm, path):
    fm.api(path).problem(404, "not_found")


@pytest.mark.parametrize("method, path, allowed", [("DELETE", "/events", "GET"), ("POST", "/failures", "GET"), ("PUT", "/keys", "POST"), ("GET", "/setup", "POST")])
def test_another_method_is_told_which_ones_there_are(fm, method, path, allowed):
    reply = fm.api(path, method)
    reply.problem(405)
    assert allowed in reply.header("Allow")


def test_occurrences_of_a_failure_are_paged(fm, github, repo):
    for n in range(5):
        fm.send_run(failing_run(github, repo, ago=800 - n * 60), events=("workflow_job",))
    failure = fm.only_failure(repo)
    pages = fm.walk(f"/failures/{failure['id']}/occurrences", limit=2)
    assert len(pages) == len({one["id"] for one in pages}) == failure["occurrence_count"] == 5
    assert [one["started_at"] for one in pages] == sorted((one["started_at"] for one in pages), reverse=True)
    assert failure["latest_occurrence_id"] == pages[0]["id"]


def test_the_live_stream_tells_what_changed(fm, github, repo):
    stream = LiveStream(fm)
    assert " 200 " in stream.head.splitlines()[0] and "text/event-stream" in stream.head, stream.head
    event = fm.send_run(failing_run(github, repo), events=("workflow_job",))[0]
    wait_until(lambda: {"events", "jobs", "failures"} <= stream.resources(), what="events, jobs and failures change")
    assert any(data["resource"] == "events" and data["id"] == event for _, data in stream.events), stream.events
    stream.close()


def test_many_readers_of_the_live_stream_come_and_go(fm, github, repo):
    streams = [LiveStream(fm) for _ in range(20)]
    for one in streams[::2]:
        one.close()
    fm.send_run(failing_run(github, repo), events=("workflow_job",))
    wait_until(lambda: all("failures" in one.resources() for one in streams[1::2]), what="those who stayed are told")
    for one in streams[1::2]:
        one.close()


def test_status_counts_what_there_is(fm, filled):
    status = fm.get("/status")
    assert status["webhook_url"] == fm.webhook_url and status["environment"] == "LAB" and status["demo"] is False
    assert status["counts"]["events"] >= 10 and status["counts"]["occurrences"] >= 9 and status["queue"]["dead"] == 0
    assert {one["id"]: one["state"] for one in status["checklist"]} == {"github_webhook": "ok", "github_token": "ok", "slack": "ok"}, status["checklist"]


def test_metrics_have_these_names(fm, filled):
    names = {name.split("{")[0] for name in fm.metrics()}
    expected = {"firstmate_webhooks_total", "firstmate_jobs_total", "firstmate_notices_total", "firstmate_notices_maybe_repeated_total", "firstmate_outbox_waiting",
                "firstmate_queue_queued", "firstmate_queue_running", "firstmate_queue_dead", "firstmate_ci_analysis_degraded_total", "firstmate_http_connections",
                "firstmate_http_body_bytes", "firstmate_store_waiting_writes", "firstmate_store_size_bytes"}
    histograms = {"firstmate_ci_analysis_seconds", "firstmate_notice_seconds", "http_request_duration_seconds"}
    expected |= {f"{name}_{part}" for name in histograms for part in ("bucket", "count", "sum")}
    assert expected - names == set()
    values = fm.metrics()
    assert values["firstmate_ci_analysis_seconds_count"] >= 9
    routes = [name for name in values if name.startswith("http_request_duration_seconds_count")]
    assert any('route="/api/v1/events/{id}"' in name for name in routes) and not any("evt_" in name for name in routes), "routes, never raw paths"
    text = fm.request("GET", "/metrics", headers={"Authorization": "Bearer " + ADMIN_KEY})
    assert text.header("Content-Type").startswith("text/plain; version=0.0.4") and text.body.decode().count("# HELP") >= 15


def test_health_when_all_is_well(fm, filled):
    code, health = fm.health()
    assert code == 200 and health["status"] == "ok", health
    assert {one["name"]: one["state"] for one in health["dependencies"]} == {"store": "ok", "github": "ok", "slack": "ok"}
    assert fm.request("GET", "/health/ready").status == 200
    assert fm.request("GET", "/health/live").ok() == {"status": "ok", "dependencies": []}


def test_health_with_nothing_configured_is_well_and_says_what_is_off(make):
    code, health = make(github_webhook_secret=None).start().health()
    assert code == 200 and health["status"] == "ok"
    assert {one["name"]: one["state"] for one in health["dependencies"]} == {"store": "ok", "github": "off", "slack": "off"}
    assert all(one["remedy"] for one in health["dependencies"] if one["state"] == "off")


@pytest.mark.parametrize("service", ["github", "slack"])
def test_health_is_degraded_while_a_service_is_down_and_well_again_after(fm, github, slack, repo, service):
    stand_in = {"github": github, "slack": slack}[service]
    broken = stand_in.fail("status", status=503)
    fm.send_run(failing_run(github, repo), events=("workflow_job",), wait=False)
    wait_until(lambda: fm.dependency(service)["state"] == "degraded", what=f"{service} is seen to be down")
    code, health = fm.health()
    assert code == 200 and health["status"] == "degraded", "it takes webhooks all the same"
    assert "doctor" in fm.dependency(service)["remedy"] and "failed" in fm.dependency(service)["detail"]
    stand_in.heal(broken)
    fm.wait_sent(repo)
    assert fm.dependency(service)["state"] == "ok"


def test_a_client_that_pipelines_and_keeps_alive_is_served_in_order(fm):
    host, port = fm.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        ask = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /api/v1/nothing HTTP/1.1\r\nHost: x\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        connection.sendall(ask.encode())
        answer = b""
        while data := connection.recv(65536):
            answer += data
    assert re.findall(r"HTTP/1\.1 (\d+)", answer.decode()) == ["200", "404", "200"], answer


def test_requests_carry_a_trace_through_to_the_problem(fm):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    document = fm.api("/events/evt_none", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}).problem(404)
    assert document["trace_id"] == trace
