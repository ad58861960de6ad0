"""GitHub and Slack down, slow, failing, cut in mid-answer, and back: in the end everything is told once, or marked."""
import pytest
from firstmate import wait_until
from stories import broken_by_a_commit, failing_run, told, wait_told

KINDS = {"down": {}, "cut": {}, "bad_json": {}, "slow": {"seconds": 2.0}, "server error": {"kind": "status", "status": 500},
         "unavailable": {"kind": "status", "status": 503, "headers": {"Retry-After": "1"}}}


def fault(stand_in, kind, times, **how):
    more = dict(KINDS[kind])
    return stand_in.fail(more.pop("kind", kind), times=times, **more, **how)


def unmarked(messages):
    return [m for m in messages if "repeat" not in m.all_text().lower() and "twice" not in m.all_text().lower()]


def test_slack_stumbles_in_every_way_and_each_failure_is_told_once(make, github, slack):
    fm = make(github=github, slack=slack, slack_channel="C00000001").start()  # by its id, messages can be looked up
    for n, kind in enumerate(KINDS):
        repo = f"slack/{n}"
        one = fault(slack, kind, 1, path="chat.postMessage")
        fm.send_run(failing_run(github, repo), events=("workflow_job",))
        wait_told(slack, repo, "KeyError", timeout=40)
        fm.wait_sent(repo, timeout=40)
        assert one.met == 1, kind
        assert len(told(slack, repo)) == len(unmarked(told(slack, repo))) == 1, (kind, [m.all_text() for m in told(slack, repo)])
        slack.heal()
    assert fm.terminate() == 0


def did_it_and_said_nothing(fm, github, slack, repo):
    """Slack posts the message and resets the connection: what people see in the end."""
    slack.fail("after_effect", path="chat.postMessage", times=1)
    fm.send_run(failing_run(github, repo), events=("workflow_job",))
    wait_told(slack, repo, timeout=40)
    fm.wait_sent(repo, timeout=40)
    return told(slack, repo)


def test_slack_does_it_and_says_nothing(make, github, slack):
    fm = make(github=github, slack=slack, slack_channel="C00000001").start()
    assert len(did_it_and_said_nothing(fm, github, slack, "acme/web")) == 1, "it is looked up, not posted again"
    assert slack.asked("conversations.history") and fm.terminate() == 0


def test_slack_does_it_and_says_nothing_on_a_kept_connection(make, github, slack):
    fm = make(github=github, slack=slack, slack_channel="C00000001").start()
    fm.send_run(failing_run(github, "acme/before"), events=("workflow_job",))
    fm.wait_sent()
    assert len(did_it_and_said_nothing(fm, github, slack, "acme/web")) == 1, "it is looked up, not posted again"
    assert len(slack.asked("chat.postMessage")) == 2


def test_a_message_that_cannot_be_looked_up_says_that_it_may_be_a_repetition(make, github, slack):
    fm = make(github=github, slack=slack).start()  # a channel's name, and no message yet that tells its id
    slack.fail("after_effect", path="chat.postMessage", times=1)
    fm.send_run(failing_run(github, "acme/web"), events=("workflow_job",))
    wait_until(lambda: len(told(slack, "acme/web")) == 2, 40, "the second attempt")
    assert len(unmarked(told(slack, "acme/web"))) == 1
    fm.wait_sent()
    assert "twice" in fm.only_failure()["notice"]["detail"] and fm.metrics()["firstmate_notices_maybe_repeated_total"] == 1
    assert fm.terminate() == 0


def test_slack_is_gone_for_a_while(make, github, slack):
    fm = make(github=github, slack=slack).start()
    slack.stop()
    for n in range(3):
        fm.send_run(failing_run(github, f"gone/{n}"), events=("workflow_job",))  # done: the message waits in the outbox
    wait_until(lambda: fm.dependency("slack")["state"] == "degraded", what="it is seen to be down")
    assert fm.health()[0] == 200
    assert fm.get(f"/failures/{fm.only_failure('gone/0')['id']}")["notice"]["state"] == "queued"
    fm.kill9()  # … and a crash in between changes nothing
    fm.start()
    slack.start()
    for n in range(3):
        wait_told(slack, f"gone/{n}", timeout=60)
    fm.wait_sent(timeout=60)
    assert all(len(told(slack, f"gone/{n}")) == 1 for n in range(3))
    assert fm.terminate() == 0


def test_slacks_rate_limit_is_obeyed(make, github, slack):
    fm = make(github=github, slack=slack).start()
    slack.fail("status", path="chat.postMessage", status=429, times=1, headers={"Retry-After": "3"})
    fm.send_run(failing_run(github, "acme/limited"), events=("workflow_job",))
    wait_told(slack, "acme/limited", timeout=30)
    first, second = [request.time for request in slack.asked("chat.postMessage")][:2]
    assert second - first >= 2.9, second - first
    assert slack.limited == 0, "the program keeps to a message a second by itself"


@pytest.mark.parametrize("kind", list(KINDS))
def test_github_stumbles_at_each_step_and_the_failure_is_told_once(make, github, slack, kind):
    fm = make(github=github, slack=slack).start()
    fm_repo = "github/web"
    run, bad = broken_by_a_commit(github, fm_repo)
    one = fault(github, kind, 3, path=f"/repos/{fm_repo}/" + ("actions/(runs|jobs)/[0-9]+(/attempts/[0-9]+)?$" if kind == "bad_json" else ""))
    # Whatever the log store answers with 200 is the log: nonsense cannot be told from it.
    two = fault(github.storage, kind, 1) if kind != "bad_json" else None
    fm.send_run(run, wait=False)
    message = wait_told(slack, fm_repo, "KeyError", timeout=60)
    wait_until(lambda: all(event["state"] == "done" for event in fm.walk("/events")), 60, "all events are done")
    fm.wait_sent(fm_repo)
    assert one.met >= 2 and (two is None or two.met == 1)
    assert told(slack, fm_repo) == [message]
    assert fm.only_occurrence(fm_repo)["log_state"] == "stored"
    assert bad[:7] in message.all_text()
    assert fm.terminate() == 0


def test_github_is_gone_and_people_are_told_all_the_same(make, github, slack):
    fm = make(github=github, slack=slack).start()
    run = failing_run(github, "acme/web")
    payloads = github.payloads(run)
    github.stop()
    event = fm.webhook("workflow_job", payloads[0][1]).accepted()
    wait_until(lambda: fm.dependency("github")["state"] == "degraded", what="it is seen to be down")
    message = wait_told(slack, "acme/web", timeout=60)
    assert "log" in message.all_text()
    assert fm.event(event)["state"] == "done" and fm.only_occurrence()["log_state"] == "missing"
    github.start()
    later = next(job for job in fm.get("/jobs", event_id=event)["items"] if job["kind"] == "refetch_log")
    fm.api(f"/jobs/{later['id']}/requeue", "POST").ok(202)
    wait_until(lambda: "KeyError" in message.all_text(), 30, "the message is completed")
    assert told(slack, "acme/web") == [message]
    assert fm.terminate() == 0


def test_githubs_rate_limit_is_waited_out(make, github, slack):
    fm = make(github=github, slack=slack).start()
    limited = github.secondary_limit(2, path="/repos/acme/web/")
    fm.send_run(failing_run(github, "acme/web"), events=("workflow_job",))
    assert "KeyError" in wait_told(slack, "acme/web", timeout=30).all_text()
    assert limited.met == 1
    refused = next(request.time for request in github.asked("/repos/acme/web/"))
    after = [request.time for request in github.asked("/repos/acme/web/") if request.time > refused]
    assert min(after) - refused >= 1.9, "nothing is sent while the limit lasts"
