"""A failing build becomes an explained message: what people see in Slack and on the page."""
import time

import pytest
from build_logs import failing_compile, failing_lint, failing_pytest, passing_pytest
from firstmate import wait_until
from stories import broken_by_a_commit, failing_run, passing_run, told, wait_told


def test_a_failing_job_becomes_an_explained_message(fm, github, slack, repo):
    run, bad = broken_by_a_commit(github, repo)
    fm.send_run(run, events=("workflow_job",))
    message = wait_told(slack, repo, "KeyError")
    text = message.all_text()
    assert "Run tests" in text, text  # the failed step
    assert "KeyError: 'price'" in text, text  # the line that matters
    assert bad[:7] in text and "Sum prices in one go" in text and "by ada" in text, text  # who brought it
    assert "src/cart.py" in text, text  # why that commit
    assert repo in text and "CI" in text and "main" in text, text
    failure = fm.only_failure(repo)
    assert f"{fm.url}/occurrences/{failure['latest_occurrence_id']}" in str(message.blocks), message.blocks  # the way to the whole log
    assert failure["fix"] is None or failure["fix"]["summary"] in text, (failure["fix"], text)
    assert not slack.problems, slack.problems


def test_the_page_has_the_whole_story(fm, github, slack, repo):
    run, bad = broken_by_a_commit(github, repo)
    fm.send_run(run, events=("workflow_job",))
    wait_told(slack, repo, "KeyError")
    failure = fm.only_failure(repo)
    assert (failure["repository"], failure["workflow"], failure["job"], failure["step"]) == (repo, "CI", "test", "Run tests")
    assert failure["state"] == "open" and failure["branch"] == "main" and failure["occurrence_count"] == 1
    assert "KeyError" in failure["cause"]["summary"] and 0 < failure["cause"]["confidence"] <= 1, failure["cause"]
    assert failure["last_commit"]["sha"] == bad
    assert failure["suspects"][0]["sha"] == bad and "src/cart.py" in failure["suspects"][0]["why"], failure["suspects"]
    assert sum(failure["sparkline"]) == 1
    wait_until(lambda: fm.only_failure(repo)["notice"]["state"] == "sent", what="the notice is sent")
    notice = fm.only_failure(repo)["notice"]
    assert notice["channel"] == "#builds" and notice["permalink"].startswith("https://stand-in.slack.example/archives/C00000001/p"), notice

    occurrence = fm.get(f"/occurrences/{failure['latest_occurrence_id']}")
    assert occurrence["run_id"] == str(run["id"]) and occurrence["job_id"] == str(run["_jobs"][0]["id"])
    assert occurrence["log_state"] == "stored" and occurrence["analyses"] == 1 and occurrence["passing_run_id"]
    assert occurrence["duration_ms"] == 50_000
    kinds = {block["kind"] for block in occurrence["blocks"]}
    assert kinds & {"error", "traceback"}, occurrence["blocks"]
    assert any("KeyError" in line["text"] for line in occurrence["key_lines"]), occurrence["key_lines"]

    log = fm.get(f"/occurrences/{occurrence['id']}/log")
    given = run["_jobs"][0]["_log"].splitlines()
    assert log["total_lines"] == occurrence["log_lines"] == len(given)
    assert [line["n"] for line in log["lines"]] == list(range(1, len(given) + 1))
    assert log["next_from"] is None
    marked = [line for line in log["lines"] if line["mark"]]
    assert any("KeyError: 'price'" in line["text"] for line in marked), marked
    for block in occurrence["blocks"]:
        assert all(log["lines"][n - 1]["mark"] for n in range(block["start"], block["end"] + 1)), block
    new = [line["text"] for line in log["lines"] if line["new"]]
    assert any("KeyError" in text for text in new) and not any("Collecting pytest" in text for text in new), new
    assert any("pytest" in step["name"] for step in log["steps"]), log["steps"]


def test_three_kinds_of_delivery_of_one_job_are_one_failure_and_one_message(fm, github, slack, repo):
    run, _ = broken_by_a_commit(github, repo)
    ids = fm.send_run(run, events=("workflow_job", "check_run", "workflow_run"))
    assert len(set(ids)) == 3
    wait_told(slack, repo, "KeyError")
    fm.wait_sent(repo)
    occurrence = fm.only_occurrence(repo)
    assert occurrence["analyses"] == 1, "the log is analysed once, whoever brings the news"
    assert len(told(slack, repo)) == 1


@pytest.mark.parametrize("event", ["workflow_job", "check_run", "workflow_run"])
def test_each_kind_of_delivery_alone_is_enough(fm, github, slack, repo, event):
    run, _ = broken_by_a_commit(github, repo)
    fm.send_run(run, events=(event,))
    wait_told(slack, repo, "KeyError")
    occurrence = fm.only_occurrence(repo)
    assert (occurrence["workflow"], occurrence["job"], occurrence["step"]) == ("CI", "test", "Run tests")


def test_several_failed_jobs_of_a_run_are_one_message(fm, github, slack, repo):
    jobs = [{"name": "unit", "log": failing_pytest()}, {"name": "build", "log": failing_compile()}, {"name": "lint", "log": failing_lint()},
            {"name": "docs", "conclusion": "success", "log": passing_pytest()}]
    run = github.add_run(repo, conclusion="failure", jobs=jobs)
    fm.send_run(run)
    message = wait_told(slack, repo, "unit", "build", "lint")
    fm.wait_sent(repo)
    assert len(told(slack, repo)) == 1
    assert "docs" not in message.all_text()
    failures = {f["job"]: f["cause"]["category"] for f in fm.failures(repository=repo)}
    assert failures["build"] == "compile_error" and failures["lint"] == "lint_error" and set(failures) == {"unit", "build", "lint"}, failures


def test_a_recurrence_goes_into_the_thread_and_changes_the_first_message(fm, github, slack, repo):
    fm.send_run(failing_run(github, repo, ago=600), events=("workflow_job",))
    root = wait_told(slack, repo, "KeyError")
    fm.send_run(failing_run(github, repo, ago=100), events=("workflow_job",))
    reply = slack.wait_for(lambda m: m.thread_ts == root.ts)
    wait_until(lambda: "2 times" in root.all_text(), what="the root tells that it came again")
    assert "KeyError" in reply.all_text()
    failure = fm.only_failure(repo)
    assert failure["occurrence_count"] == 2 and len(failure["occurrences"]) == 2
    assert [m for m in told(slack, repo) if not m.thread_ts] == [root]


def test_another_cause_gets_a_message_of_its_own(fm, github, slack, repo):
    fm.send_run(failing_run(github, repo, ago=600), events=("workflow_job",))
    fm.send_run(failing_run(github, repo, log=failing_compile(), job="build"), events=("workflow_job",))
    wait_until(lambda: len([m for m in told(slack, repo) if not m.thread_ts]) == 2, what="two root messages")
    assert len(fm.failures(repository=repo)) == 2


def test_the_next_success_edits_the_message_to_recovered(fm, github, slack, repo):
    fm.send_run(failing_run(github, repo), events=("workflow_job", "workflow_run"))
    root = wait_told(slack, repo, "KeyError")
    fixed = github.add_run(repo, conclusion="success", actor="grace", jobs=[{"name": "test", "conclusion": "success", "log": passing_pytest()}],
                           created_at=time.time() - 20)
    fm.send_run(fixed, events=("workflow_run",))
    wait_until(lambda: "*Recovered* by" in root.all_text(), what="the message says recovered")
    text = root.all_text()
    assert f"run #{fixed['run_number']}" in text and fixed["head_sha"][:7] in text and "grace" in text, text
    failure = fm.only_failure(repo)
    assert failure["state"] == "recovered" and failure["occurrences"][0]["recovered_by"], failure
    assert len(told(slack, repo)) == 1, "a recovery is an edit, no new message"
    # … and when it fails again, the message fails again, visibly in the channel.
    fm.send_run(failing_run(github, repo, ago=5), events=("workflow_job",))
    again = slack.wait_for(lambda m: m.thread_ts == root.ts)
    assert again.broadcast, "an old thread is out of sight"
    assert fm.only_failure(repo)["state"] == "open"


def test_a_success_on_another_branch_or_of_another_workflow_recovers_nothing(fm, github, slack, repo):
    fm.send_run(failing_run(github, repo), events=("workflow_job",))
    wait_told(slack, repo, "KeyError")
    for how in ({"branch": "feature"}, {"workflow": "Deploy"}):
        other = github.add_run(repo, conclusion="success", jobs=[{"name": "test", "conclusion": "success"}], created_at=time.time() - 10, **how)
        fm.send_run(other)
    earlier = passing_run(github, repo, run_id=7, ago=90_000)
    fm.send_run(earlier)
    assert fm.only_failure(repo)["state"] == "open"
    assert "*Recovered* by" not in told(slack, repo)[0].all_text()


def test_a_rerun_that_passes_recovers_and_counts_as_flaky(fm, github, slack, repo):
    first = failing_run(github, repo)
    fm.send_run(first, events=("workflow_job", "workflow_run"))
    root = wait_told(slack, repo, "KeyError")
    rerun = github.add_run(repo, conclusion="success", run_id=first["id"], attempt=2, head_sha=first["head_sha"],
                           jobs=[{"name": "test", "conclusion": "success", "log": passing_pytest()}])
    fm.send_run(rerun, events=("workflow_run",))
    wait_until(lambda: "*Recovered* by" in root.all_text(), what="the message says recovered")
    failure = fm.only_failure(repo)
    assert failure["state"] == "recovered" and failure["flake_rate"] == 1.0, failure


def test_a_rerun_that_fails_again_is_a_second_occurrence_of_the_same_run(fm, github, slack, repo):
    first = failing_run(github, repo)
    fm.send_run(first, events=("workflow_job",))
    root = wait_told(slack, repo, "KeyError")
    again = failing_run(github, repo, run_id=first["id"], attempt=2, head_sha=first["head_sha"])
    fm.send_run(again)
    failure = fm.only_failure(repo)
    assert failure["occurrence_count"] == 2 and {one["attempt"] for one in failure["occurrences"]} == {1, 2}
    wait_until(lambda: "2 times" in root.all_text(), what="the run's message is brought up to date")
    assert len(told(slack, repo)) == 1, "one message a run"


@pytest.mark.parametrize("conclusion", ["timed_out", "failure"])
def test_these_conclusions_count_as_failures(fm, github, slack, repo, conclusion):
    fm.send_run(failing_run(github, repo, conclusion=conclusion), events=("workflow_job",))
    wait_told(slack, repo)
    assert fm.only_occurrence(repo)["step"] == "Run tests"


def test_a_run_that_cannot_start_is_told(fm, github, slack, repo):
    run = github.add_run(repo, conclusion="startup_failure", jobs=[])
    fm.send_run(run, events=("workflow_run",))
    message = wait_told(slack, repo)
    assert "could not start" in message.all_text()
    assert fm.only_failure(repo)["cause"]["category"] == "ci_config"


@pytest.mark.parametrize("conclusion", ["cancelled", "skipped", "neutral", "action_required"])
def test_these_conclusions_count_for_nothing(fm, github, slack, repo, conclusion):
    ids = fm.send_run(failing_run(github, repo, conclusion=conclusion))
    assert {fm.event(one)["state"] for one in ids} == {"done"}
    assert fm.failures(repository=repo) == [] and told(slack, repo) == []


def test_a_check_of_another_app_is_told_with_its_own_words(fm, github, slack, repo):
    run = failing_run(github, repo)
    payload = next(p for event, p in github.payloads(run) if event == "check_run")
    payload["check_run"].update(id=991, name="coverage", details_url="https://coverage.example/1", app={"id": 5, "slug": "coverage", "name": "Coverage"},
                                output={"title": "Coverage fell to 61 %", "summary": "It must stay above 70 %."})
    fm.wait_done(fm.webhook("check_run", payload).accepted())
    message = wait_told(slack, repo, "coverage")
    assert "Coverage fell to 61 %" in message.all_text()


def held_burst(github, slack, make, names):
    """All these repositories fail while Slack is away; the messages that come of it when it is back."""
    own = make(github=github, slack=slack).start()
    away = slack.fail("status", path="chat.postMessage", status=503)
    for name in names:
        own.send_run(failing_run(github, name, job=f"job-{name[-2:]}"), events=("workflow_job",), wait=False)
    own.wait_quiet()
    slack.heal(away)
    wait_until(lambda: all(told(slack, name) or "more" in str([m.all_text() for m in told(slack, names[0][:-2])]) for name in names), 40, "all are told")
    own.wait_sent()
    assert own.terminate() == 0
    assert not slack.problems, slack.problems
    return told(slack, names[0][:-2])


def test_many_failures_at_once_become_a_digest_within_slacks_limits(github, slack, repo, make):
    names = [f"burst/web-{n:02}" for n in range(12)]
    messages = held_burst(github, slack, make, names)
    assert len(messages) <= 2, "a burst is a digest (and the one that was under way), not twelve messages"
    assert all(told(slack, name) for name in names)


def test_a_digest_names_every_failure(github, slack, repo, make):
    names = [f"flood/web-{n:02}" for n in range(30)]
    held_burst(github, slack, make, names)
    assert [name for name in names if not told(slack, name)] == []


def test_a_huge_failure_is_cut_to_slacks_limits(fm, github, slack, repo):
    wide = [f"src/part_{n}.cpp:{n + 1}:1: error: use of undeclared identifier '{'x' * 400}_{n}'" for n in range(400)]
    jobs = [{"name": f"job {n} {'é' * 60}", "log": "\n".join(wide) + "\n##[error]Process completed with exit code 1.\n"} for n in range(60)]
    run = github.add_run(repo, workflow="W" * 200, branch="b" * 250, conclusion="failure", jobs=jobs, title="T" * 5000)
    fm.send_run(run, events=("workflow_run",))
    message = wait_told(slack, repo, "undeclared", timeout=90)
    assert message.blocks and not slack.problems, slack.problems


def test_markup_in_branch_names_and_commits_is_shown_not_obeyed(fm, github, slack, repo):
    run = failing_run(github, repo, branch="<!channel>", title="<https://evil.example|click> *bold* `x` @here")
    fm.send_run(run, events=("workflow_job",))
    message = wait_told(slack, repo, "KeyError")
    formatted = [message.text] + [text for text in texts_of(message.blocks) if text["type"] == "mrkdwn"]
    assert "<!channel>" not in str(formatted) and "<https://evil.example" not in str(formatted), formatted
    assert "&lt;!channel&gt;" in message.text and "<!channel>" in message.all_text()


def texts_of(value):
    """Every text object of Slack's blocks."""
    if isinstance(value, list):
        return [text for one in value for text in texts_of(one)]
    if not isinstance(value, dict):
        return []
    own = [value] if isinstance(value.get("text"), str) else []
    return own + [text for one in value.values() for text in texts_of(one)]


def test_jobs_of_one_repository_stay_in_order_while_others_pass(fm, github, slack, repo):
    runs = [failing_run(github, f"{repo}-{n % 3}", ago=1000 - n) for n in range(9)]
    ids = [fm.send_run(run, events=("workflow_job",), wait=False)[0] for run in runs]
    done = [fm.wait_done(one) for one in ids]
    for repository in (f"{repo}-0", f"{repo}-1", f"{repo}-2"):
        times = [event["done_at"] for event in done if event["repository"] == repository]
        assert times == sorted(times), (repository, times)
    assert [fm.only_failure(f"{repo}-{n}")["occurrence_count"] for n in range(3)] == [3, 3, 3]
