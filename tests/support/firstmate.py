"""The verbs that scenarios are written in: start the real program, send it signed webhooks, ask its API, stop or kill it.

    with Firstmate(folder, github=github, slack=slack) as fm:
        event = fm.webhook("workflow_job", payload).accepted()
        fm.wait_done(event)
        assert fm.failures()[0]["cause"]["category"] == "test_assertion"

Every process gets a data directory and a port of its own and is ended by its id. FM_BINARY names the program.
Nothing sleeps for a fixed time: wait_until() looks again until a deadline.
"""
import hashlib
import hmac
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import uuid
from pathlib import Path
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a-webhook-secret-for-tests-0123456789"
ADMIN_KEY = "an-administrators-key-for-tests-0123456789"
SANITISER_REPORT = re.compile(rb"ERROR: \w*Sanitizer|WARNING: ThreadSanitizer|runtime error:")


def binary():
    path = Path(os.environ.get("FM_BINARY") or ROOT / "build/release/firstmate").absolute()
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"{path} is not there: build it, or name another with FM_BINARY")
    return str(path)


def wait_until(condition, timeout=20.0, what="", every=0.02):
    """The first true value of condition(); an AssertionError that says what was waited for after `timeout` seconds."""
    pause, deadline, last = threading.Event(), time.monotonic() + timeout, None
    while True:
        last = condition()
        if last:
            return last
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what or condition}; last seen: {last!r}")
        pause.wait(every)


def clean_env(home, **more):
    """The surroundings without any setting of the person who runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FIRSTMATE_") and name not in ("NO_COLOR", "CLICOLOR_FORCE")}
    kept.update(HOME=str(home), XDG_DATA_HOME=str(Path(home) / "xdg"))
    kept.update({name: str(value) for name, value in more.items()})
    return kept


def run_cli(*args, home, stdin=b"", timeout=60, cwd=None, **env):
    """One command to its end: CompletedProcess with text stdout and stderr."""
    done = subprocess.run([binary(), *map(str, args)], input=stdin, capture_output=True, env=clean_env(home, **env), timeout=timeout, cwd=cwd or home)
    assert not SANITISER_REPORT.search(done.stderr), done.stderr.decode(errors="replace")[-4000:]
    done.stdout, done.stderr = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    return done


def sign(secret, body):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Reply:
    """What the server answered."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        return self.headers.get(name) or ""

    def json(self):
        return json.loads(self.body)

    def ok(self, status=200):
        assert self.status == status, f"{self.status} instead of {status}: {self.body[:2000]!r}"
        return self.json() if self.body else None

    def accepted(self):
        """The id of the event of a delivery that was taken."""
        return self.ok(202)["id"]

    def problem(self, status, code=None):
        """The problem document of a refusal, checked for its shape."""
        assert self.status == status, f"{self.status} instead of {status}: {self.body[:2000]!r}"
        assert self.header("Content-Type").startswith("application/problem+json"), self.headers.items()
        document = self.json()
        assert document["status"] == status and document["title"] and document["type"].startswith("urn:firstmate:problem:"), document
        assert isinstance(document["detail"], str) and "remedy" in document and "trace_id" in document, document
        if code:
            assert document["code"] == code, document
        return document


def http_request(url, method="GET", body=None, headers=None, timeout=30):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        connection.request(method, parts.path + ("?" + parts.query if parts.query else ""), body, headers or {})
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


class Firstmate:
    """One server. settings: by name with _ for a dot, slack_channel="#builds"; None takes a default of the tests away.

    github, slack: stand-ins to speak with; without one that service is not configured."""

    def __init__(self, folder, github=None, slack=None, flags=(), env=None, **settings):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data_dir = Path(settings.pop("data_dir", self.folder / "data"))
        self.github, self.slack, self.flags, self.extra_env = github, slack, list(flags), dict(env or {})
        self.settings = {"listen": "127.0.0.1:0", "admin_key": ADMIN_KEY, "github_webhook_secret": SECRET, "log_level": "info", "store_ballast": "0"}
        if github is not None:
            self.settings.update(github_api_url=github.api_url, github_token=github.token, github_download_origins=github.storage.url)
        if slack is not None:
            self.settings.update(slack_api_url=slack.api_url, slack_bot_token=slack.token, slack_channel="#builds")
        self.settings.update(settings)
        self.secret = self.settings.get("github_webhook_secret")
        self.process, self.url, self.starts, self.banner = None, "", 0, ""

    # -- life -------------------------------------------------------------------------------------------------------
    def env(self):
        named = {"FIRSTMATE_" + name.upper(): value for name, value in self.settings.items() if value is not None}
        return clean_env(self.folder, FIRSTMATE_DATA_DIR=self.data_dir, **named, **self.extra_env)

    def launch(self):
        """Starts without waiting: for starts that are expected to fail."""
        self.starts += 1
        self._out = self.folder / f"stdout.{self.starts}"
        self._err = self.folder / f"stderr.{self.starts}"
        with open(self._out, "wb") as out, open(self._err, "wb") as err:
            self.process = subprocess.Popen([binary(), "serve", *map(str, self.flags)], stdout=out, stderr=err, stdin=subprocess.DEVNULL, env=self.env(), cwd=self.folder)
        return self

    def start(self, timeout=30):
        self.launch()

        def up():
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}: {self.stderr()[-3000:]}")
            return re.search(r"^ +page +(http://\S+)", self.stdout(), re.M) and self.stdout().endswith("\n") and self.stdout()

        self.banner = wait_until(up, timeout, "the server's address on stdout", every=0.01)
        self.url = json.loads((self.data_dir / "server.json").read_text())["url"]
        return self

    def kill9(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def terminate(self, timeout=30):
        """SIGTERM, and the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def restart(self, **settings):
        self.terminate()
        self.settings.update(settings)
        return self.start()

    def __enter__(self):
        return self if self.process is not None and self.process.poll() is None else self.start()

    def __exit__(self, kind, *_):
        """A clean end is part of every story; a story that failed already is ended without ceremony."""
        if self.process is None or self.process.poll() is not None:
            return
        if kind is not None:
            return self.kill9()
        try:
            code = self.terminate()
        except subprocess.TimeoutExpired:
            self.kill9()
            raise AssertionError("the server did not stop within 30 s of SIGTERM: " + self.stderr()[-2000:]) from None
        assert code == 0, f"ended with {code}: {self.stderr()[-3000:]}"
        assert not SANITISER_REPORT.search(self.stderr().encode()), self.stderr()[-4000:]

    def stdout(self):
        return self._out.read_text(errors="replace")

    def stderr(self):
        return self._err.read_text(errors="replace")

    def log(self):
        """The server's own log since its latest start, parsed."""
        return [json.loads(line) for line in self.stderr().splitlines() if line.startswith("{")]

    def memory_peak_kb(self):
        return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())[1])

    # -- HTTP -------------------------------------------------------------------------------------------------------
    def request(self, method, path, body=None, headers=None, timeout=30):
        return http_request(self.url + path, method, body, headers, timeout)

    def api(self, path, method="GET", body=None, key=ADMIN_KEY, headers=None):
        """key: "" asks as nobody."""
        sent = dict(headers or {})
        if key:
            sent["Authorization"] = "Bearer " + key
        if body is not None:
            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        return self.request(method, "/api/v1" + path, body, sent)

    def get(self, path, **query):
        return self.api(path + ("?" + urlencode(query) if query else "")).ok()

    def walk(self, path, limit=2, **query):
        """All items over all pages."""
        items, cursor = [], None
        for _ in range(10_000):
            page = self.get(path, limit=limit, **query, **({"cursor": cursor} if cursor else {}))
            assert len(page["items"]) <= limit
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items
        raise AssertionError(f"{path} has no end")

    def new_key(self, role, name="a key", **more):
        return self.api("/keys", "POST", {"name": name, "role": role, **more}).ok(201)

    def metrics(self):
        """{name with its labels: value}"""
        text = self.request("GET", "/metrics", headers={"Authorization": "Bearer " + ADMIN_KEY}).body.decode()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line and not line.startswith("#")}

    def health(self):
        reply = self.request("GET", "/health")
        return reply.status, reply.json()

    def dependency(self, name):
        return next(one for one in self.health()[1]["dependencies"] if one["name"] == name)

    # -- webhooks ---------------------------------------------------------------------------------------------------
    @property
    def webhook_url(self):
        return self.url + "/webhooks/github"

    def webhook(self, event, payload, guid=None, secret=None, headers=None, timeout=30):
        """One signed delivery. payload: an object, or the raw bytes. headers: None as a value leaves one out."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload, separators=(",", ":")).encode()
        sent = {"Content-Type": "application/json", "User-Agent": "GitHub-Hookshot/stand-in", "X-GitHub-Event": event,
                "X-GitHub-Delivery": guid or str(uuid.uuid4()), "X-Hub-Signature-256": sign(secret or self.secret, body)}
        sent.update(headers or {})
        return self.request("POST", "/webhooks/github", body, {name: value for name, value in sent.items() if value is not None}, timeout)

    def send_run(self, run, events=("workflow_job", "check_run", "workflow_run"), wait=True):
        """The deliveries of a run, as GitHub sends them; the ids of their events."""
        ids = [self.webhook(event, payload).accepted() for event, payload in self.github.payloads(run) if event in events]
        if wait:
            for one in ids:
                self.wait_done(one)
        return ids

    # -- what came of it --------------------------------------------------------------------------------------------
    def event(self, event_id):
        return self.get(f"/events/{event_id}")

    def wait_done(self, event_id, timeout=30):
        return self.wait_state(event_id, "done", timeout)

    def wait_state(self, event_id, state, timeout=30):
        def reached():
            event = self.event(event_id)
            assert event["state"] != "dead" or state == "dead", event
            return event if event["state"] == state else None

        return wait_until(reached, timeout, f"event {event_id} {state}")

    def wait_quiet(self, timeout=30):
        """Until nothing is queued or runs (what waits for a later time included)."""
        return wait_until(lambda: (q := self.get("/status")["queue"])["queued"] + q["running"] == 0 or None, timeout, "an empty queue")

    def failures(self, **query):
        return self.walk("/failures", limit=100, **query)

    def only_failure(self, repository=""):
        found = self.failures(**({"repository": repository} if repository else {}))
        assert len(found) == 1, [(f["repository"], f["job"], f["cause"]["summary"]) for f in found]
        return self.get(f"/failures/{found[0]['id']}")

    def only_occurrence(self, repository=""):
        failure = self.only_failure(repository)
        assert failure["occurrence_count"] == 1, failure
        return self.get(f"/occurrences/{failure['latest_occurrence_id']}")

    def wait_sent(self, repository="", timeout=30):
        """Until every failure's latest message is sent in its latest form."""
        def sent():
            details = [self.get(f"/failures/{one['id']}") for one in self.failures(**({"repository": repository} if repository else {}))]
            return details and all(one["notice"]["state"] == "sent" for one in details) and details

        return wait_until(sent, timeout, f"the messages of {repository or 'all failures'} are sent")

    def files_with(self, *needles):
        """Files of the data directory that hold any of the byte strings."""
        found = []
        for path in sorted(self.data_dir.rglob("*")):
            if path.is_file():
                content = path.read_bytes()
                found += [(path.name, needle) for needle in needles if needle in content]
        return found


class LiveStream:
    """GET /api/v1/live: events as (name, data), read on a thread."""

    def __init__(self, fm, headers=None):
        parts = urlsplit(fm.url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=30)
        lines = ["GET /api/v1/live HTTP/1.1", f"Host: {parts.netloc}", "Accept: text/event-stream"]
        lines += [f"{name}: {value}" for name, value in (headers or {"Authorization": "Bearer " + ADMIN_KEY}).items()]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.events, self.head, self._buffer, self.closed = [], "", b"", False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        wait_until(lambda: self.head, 10, "the head of the live stream")

    def _read(self):
        try:
            while data := self.socket.recv(65536):
                self._buffer += data
                if not self.head:
                    if b"\r\n\r\n" not in self._buffer:
                        continue
                    head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
                    self.head = head.decode()
                for name, value in re.findall(rb"event: (\w+)\r?\ndata: (.*?)\r?\n\r?\n", self._buffer)[len(self.events):]:
                    self.events.append((name.decode(), json.loads(value)))
        except OSError:
            pass
        self.closed = True

    def resources(self):
        return {data["resource"] for name, data in self.events if name == "change"}

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
        self._thread.join(5)
