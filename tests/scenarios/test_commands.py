"""The command line: triage, settings, doctor, demo, starting and stopping."""
import json
import re
import signal
import socket
import subprocess
import time

import pytest
from build_logs import failing_compile, failing_pytest, passing_pytest
from fake_github import FakeGitHub
from firstmate import SECRET, binary, wait_until
from stories import failing_run, wait_told

KEYS = {"lines", "blocks", "cause", "step", "fix"}


def triage_json(cli, log, *args, **env):
    done = cli("logs", "triage", "-", "-o", "json", *args, stdin=log if isinstance(log, bytes) else log.encode(), **env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_triage_names_the_cause_and_the_lines(cli):
    log = failing_pytest()
    found = triage_json(cli, log)
    assert KEYS <= set(found) and found["lines"] == len(log.splitlines())
    assert set(found["cause"]) >= {"summary", "category", "confidence", "rule"} and found["cause"]["category"] == "test_assertion"
    assert "KeyError" in found["cause"]["summary"]
    marked = {n for block in found["blocks"] for n in range(block["start"], block["end"] + 1)}
    texts = [log.splitlines()[n - 1] for n in sorted(marked)]
    assert any("E       KeyError" in text for text in texts) and len(marked) <= 60, texts
    assert all(block["kind"] in ("error", "traceback", "summary", "context") and block["why"] for block in found["blocks"])


def test_triage_as_text_is_short_and_has_no_colour_in_a_pipe(cli, tmp_path):
    (tmp_path / "build.log").write_text(failing_compile())
    done = cli("logs", "triage", tmp_path / "build.log")
    assert done.returncode == 0 and "use of undeclared identifier 'basket'" in done.stdout and len(done.stdout.splitlines()) < 40
    assert "\x1b" not in done.stdout
    assert "\x1b[" in cli("logs", "triage", tmp_path / "build.log", CLICOLOR_FORCE="1").stdout
    assert "\x1b" not in cli("logs", "triage", tmp_path / "build.log", CLICOLOR_FORCE="1", NO_COLOR="1").stdout


def test_a_passing_log_sharpens_it(cli, tmp_path):
    noisy = "2026-01-01T00:00:00Z ERROR: could not open optional cache\n" * 3
    (tmp_path / "passing.log").write_text(noisy + passing_pytest())
    found = triage_json(cli, noisy + failing_pytest(), "--passing", tmp_path / "passing.log")
    marked = {n for block in found["blocks"] for n in range(block["start"], block["end"] + 1)}
    assert not marked & {1, 2, 3} and "KeyError" in found["cause"]["summary"], found


@pytest.mark.parametrize("fail_on, code", [("any", 3), ("compile_error", 3), ("network_or_flaky", 0)])
def test_fail_on_sets_the_exit_code(cli, fail_on, code):
    assert cli("logs", "triage", "-", "--fail-on", fail_on, stdin=failing_compile().encode()).returncode == code


def test_fail_on_any_is_quiet_about_a_good_log(cli):
    assert cli("logs", "triage", "-", "--fail-on", "any", stdin=passing_pytest().encode()).returncode == 0


@pytest.mark.parametrize("args", [("logs", "triage"), ("logs",), ("logs", "triage", "-", "-o", "xml"), ("logs", "triage", "-", "--fail-on", "sorcery"), ("nonsense",), (),
                                  ("serve", "--no-such-flag"), ("config",)])
def test_wrong_usage_is_2_and_says_so(cli, args):
    done = cli(*args)
    assert done.returncode == 2 and done.stderr.strip() and not done.stdout.strip(), (done.returncode, done.stdout, done.stderr)


def test_a_file_that_is_not_there_is_1(cli, tmp_path):
    done = cli("logs", "triage", tmp_path / "none.log")
    assert done.returncode == 1 and "none.log" in done.stderr


def test_line_ends_and_a_bom_change_nothing(cli):
    log = failing_pytest()
    plain = triage_json(cli, log)
    for name, variant in {"CR LF": log.replace("\n", "\r\n"), "CR": log.replace("\n", "\r"), "BOM": "\ufeff" + log, "BOM, CR LF": "\ufeff" + log.replace("\n", "\r\n")}.items():
        assert triage_json(cli, variant) == plain, name


def test_the_prefix_of_gh_run_view_is_understood(cli):
    log = failing_pytest()
    prefixed = "".join(f"test\tRun tests\t{line}\n" for line in log.splitlines())
    plain, found = triage_json(cli, log), triage_json(cli, prefixed)
    assert found["blocks"] == plain["blocks"] and found["cause"]["category"] == plain["cause"]["category"]
    assert "Run tests" in json.dumps(found["step"])


ODD_INPUT = {"empty": b"", "one line end": b"\n", "binary": bytes(range(256)) * 400, "no line end": b"error: it broke",
             "zeros": b"\0" * 100_000, "one long line": b"x" * 3_000_000, "half a character": "Fehler: ü".encode()[:-1]}


@pytest.mark.parametrize("name", ODD_INPUT)  # by name: pytest hands the test's id to the program's environment
def test_odd_input_gets_a_sober_answer(cli, name):
    log = ODD_INPUT[name]
    found = triage_json(cli, log)
    assert KEYS <= set(found) and all(1 <= block["start"] <= block["end"] <= found["lines"] for block in found["blocks"])
    if name in ("empty", "one line end", "zeros", "one long line"):
        assert found["blocks"] == [] and found["cause"]["category"] == "unknown" and found["cause"]["confidence"] <= 0.2, found
    if name in ("empty", "binary"):
        text = cli("logs", "triage", "-", stdin=log)
        assert text.returncode == 0 and text.stdout


def test_triage_redacts(cli):
    token = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
    log = failing_compile().replace("use of undeclared", f"token {token} use of undeclared").encode()
    for output in ("text", "json"):
        assert token not in cli("logs", "triage", "-", "-o", output, stdin=log).stdout


def test_triage_opens_no_store(cli, tmp_path):
    cli("logs", "triage", "-", stdin=failing_compile().encode())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


# -- settings -----------------------------------------------------------------------------------------------------------
def test_later_origins_win_and_are_named(cli, tmp_path):
    (tmp_path / "firstmate.yaml").write_text("environment: PROD\nlisten: 127.0.0.1:18001\nlog:\n  level: warn\nhttp:\n  threads: 3\ngithub:\n  poll: [acme/web, acme/api]\n")
    done = cli("config", "view", "--origins", "--listen", "127.0.0.1:18003", FIRSTMATE_LISTEN="127.0.0.1:18002", FIRSTMATE_LOG_LEVEL="error")
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert "127.0.0.1:18003" in lines["listen"] and "flag --listen" in lines["listen"]
    assert "error" in lines["log.level"] and "environment FIRSTMATE_LOG_LEVEL" in lines["log.level"]
    assert "PROD" in lines["environment"] and "firstmate.yaml" in lines["environment"]
    assert lines["http.threads"].split()[1] == "3" and "default" in lines["http.pool_threads"]
    view = json.loads(cli("config", "view", "-o", "json").stdout)
    assert next(one for one in view["settings"] if one["name"] == "github.poll")["value"] == "acme/web,acme/api"
    assert view["file"].endswith("firstmate.yaml")


def test_secrets_are_never_shown(cli, tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "slack").write_text("xoxb-from-a-file\n")
    (tmp_path / "secrets" / "slack").chmod(0o600)
    env = {"FIRSTMATE_GITHUB_TOKEN": "ghp_shown_nowhere", "FIRSTMATE_SLACK_BOT_TOKEN": "file:slack", "FIRSTMATE_SECRETS_DIR": tmp_path / "secrets", "FIRSTMATE_SLACK_CHANNEL": "#x"}
    for args in (("config", "view"), ("config", "view", "--origins"), ("config", "view", "-o", "json"), ("config", "check"), ("doctor", "-o", "json")):
        done = cli(*args, FIRSTMATE_GITHUB_API_URL="http://127.0.0.1:9", FIRSTMATE_SLACK_API_URL="http://127.0.0.1:9/api", FIRSTMATE_DATA_DIR=tmp_path / "d",
                   FIRSTMATE_LISTEN="127.0.0.1:0", **env)
        assert "ghp_shown_nowhere" not in done.stdout + done.stderr and "xoxb-from-a-file" not in done.stdout + done.stderr, args
    assert "file:slack" in cli("config", "view", **env).stdout


@pytest.mark.parametrize("yaml, words", [
    ("slack:\n  chanel: '#x'\n", ["slack.chanel", "did you mean slack.channel?"]),
    ("github:\n  token: ghp_in_the_file\n", ["github.token is a secret and may not stand in the file", "env:FIRSTMATE_SECRET_"]),
    ("http:\n  threads: many\n", ["http.threads", "whole number"]),
    ("http:\n  threads: 1000\n", ["http.threads", "1 to 64"]),
    ("environment: MARS\n", ["environment", "LAB"]),
    ("github:\n  poll_interval: 5 fortnights\n", ["github.poll_interval", "unit of time"]),
    ("github:\n  api_url: ftp://x\n", ["github.api_url", "https://"]),
    ("listen: [1\n", ["YAML"]),
    ("just words\n", ["name: value"]),
])
def test_check_names_each_fault_with_its_remedy(cli, tmp_path, yaml, words):
    (tmp_path / "firstmate.yaml").write_text(yaml)
    done = cli("config", "check")
    assert done.returncode == 1 and all(word in done.stdout for word in words), done.stdout
    assert "ghp_in_the_file" not in done.stdout
    faults = json.loads(cli("config", "check", "-o", "json").stdout)
    assert faults["ok"] is False and faults["faults"]
    refused = cli("serve", FIRSTMATE_DATA_DIR=tmp_path / "d")
    assert refused.returncode == 1 and words[0] in refused.stderr and not (tmp_path / "d").exists()


def test_check_tells_all_faults_at_once_and_good_settings_are_good(cli, tmp_path):
    (tmp_path / "firstmate.yaml").write_text("http:\n  threads: 0\nqueue:\n  workers: -1\nwrong: 1\n")
    assert len(json.loads(cli("config", "check", "-o", "json").stdout)["faults"]) == 3
    (tmp_path / "firstmate.yaml").write_text("environment: LAB\n")
    good = cli("config", "check")
    assert good.returncode == 0 and "good" in good.stdout
    warned = cli("config", "check", FIRSTMATE_LISTN="x")
    assert warned.returncode == 0 and "FIRSTMATE_LISTN" in warned.stdout and "FIRSTMATE_LISTEN" in warned.stdout
    assert cli("config", "check", "--config", tmp_path / "none.yaml").returncode == 1
    assert cli("config", "check", FIRSTMATE_ADMIN_KEY="short").returncode == 1


# -- doctor -------------------------------------------------------------------------------------------------------------
def doctor(cli, **env):
    done = cli("doctor", "-o", "json", **env)
    report = json.loads(done.stdout)
    assert done.returncode == (0 if report["ok"] else 1)
    return report, {check["name"]: check for check in report["checks"]}


def test_doctor_finds_a_good_installation_good(cli, github, slack, tmp_path):
    report, checks = doctor(cli, FIRSTMATE_DATA_DIR=tmp_path / "d", FIRSTMATE_LISTEN="127.0.0.1:0", FIRSTMATE_GITHUB_WEBHOOK_SECRET=SECRET, FIRSTMATE_GITHUB_API_URL=github.api_url,
                            FIRSTMATE_GITHUB_TOKEN=github.token, FIRSTMATE_SLACK_API_URL=slack.api_url, FIRSTMATE_SLACK_BOT_TOKEN=slack.token, FIRSTMATE_SLACK_CHANNEL="#builds")
    assert report["ok"] and {"configuration", "data directory", "disk", "store", "port", "rules", "webhook secret", "GitHub", "clock", "Slack"} <= set(checks)
    assert {name for name, check in checks.items() if check["verdict"] != "ok"} <= {"disk"}, checks
    assert all(check["remedy"] == "" for check in checks.values() if check["verdict"] == "ok")
    assert "stand-in" in checks["GitHub"]["found"] and "Stand-in" in checks["Slack"]["found"]


def test_doctor_names_a_remedy_for_each_fault(cli, github, slack, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        report, checks = doctor(cli, FIRSTMATE_DATA_DIR=tmp_path / "d", FIRSTMATE_LISTEN=f"127.0.0.1:{port}", FIRSTMATE_GITHUB_API_URL=github.api_url, FIRSTMATE_GITHUB_TOKEN="ghp_wrong",
                                FIRSTMATE_SLACK_API_URL=slack.api_url, FIRSTMATE_SLACK_BOT_TOKEN="xoxb-wrong", FIRSTMATE_SLACK_CHANNEL="#builds")
    assert not report["ok"]
    assert {name: checks[name]["verdict"] for name in ("port", "GitHub", "Slack", "webhook secret")} == {"port": "fail", "GitHub": "fail", "Slack": "fail", "webhook secret": "warn"}
    assert all(checks[name]["remedy"] for name in ("port", "GitHub", "Slack", "webhook secret")), checks
    assert "xoxb-" in checks["Slack"]["remedy"]


def test_doctor_without_services_warns_and_with_dead_ones_fails(cli, github, slack, tmp_path):
    common = {"FIRSTMATE_DATA_DIR": tmp_path / "d", "FIRSTMATE_LISTEN": "127.0.0.1:0"}
    with FakeGitHub(token="") as anybody:  # as GitHub, which tells strangers their rate limit
        report, checks = doctor(cli, FIRSTMATE_GITHUB_API_URL=anybody.api_url, **common)
    assert report["ok"] and checks["Slack"]["verdict"] == checks["GitHub"]["verdict"] == "warn" and checks["GitHub"]["remedy"] and checks["Slack"]["remedy"]
    report, checks = doctor(cli, FIRSTMATE_GITHUB_API_URL="http://127.0.0.1:9", FIRSTMATE_GITHUB_TOKEN="x", **common)
    assert not report["ok"] and checks["GitHub"]["verdict"] == "fail"
    (tmp_path / "a file").write_text("")
    report, checks = doctor(cli, FIRSTMATE_GITHUB_API_URL=github.api_url, **{**common, "FIRSTMATE_DATA_DIR": tmp_path / "a file" / "d"})
    assert not report["ok"] and checks["data directory"]["verdict"] == "fail" and checks["data directory"]["remedy"]


def test_doctor_beside_a_running_server(cli, fm):
    settings = {name: value for name, value in fm.env().items() if name.startswith("FIRSTMATE_")}
    report, checks = doctor(cli, **{**settings, "FIRSTMATE_LISTEN": fm.url.removeprefix("http://")})
    assert report["ok"] and fm.url in checks["store"]["found"] and fm.url in checks["port"]["found"], checks


# -- demo ---------------------------------------------------------------------------------------------------------------
def test_demo_once_explains_recorded_failures_with_no_account(cli, tmp_path):
    done = cli("demo", "--once", FIRSTMATE_LISTEN="127.0.0.1:0", FIRSTMATE_DATA_DIR=tmp_path / "d", FIRSTMATE_STORE_BALLAST="0", timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("❌") >= 2 and "demo" in done.stdout and "\x1b" not in done.stdout, done.stdout[-3000:]
    assert "Failed step" in done.stdout or "step" in done.stdout.lower()


def test_demo_serves_the_page_with_the_same_data_and_one_click_removes_it(make, tmp_path):
    own = make(data_dir=tmp_path / "d", log_level="warn")
    env = own.env()
    with open(tmp_path / "out", "wb") as out, open(tmp_path / "err", "wb") as err:
        own.process = subprocess.Popen([binary(), "demo"], stdout=out, stderr=err, env=env, cwd=tmp_path)
    own._err, own._out = tmp_path / "err", tmp_path / "out"
    wait_until(lambda: "Ctrl-C" in own.stdout() or own.process.poll() is not None, 60, "the demo stands")
    own.url = json.loads((own.data_dir / "server.json").read_text())["url"]
    failures = own.failures()
    assert len(failures) >= 2 and all(one["demo"] for one in failures) and own.get("/status")["demo"] is True
    assert own.api("/demo", "DELETE").status == 204
    assert own.failures() == [] and own.walk("/events") == [] and own.get("/status")["demo"] is False
    own.process.send_signal(signal.SIGINT)
    assert own.process.wait(30) == 0


# -- starting and stopping ------------------------------------------------------------------------------------------------
def test_a_second_instance_on_the_same_data_is_refused_in_words(fm, make):
    second = make(data_dir=fm.data_dir).launch()
    assert second.process.wait(20) == 1
    assert "→" in second.stderr() and str(fm.data_dir) in second.stderr(), second.stderr()
    assert fm.health()[0] == 200 and fm.request("GET", "/health/live").status == 200


def test_a_second_instance_on_the_same_port_is_refused_in_words(fm, make):
    second = make(listen=fm.url.removeprefix("http://")).launch()
    assert second.process.wait(20) == 1
    assert fm.url.rsplit(":", 1)[1] in second.stderr() and "→" in second.stderr() and "listen" in second.stderr().lower(), second.stderr()


@pytest.mark.parametrize("listen", ["nonsense", "127.0.0.1", "127.0.0.1:99999", "256.1.1.1:80", "127.0.0.1:x"])
def test_an_address_that_is_none_is_refused_in_words(make, listen):
    own = make(listen=listen).launch()
    assert own.process.wait(20) == 1 and listen.split(":")[0] in own.stderr(), own.stderr()


def test_a_data_directory_that_cannot_be_is_refused_in_words(make, tmp_path):
    (tmp_path / "a file").write_text("")
    own = make(data_dir=tmp_path / "a file" / "d").launch()
    assert own.process.wait(20) == 1 and "FIRSTMATE_DATA_DIR" in own.stderr() and "→" in own.stderr(), own.stderr()


def test_sigterm_lets_what_runs_finish_and_loses_nothing(github, slack, make, repo):
    own = make(github=github, slack=slack).start()
    slow = github.fail("slow", path=f"/repos/{repo}/actions/jobs/[0-9]+$", seconds=1.5)
    event = own.send_run(failing_run(github, repo), events=("workflow_job",), wait=False)[0]
    wait_until(lambda: slow.met, what="the analysis is under way")
    began = time.monotonic()
    assert own.terminate() == 0 and time.monotonic() - began < 12
    github.heal(slow)
    own.start()
    assert own.wait_done(event)["id"] == event
    assert "KeyError" in wait_told(slack, repo).all_text()
    assert own.only_occurrence(repo)["analyses"] == 1
    own.wait_sent(repo)
    assert own.terminate() == 0


def test_sigterm_waits_for_no_idle_client(fm, make):
    own = make().start()
    host, port = own.url.removeprefix("http://").split(":")
    idle = [socket.create_connection((host, int(port))) for _ in range(5)]
    idle[0].sendall(b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    began = time.monotonic()
    assert own.terminate() == 0 and time.monotonic() - began < 12
    assert not (own.data_dir / "server.json").exists()
    for one in idle:
        one.close()


def test_what_is_stored_survives_a_restart(make, repo):
    own = make().start()
    ids = [own.webhook("push", {"ref": f"refs/heads/b{n}", "repository": {"full_name": repo}}).accepted() for n in range(10)]
    own.restart()
    assert [one["id"] for one in own.walk("/events", limit=100)] == ids[::-1]


def test_version_and_help(cli):
    version = cli("--version")
    assert version.returncode == 0 and re.fullmatch(r"firstmate \d+\.\d+\.\d+\S*\n", version.stdout), version.stdout
    for args in (("--help",), ("serve", "--help"), ("logs", "triage", "--help"), ("replay", "--help")):
        done = cli(*args)
        assert done.returncode == 0 and "firstmate" in done.stdout
