"""Who may come in: keys, roles, the set-up link, sessions."""
import json
import re
import time
from datetime import datetime, timezone

import pytest
from firstmate import ADMIN_KEY, ROOT, LiveStream, http_request, wait_until

SPEC = json.loads((ROOT / "src/api/openapi.json").read_text())
OPEN_ROUTES = {("get", "/api/v1/openapi.json"), ("get", "/health"), ("get", "/health/live"), ("get", "/health/ready"), ("post", "/webhooks/github"),
               ("get", "/api/v1/session"), ("post", "/api/v1/session"), ("delete", "/api/v1/session"), ("post", "/api/v1/setup")}
ROUTES = [(method, path) for path, operations in SPEC["paths"].items() for method in operations if method in ("get", "post", "put", "patch", "delete")]
GUARDED = [route for route in ROUTES if route not in OPEN_ROUTES]


def rfc3339(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("method, path", GUARDED, ids=[f"{m} {p}" for m, p in GUARDED])
def test_nobody_gets_in_without_a_key(fm, method, path):
    path = re.sub(r"\{\w+\}", "x", path)
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {ADMIN_KEY}"}, {"X-Api-Key": ADMIN_KEY[:-1]},
                    {"Cookie": "fm_session=forged"}, {"Authorization": "Bearer "}):
        reply = fm.request(method.upper(), path, b"{}" if method == "post" else None, headers)
        document = reply.problem(401, "unauthorised")
        assert document["remedy"] and reply.header("WWW-Authenticate") == "Bearer", document


def test_the_open_routes_are_these_and_no_others(fm):
    assert len(GUARDED) >= 17 and fm.request("GET", "/api/v1/openapi.json").json()["openapi"].startswith("3.1")
    assert fm.api("/session", key="").ok()["user"] is None


@pytest.mark.parametrize("role, may", [("viewer", {"read"}), ("operator", {"read", "repeat"}), ("admin", {"read", "repeat", "keys"})])
def test_each_role_may_do_this_much(fm, role, may):
    key = fm.new_key(role)["key"]
    tries = {"read": lambda: fm.api("/events", key=key), "repeat": lambda: fm.api("/events/evt_none/requeue", "POST", key=key), "keys": lambda: fm.api("/keys", key=key)}
    for what, ask in tries.items():
        reply = ask()
        if what in may:
            assert reply.status in (200, 404), (what, reply.status)
        else:
            document = reply.problem(403, "forbidden")
            assert role in document["detail"], document
    if role == "viewer":
        fm.api("/demo", "DELETE", key=key).problem(403, "forbidden")
        fm.api("/jobs/job_none/requeue", "POST", key=key).problem(403, "forbidden")
        fm.api("/keys", "POST", {"name": "x", "role": "admin"}, key=key).problem(403, "forbidden")


def test_a_key_is_shown_once_used_and_revoked(fm):
    made = fm.new_key("viewer", "for a dashboard")
    assert made["key"].startswith(made["prefix"]) and made["expires_at"] is None
    listed = {one["id"]: one for one in fm.walk("/keys", limit=1)}
    assert "key" not in listed[made["id"]] and listed[made["id"]]["name"] == "for a dashboard"
    fm.api("/status", key=made["key"]).ok()
    assert fm.request("GET", "/api/v1/status", headers={"X-Api-Key": made["key"]}).status == 200
    wait_until(lambda: next(one for one in fm.walk("/keys", limit=100) if one["id"] == made["id"])["last_used_at"], what="its use is remembered")
    assert fm.api(f"/keys/{made['id']}", "DELETE").status == 204
    fm.api("/status", key=made["key"]).problem(401, "unauthorised")
    fm.api(f"/keys/{made['id']}", "DELETE").problem(404, "not_found")
    assert fm.files_with(made["key"].encode()) == [], "only its hash is stored"


def test_a_key_ends_when_it_expires(fm):
    made = fm.new_key("viewer", expires_at=rfc3339(time.time() + 2))
    fm.api("/status", key=made["key"]).ok()
    wait_until(lambda: fm.api("/status", key=made["key"]).status == 401, 10, "the key expires")
    fm.api("/keys", "POST", {"name": "late", "role": "viewer", "expires_at": rfc3339(time.time() - 60)}).problem(400, "invalid")


@pytest.mark.parametrize("body", [{}, {"name": "x"}, {"name": "x", "role": "king"}, {"name": 1, "role": "viewer"}, {"name": "", "role": "viewer"},
                                  {"name": "x", "role": "viewer", "expires_at": "tomorrow"}, {"name": "x" * 1000, "role": "viewer"}])
def test_a_key_that_cannot_be_made_says_why(fm, body):
    assert fm.api("/keys", "POST", body).problem(400, "invalid")["detail"]


def test_a_write_with_an_idempotency_key_happens_once(fm):
    again = {"Idempotency-Key": "make-it-once"}
    first = fm.api("/keys", "POST", {"name": "once", "role": "viewer"}, headers=again).ok(201)
    second = fm.api("/keys", "POST", {"name": "once", "role": "viewer"}, headers=again).ok(201)
    assert first["id"] == second["id"]
    assert sum(one["name"] == "once" for one in fm.walk("/keys", limit=100)) == 1


class Browser:
    """What a page's script does: a cookie, and the CSRF token on writes."""

    def __init__(self, fm):
        self.fm, self.cookie, self.csrf = fm, "", ""

    def send(self, method, path, body=None, csrf=None, **headers):
        if self.cookie:
            headers["Cookie"] = self.cookie
        if csrf if csrf is not None else self.csrf:
            headers["X-Firstmate-Csrf"] = self.csrf if csrf is None else csrf
        if body is not None:
            headers["Content-Type"] = headers.get("Content-Type", "application/json")
            body = json.dumps(body)
        reply = self.fm.request(method, "/api/v1" + path, body, headers)
        if reply.header("Set-Cookie"):
            self.cookie = reply.header("Set-Cookie").split(";")[0]
            self.flags = reply.header("Set-Cookie")
        if reply.status < 300 and reply.body and "csrf_token" in reply.json():
            self.csrf = reply.json()["csrf_token"] or ""
        return reply


def token_in(text):
    return re.search(r"#token=([0-9a-zA-Z_-]+)", text)[1]


def test_the_set_up_link_makes_the_first_administrator_once(make):
    own = make().start()
    token = token_in(own.banner)
    assert own.api("/session", key="").ok()["setup_required"] is True
    browser = Browser(own)
    browser.send("POST", "/setup", {"token": "wrong" + token[5:], "name": "Eve"}).problem(401, "unauthorised")
    browser.send("POST", "/setup", {"token": token, "name": ""}).problem(400, "invalid")
    made = browser.send("POST", "/setup", {"token": token, "name": "Ada"}).ok(201)
    assert made["user"]["name"] == "Ada" and made["user"]["role"] == "admin" and made["setup_required"] is False
    assert "HttpOnly" in browser.flags and "SameSite=Strict" in browser.flags
    Browser(own).send("POST", "/setup", {"token": token, "name": "Eve"}).problem(401, "unauthorised")
    browser.send("GET", "/status").ok()
    # The link is gone from the next start's banner, and the session survives it.
    own.restart()
    assert "#token=" not in own.banner
    browser.send("GET", "/status").ok()
    # Writes need the session's CSRF token.
    new_key = {"name": "by the page", "role": "viewer"}
    browser.send("POST", "/keys", new_key, csrf="").problem(403, "forbidden")
    browser.send("POST", "/keys", new_key, csrf="0" * 64).problem(403, "forbidden")
    browser.send("POST", "/keys", new_key).ok(201)
    # A one-time link signs in again; it works once.
    link = own.api("/session/links", "POST").ok(201)["path"]
    other = Browser(own)
    assert other.send("POST", "/session", {"link_token": token_in(link)}).ok()["user"]["name"] == "Ada"
    Browser(own).send("POST", "/session", {"link_token": token_in(link)}).problem(401, "unauthorised")
    # Signing out ends this session and no other.
    browser.send("DELETE", "/session", csrf="").problem(403, "forbidden")
    stolen = browser.cookie
    assert browser.send("DELETE", "/session").status == 204
    own.request("GET", "/api/v1/status", headers={"Cookie": stolen}).problem(401, "unauthorised")
    other.send("GET", "/status").ok()
    assert own.files_with(token.encode(), stolen.split("=", 1)[1].encode()) == [], "only hashes are stored"
    assert own.terminate() == 0


def test_an_api_key_opens_a_session(fm):
    key, browser = fm.new_key("operator", "Grace")["key"], Browser(fm)
    assert browser.send("POST", "/session", {"api_key": key}).ok()["user"]["role"] == "operator"
    browser.send("GET", "/failures").ok()
    browser.send("GET", "/keys").problem(403, "forbidden")
    browser.send("POST", "/session", {"api_key": "wrong"}).problem(401, "unauthorised")
    browser.send("POST", "/session", {}).problem(400, "invalid")
    browser.send("POST", "/session", {"api_key": key, "link_token": "x"}).problem(400, "invalid")
    browser.send("POST", "/session", {"api_key": key}, **{"Content-Type": "text/plain"}).problem(400, "invalid")  # a form of another site


def test_a_session_ends_with_its_key(fm):
    made, browser = fm.new_key("viewer"), Browser(fm)
    browser.send("POST", "/session", {"api_key": made["key"]}).ok()
    fm.api(f"/keys/{made['id']}", "DELETE")
    browser.send("GET", "/failures").problem(401, "unauthorised")


def test_the_live_stream_takes_a_session(fm):
    browser = Browser(fm)
    browser.send("POST", "/session", {"api_key": fm.new_key("viewer")["key"]}).ok()
    stream = LiveStream(fm, {"Cookie": browser.cookie})
    assert " 200 " in stream.head.splitlines()[0] and "text/event-stream" in stream.head
    stream.close()


def test_login_link_comes_from_the_same_machine_only(make, cli, tmp_path):
    own = make().start()
    done = cli("login-link", FIRSTMATE_DATA_DIR=own.data_dir)
    assert done.returncode == 0 and done.stdout.startswith(f"{own.url}/setup#token="), (done.stdout, done.stderr)
    Browser(own).send("POST", "/setup", {"token": token_in(done.stdout), "name": "Ada"}).ok(201)
    link = json.loads(cli("login-link", "-o", "json", FIRSTMATE_DATA_DIR=own.data_dir).stdout)["link"]
    assert link.startswith(f"{own.url}/sign-in#token=")
    assert Browser(own).send("POST", "/session", {"link_token": token_in(link)}).ok()["user"]["name"] == "Ada"
    elsewhere = cli("login-link", FIRSTMATE_DATA_DIR=tmp_path / "nothing")
    assert elsewhere.returncode == 1 and "no server is known" in elsewhere.stderr and "firstmate serve" in elsewhere.stderr
    stranger = cli("login-link", FIRSTMATE_DATA_DIR=tmp_path / "nothing", FIRSTMATE_URL=own.url)
    assert stranger.returncode == 1 and "login" not in stranger.stdout, stranger.stderr
    for name in ("local.key", "seal.key", "redact.key", "server.json"):
        assert (own.data_dir / name).stat().st_mode & 0o077 == 0, name
    assert own.data_dir.stat().st_mode & 0o077 == 0


def test_every_answer_has_the_security_headers(fm):
    for path in ("/", "/failures", "/health", "/api/v1/status", "/api/v1/nothing"):
        reply = fm.request("GET", path)
        assert reply.header("X-Content-Type-Options") == "nosniff" and reply.header("X-Frame-Options") == "DENY", (path, reply.headers.items())
        policy = reply.header("Content-Security-Policy")
        assert "frame-ancestors 'none'" in policy and "unsafe-inline" not in policy.split("style-src")[0], (path, policy)
    nonces = {re.search(r"'nonce-([^']+)'", fm.request("GET", "/").header("Content-Security-Policy"))[1] for _ in range(5)}
    assert len(nonces) == 5
    assert http_request(fm.url + "/assets/no-such-file.js").status == 404
