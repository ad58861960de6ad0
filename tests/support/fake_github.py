#!/usr/bin/env python3
"""Stands in for GitHub's REST API and webhooks (https://docs.github.com/rest, version 2022-11-28) at the socket.

What it keeps of the published contract: workflow runs (one, by attempt, lists with branch, status, created), jobs with
steps, job logs and run log archives behind a 302 to another origin that refuses the Authorization header, 404 while a
log is not there yet, 410 when it expired; compare and commits; check runs; repository hooks and App hook deliveries (list,
one, redelivery); App assertions (checked with openssl when given the public key) and installation tokens that expire;
ETag and 304, Link paging, primary and secondary rate limits, error bodies; webhooks signed with X-Hub-Signature-256 and
remembered as deliveries. Permissions are not modelled beyond "any known token".

    github = FakeGitHub().start()
    run = github.add_run("acme/web", conclusion="failure", jobs=[{"name": "test", "conclusion": "failure", "log": "…"}])
    github.send_run(run, url="http://127.0.0.1:8080/webhooks/github", secret="…")
    github.fail("status", path="/logs$", status=404, times=2)      # not there yet
    github.storage.fail("cut", times=1)                            # the log store breaks off

From a shell: fake_github.py [--port N] prints {"api_url", "token"}; POST /_stand_in/run {add_run's arguments} adds a run.
"""
import argparse
import base64
import hashlib
import hmac
import http.client
import io
import json
import re
import subprocess
import sys
import tempfile
import time
import uuid
import zipfile
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlencode, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent))
from stand_in import Answer, StandIn, serve_forever  # noqa: E402


def rfc3339(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def problem(status, message, **headers):
    return Answer(status, {"message": message, "documentation_url": "https://docs.github.com/rest"}, headers)


def sha_of(*parts):
    return hashlib.sha1("\n".join(map(str, parts)).encode()).hexdigest()


class LogStorage(StandIn):
    """The other origin that logs live on: signed URLs, no Authorization header (it answers 400, as Azure's does)."""

    def __init__(self):
        super().__init__()
        self.objects = {}  # path -> (bytes, content type)

    def put(self, name, content, content_type):
        path = f"/logs/{name}"
        with self.lock:
            self.objects[path] = (content, content_type)
        return f"{self.url}{path}?" + urlencode({"sig": sha_of(path, "signature"), "se": rfc3339(time.time() + 60)})

    def respond(self, request):
        if request.header("Authorization"):
            return Answer(400, "<Error><Code>InvalidAuthenticationInfo</Code></Error>", content_type="application/xml")
        if request.query.get("sig") != sha_of(request.path, "signature"):
            return Answer(403, "<Error><Code>AuthenticationFailed</Code></Error>", content_type="application/xml")
        found = self.objects.get(request.path)
        if found is None:
            return Answer(404, "<Error><Code>BlobNotFound</Code></Error>", content_type="application/xml")
        return Answer(200, found[0], content_type=found[1])


class FakeGitHub(StandIn):
    """storage: the LogStorage. tokens: those that are accepted (an empty set: anybody). remaining: of the rate limit.

    job_log_faults: job id -> list of statuses answered before the log (404: not there yet; 410 stays)."""

    def __init__(self, port=0, token="ghp_standin0123456789standin0123456789", app_id="", app_public_key="", token_life_s=3600):
        super().__init__(port)
        self.storage = LogStorage()
        self.token, self.tokens = token, {token} if token else set()
        self.app_id, self.app_public_key, self.token_life_s = app_id, app_public_key, token_life_s
        self.installations = {"1001": "acme"}
        self.limit = 5000
        self.remaining = 5000
        self.reset_at = int(time.time()) + 3600
        self.repositories = {}
        self.runs = {}       # id -> {attempt: run}
        self.jobs = {}       # id -> job (with "_log")
        self.job_log_faults = {}
        self.deliveries = {}  # hook key -> list, newest first
        self.hooks = {}       # repository -> list
        self._next = 1000
        self._issued = {}

    # -- life -------------------------------------------------------------------------------------------------------
    def start(self):
        self.storage.start()
        return super().start()

    def stop(self):
        super().stop()
        self.storage.stop()

    @property
    def api_url(self):
        return self.url

    # -- what tests put in ------------------------------------------------------------------------------------------
    def _id(self):
        with self.lock:
            self._next += 1
            return self._next

    def repository(self, name):
        with self.lock:
            if name not in self.repositories:
                owner = name.split("/")[0]
                self.repositories[name] = {
                    "id": self._id(), "name": name.split("/")[1], "full_name": name, "private": True, "default_branch": "main",
                    "owner": {"login": owner, "id": 1, "type": "Organization"},
                    "html_url": f"https://github.example/{name}", "url": f"{self.url}/repos/{name}", "_commits": [],
                }
            return self.repositories[name]

    def add_commit(self, repository, message="Change things", author="Ada Byron", login="ada", files=(), at=None):
        """Appends to the repository's one line of history; files: paths or whole file objects. Returns the hash."""
        repo = self.repository(repository)
        sha = sha_of(repository, len(repo["_commits"]), message)
        when = rfc3339(at if at is not None else time.time() - 60)
        person = {"name": author, "email": f"{login}@example.com", "date": when}
        repo["_commits"].append({
            "sha": sha, "html_url": f"https://github.example/{repository}/commit/{sha}",
            "commit": {"message": message, "author": person, "committer": person},
            "author": {"login": login, "id": 7} if login else None, "committer": None,
            "parents": [{"sha": repo["_commits"][-1]["sha"]}] if repo["_commits"] else [],
            "files": [f if isinstance(f, dict) else {"filename": f, "status": "modified", "additions": 2, "deletions": 1, "changes": 3, "patch": "@@ -1 +1,2 @@\n-a\n+b\n+c"} for f in files],
        })
        return sha

    def add_run(self, repository, workflow="CI", branch="main", event="push", conclusion="failure", status="completed", jobs=(), head_sha="",
                run_id=None, attempt=1, created_at=None, title="Change things", actor="ada"):
        """jobs: [{"name", "conclusion", "log", "steps": [{"name", "conclusion"}]}]. The same run_id and a higher attempt: a re-run."""
        repo = self.repository(repository)
        created = created_at if created_at is not None else time.time() - 120
        if not head_sha:
            head_sha = repo["_commits"][-1]["sha"] if repo["_commits"] else sha_of(repository, branch, created)
        run_id = run_id or self._id()
        public = {k: v for k, v in repo.items() if not k.startswith("_")}
        url = f"{self.url}/repos/{repository}/actions/runs/{run_id}"
        run = {
            "id": run_id, "name": workflow, "head_branch": branch, "head_sha": head_sha, "path": f".github/workflows/{workflow.lower()}.yml",
            "display_title": title, "run_number": len(self.runs) + 1, "run_attempt": attempt, "event": event, "status": status,
            "conclusion": conclusion if status == "completed" else None,
            "workflow_id": int(hashlib.sha1(f"{repository}/{workflow}".encode()).hexdigest()[:7], 16) + 1,
            "html_url": f"https://github.example/{repository}/actions/runs/{run_id}", "url": url, "jobs_url": url + "/jobs",
            "logs_url": url + "/logs", "created_at": rfc3339(created), "run_started_at": rfc3339(created), "updated_at": rfc3339(created + 60),
            "actor": {"login": actor, "id": 7}, "triggering_actor": {"login": actor, "id": 7}, "repository": public, "pull_requests": [],
            "head_commit": {"id": head_sha, "message": title, "timestamp": rfc3339(created - 10), "author": {"name": "Ada Byron", "email": "ada@example.com"}},
            "_jobs": [],
        }
        for given in jobs:
            run["_jobs"].append(self._job(run, repository, dict(given), created))
        with self.lock:
            self.runs.setdefault(run_id, {})[attempt] = run
        return run

    def _job(self, run, repository, given, created):
        job_id = given.get("id") or self._id()
        conclusion = given.get("conclusion", run["conclusion"])
        steps = given.get("steps") or [{"name": "Set up job", "conclusion": "success"}, {"name": "Run " + given["name"], "conclusion": conclusion}]
        job = {
            "id": job_id, "run_id": run["id"], "run_attempt": run["run_attempt"], "workflow_name": run["name"], "head_branch": run["head_branch"],
            "head_sha": run["head_sha"], "name": given["name"], "status": "completed", "conclusion": conclusion, "created_at": rfc3339(created),
            "started_at": rfc3339(created + 5), "completed_at": rfc3339(created + 55), "labels": ["ubuntu-latest"], "runner_name": "runner 1",
            "html_url": f"https://github.example/{repository}/actions/runs/{run['id']}/job/{job_id}", "url": f"{self.url}/repos/{repository}/actions/jobs/{job_id}",
            "check_run_url": f"{self.url}/repos/{repository}/check-runs/{job_id}",
            "steps": [{"name": s["name"], "status": "completed", "conclusion": s.get("conclusion", "success"), "number": n,
                       "started_at": rfc3339(created + 5 + n), "completed_at": rfc3339(created + 6 + n)} for n, s in enumerate(steps, start=1)],
            "_log": given.get("log", ""), "_repository": repository,
        }
        with self.lock:
            self.jobs[job_id] = job
        return job

    def log_not_there(self, job_id, times):
        self.job_log_faults[job_id] = [404] * times

    def log_expired(self, job_id):
        self.job_log_faults[job_id] = [410] * 1_000_000

    # -- webhooks ---------------------------------------------------------------------------------------------------
    def payloads(self, run):
        """The deliveries that GitHub sends at the end of a run: [(event, payload)]."""
        public = lambda value: {k: v for k, v in value.items() if not k.startswith("_")}  # noqa: E731
        sender = {"login": run["actor"]["login"], "id": 7, "type": "User"}
        base = {"repository": run["repository"], "organization": run["repository"]["owner"], "sender": sender}
        out = []
        for job in run["_jobs"]:
            out.append(("workflow_job", {"action": "completed", "workflow_job": public(job), **base}))
            out.append(("check_run", {"action": "completed", "check_run": self._check_run(job), **base}))
        workflow = {"id": run["workflow_id"], "name": run["name"], "path": run["path"], "state": "active"}
        out.append(("workflow_run", {"action": run["status"], "workflow_run": public(run), "workflow": workflow, **base}))
        return out

    def send_run(self, run, url, secret, events=("workflow_run", "workflow_job", "check_run")):
        return [self.send_webhook(url, secret, event, payload) for event, payload in self.payloads(run) if event in events]

    def send_webhook(self, url, secret, event, payload, guid="", timeout=10.0, redelivery=False):
        """Sends one delivery and remembers it with its outcome. Returns the delivery as the API shows it."""
        guid = guid or str(uuid.uuid4())
        body = json.dumps(payload, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "GitHub-Hookshot/stand-in", "X-GitHub-Event": event, "X-GitHub-Delivery": guid,
                   "X-GitHub-Hook-ID": "1"}
        if secret:
            headers["X-Hub-Signature-256"] = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        parts = urlsplit(url)
        begun, code, status, answer = time.time(), 0, "timed out", b""
        try:
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
            connection.request("POST", parts.path, body, headers)
            response = connection.getresponse()
            answer, code = response.read(), response.status
            status = "OK" if 200 <= code < 300 else f"Invalid HTTP Response: {code}"
            connection.close()
        except TimeoutError:
            pass
        except (OSError, http.client.HTTPException):
            status = "failed to connect to host"
        repository = (payload.get("repository") or {}).get("full_name", "")
        return self.add_delivery(repository, event, payload, guid=guid, status_code=code, status=status, redelivery=redelivery,
                                 duration=time.time() - begun, answer=answer.decode(errors="replace"), url=url)

    def add_hook(self, repository, url):
        hook = {"id": self._id(), "type": "Repository", "name": "web", "active": True, "events": ["workflow_run", "workflow_job"],
                "config": {"url": url, "content_type": "json"}}
        self.hooks.setdefault(repository, []).append(hook)
        return hook

    def add_delivery(self, repository, event, payload, guid="", status_code=503, status="", at=None, redelivery=False, duration=0.1, answer="", url=""):
        """Recorded for the repository's first hook, and for the App."""
        delivery = {
            "id": self._id(), "guid": guid or str(uuid.uuid4()), "delivered_at": rfc3339(at if at is not None else time.time()), "redelivery": redelivery,
            "duration": round(duration, 2), "status": status or ("OK" if 200 <= status_code < 300 else f"Invalid HTTP Response: {status_code}"),
            "status_code": status_code, "event": event, "action": payload.get("action"), "installation_id": None, "repository_id": None, "throttled_at": None,
            "_payload": payload, "_answer": answer, "_url": url,
        }
        with self.lock:
            hook = (self.hooks.get(repository) or [None])[0]
            for key in ["app"] + ([f"{repository}/{hook['id']}"] if hook else []):
                self.deliveries.setdefault(key, []).insert(0, delivery)
        return delivery

    # -- the API ----------------------------------------------------------------------------------------------------
    ROUTES = [
        ("GET", r"/rate_limit", "_rate_limit"),
        ("GET", r"/user", "_user"),
        ("GET", r"/app", "_app"),
        ("POST", r"/app/installations/(\d+)/access_tokens", "_access_token"),
        ("GET", r"/app/hook/deliveries", "_app_deliveries"),
        ("GET", r"/app/hook/deliveries/(\d+)", "_app_delivery"),
        ("GET", r"/repos/([^/]+/[^/]+)", "_repository"),
        ("GET", r"/repos/([^/]+/[^/]+)/actions/runs", "_runs"),
        ("GET", r"/repos/([^/]+/[^/]+)/actions/workflows/([^/]+)/runs", "_workflow_runs"),
        ("GET", r"/repos/([^/]+/[^/]+)/actions/runs/(\d+)", "_run"),
        ("GET", r"/repos/([^/]+/[^/]+)/actions/runs/(\d+)/attempts/(\d+)", "_run"),
        ("GET", r"/repos/([^/]+/[^/]+)/actions/runs/(\d+)/jobs", "_run_jobs"),
        ("GET", r"/repos/([^/]+/[^/]+)/actions/runs/(\d+)/attempts/(\d+)/jobs", "_run_jobs"),
        ("GET", r"/repos/([^/]+/[^/]+)/actions/runs/(\d+)/logs", "_run_logs"),
        ("GET", r"/repos/([^/]+/[^/]+)/actions/runs/(\d+)/attempts/(\d+)/logs", "_run_logs"),
        ("GET", r"/repos/([^/]+/[^/]+)/actions/jobs/(\d+)", "_one_job"),
        ("GET", r"/repos/([^/]+/[^/]+)/actions/jobs/(\d+)/logs", "_job_logs"),
        ("GET", r"/repos/([^/]+/[^/]+)/check-runs/(\d+)", "_one_check_run"),
        ("GET", r"/repos/([^/]+/[^/]+)/commits/([^/]+)", "_commit"),
        ("GET", r"/repos/([^/]+/[^/]+)/compare/(.+)\.\.\.(.+)", "_compare"),
        ("GET", r"/repos/([^/]+/[^/]+)/hooks", "_repo_hooks"),
        ("GET", r"/repos/([^/]+/[^/]+)/hooks/(\d+)/deliveries", "_repo_deliveries"),
        ("GET", r"/repos/([^/]+/[^/]+)/hooks/(\d+)/deliveries/(\d+)", "_repo_delivery"),
    ]

    def respond(self, request):
        for method, pattern, name in self.ROUTES:
            match = re.fullmatch(pattern, request.path)
            if match is None or method != request.method:
                continue
            if refused := self._authorise(request) or self._limited(request):
                return refused
            with self.lock:
                answer = getattr(self, name)(request, *match.groups())
            return self._finish(request, answer)
        return problem(404, "Not Found")

    def control(self, request):
        if request.path == "/_stand_in/run":
            run = self.add_run(**request.json())
            return Answer(200, {"id": run["id"], "jobs": [j["id"] for j in run["_jobs"]]})
        return super().control(request)

    def _authorise(self, request):
        header = request.header("Authorization")
        token = header.removeprefix("Bearer ").removeprefix("token ")
        if request.path == "/app" or request.path.startswith("/app/"):
            return self._check_assertion(token)
        if not self.tokens and not self.app_id:
            return None
        if token in self.tokens:
            return None
        if token in self._issued:
            if self._issued[token] > time.time():
                return None
            return problem(401, "Bad credentials")
        return problem(401, "Requires authentication" if not header else "Bad credentials")

    def _check_assertion(self, token):
        try:
            head, claims, signature = token.split(".")
            decode = lambda part: base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))  # noqa: E731
            header, body = json.loads(decode(head)), json.loads(decode(claims))
        except ValueError:
            return problem(401, "A JSON web token could not be decoded")
        now = time.time()
        if header.get("alg") != "RS256" or str(body.get("iss")) != str(self.app_id):
            return problem(401, "Integration not found")
        if not body["iat"] <= now < body["exp"] or body["exp"] - now > 600:
            return problem(401, "'Expiration time' claim ('exp') is too far in the future")
        if self.app_public_key:
            with tempfile.TemporaryDirectory() as folder:
                files = [Path(folder, name) for name in ("key", "signature", "text")]
                for file, content in zip(files, (self.app_public_key.encode(), decode(signature), f"{head}.{claims}".encode())):
                    file.write_bytes(content)
                checked = subprocess.run(["openssl", "dgst", "-sha256", "-verify", files[0], "-signature", files[1], files[2]], capture_output=True)
            if checked.returncode != 0:
                return problem(401, "A JSON web token could not be decoded")
        return None

    def _limited(self, request):
        if request.path == "/rate_limit" or request.path.startswith("/app"):
            return None
        if time.time() >= self.reset_at:
            self.remaining, self.reset_at = self.limit, int(time.time()) + 3600
        if self.remaining > 0:
            return None
        return self._with_rate(problem(403, "API rate limit exceeded for stand-in."))

    def secondary_limit(self, retry_after, times=1, path=""):
        return self.fail("status", path=path, status=429, times=times, headers={"Retry-After": str(retry_after)},
                         body='{"message":"You have exceeded a secondary rate limit."}')

    def _with_rate(self, answer):
        answer.headers.update({"X-RateLimit-Limit": str(self.limit), "X-RateLimit-Remaining": str(self.remaining), "X-RateLimit-Reset": str(self.reset_at),
                               "X-RateLimit-Resource": "core"})
        return answer

    def _finish(self, request, answer):
        if answer.status == 200:
            answer.headers["ETag"] = 'W/"' + hashlib.sha256(answer.body + answer.headers.get("Link", "").encode()).hexdigest()[:40] + '"'
            if request.header("If-None-Match") == answer.headers["ETag"]:
                answer = Answer(304, b"", answer.headers)
        if answer.status != 304 and request.path != "/rate_limit":
            self.remaining -= 1  # what was not modified costs nothing
        return self._with_rate(answer)

    @staticmethod
    def _public(value):
        return {k: v for k, v in value.items() if not k.startswith("_")}

    def _page(self, request, items, key=None):
        size = max(1, min(int(request.query.get("per_page", 30)), 100))
        number = max(1, int(request.query.get("page", 1)))
        chosen = [self._public(one) for one in items[(number - 1) * size: number * size]]
        headers = {}
        if number * size < len(items):
            link = lambda n: f"<{self.url}{urlsplit(request.target).path}?{urlencode({**request.query, 'page': n})}>"  # noqa: E731
            headers["Link"] = f'{link(number + 1)}; rel="next", {link(-(-len(items) // size))}; rel="last"'
        return Answer(200, {"total_count": len(items), key: chosen} if key else chosen, headers)

    def _rate_limit(self, _):
        core = {"limit": self.limit, "remaining": self.remaining, "reset": self.reset_at, "used": self.limit - self.remaining, "resource": "core"}
        return Answer(200, {"resources": {"core": core}, "rate": core}, {"X-OAuth-Scopes": "repo, workflow"})

    def _user(self, _):
        return Answer(200, {"login": "stand-in", "id": 7})

    def _app(self, _):
        return Answer(200, {"id": 1, "slug": "stand-in-app", "permissions": {"actions": "read", "contents": "read", "metadata": "read"}})

    def _access_token(self, _, installation):
        if installation not in self.installations:
            return problem(404, "Not Found")
        token = "ghs_" + uuid.uuid4().hex
        self._issued[token] = time.time() + self.token_life_s
        return Answer(201, {"token": token, "expires_at": rfc3339(self._issued[token]), "permissions": {"actions": "read"}})

    def _repository(self, _, name):
        return Answer(200, self._public(self.repositories[name])) if name in self.repositories else problem(404, "Not Found")

    def _newest(self, name):
        runs = [attempts[max(attempts)] for attempts in self.runs.values() if attempts[max(attempts)]["repository"]["full_name"] == name]
        return sorted(runs, key=lambda run: (run["created_at"], run["id"]), reverse=True)

    def _list_runs(self, request, runs):
        query = request.query
        if "branch" in query:
            runs = [run for run in runs if run["head_branch"] == query["branch"]]
        if "event" in query:
            runs = [run for run in runs if run["event"] == query["event"]]
        if "status" in query:  # takes a status or a conclusion
            runs = [run for run in runs if query["status"] in (run["status"], run["conclusion"])]
        if created := query.get("created"):
            match = re.fullmatch(r"(<=|>=|<|>)(.+)", created)
            if match is None:
                return problem(422, "Validation Failed")
            operator, edge = match[1], seconds_of(match[2])
            compare = {"<=": lambda t: t <= edge, ">=": lambda t: t >= edge, "<": lambda t: t < edge, ">": lambda t: t > edge}[operator]
            runs = [run for run in runs if compare(seconds_of(run["created_at"]))]
        return self._page(request, runs, "workflow_runs")

    def _runs(self, request, name):
        return self._list_runs(request, self._newest(name)) if name in self.repositories else problem(404, "Not Found")

    def _workflow_runs(self, request, name, workflow):
        return self._list_runs(request, [run for run in self._newest(name) if workflow in (str(run["workflow_id"]), run["path"].split("/")[-1])])

    def _find_run(self, name, run_id, attempt=None):
        attempts = self.runs.get(int(run_id), {})
        run = attempts.get(int(attempt)) if attempt else attempts.get(max(attempts, default=0))
        return run if run and run["repository"]["full_name"] == name else None

    def _run(self, _, name, run_id, attempt=None):
        run = self._find_run(name, run_id, attempt)
        return Answer(200, self._public(run)) if run else problem(404, "Not Found")

    def _run_jobs(self, request, name, run_id, attempt=None):
        run = self._find_run(name, run_id, attempt)
        return self._page(request, run["_jobs"], "jobs") if run else problem(404, "Not Found")

    def _one_job(self, _, name, job_id):
        job = self.jobs.get(int(job_id))
        return Answer(200, self._public(job)) if job and job["_repository"] == name else problem(404, "Not Found")

    def _redirect(self, name, content, content_type):
        return Answer(302, b"", {"Location": self.storage.put(name, content, content_type)})

    def _job_logs(self, _, name, job_id):
        job = self.jobs.get(int(job_id))
        if job is None or job["_repository"] != name:
            return problem(404, "Not Found")
        if faults := self.job_log_faults.get(job["id"]):
            status = faults.pop(0)
            return problem(status, "Not Found" if status == 404 else "Server Error: Log has expired" if status == 410 else "Server Error")
        log = job["_log"]
        return self._redirect(f"job-{job_id}.txt", log.encode() if isinstance(log, str) else log, "text/plain; charset=utf-8")

    def _run_logs(self, _, name, run_id, attempt=None):
        run = self._find_run(name, run_id, attempt)
        if run is None:
            return problem(404, "Not Found")
        faults = {self.job_log_faults.get(job["id"], [0])[0] for job in run["_jobs"] if self.job_log_faults.get(job["id"])}
        if 410 in faults:
            return problem(410, "Server Error: Logs for this run have expired")
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for index, job in enumerate(run["_jobs"]):
                # Characters that some file system forbids are left out of the names, as the runner does.
                file = re.sub(r'[/\\:*?"<>|]', "", job["name"])
                log = job["_log"].encode() if isinstance(job["_log"], str) else job["_log"]
                archive.writestr(f"{index}_{file}.txt", log)
                archive.writestr(f"{file}/1_Set up job.txt", b"2026-01-01T00:00:00.0000000Z Current runner version\n")
                archive.writestr(f"{file}/2_Run {file}.txt", log)
        return self._redirect(f"run-{run_id}-{run['run_attempt']}.zip", out.getvalue(), "application/zip")

    def _check_run(self, job):
        return {"id": job["id"], "name": job["name"], "head_sha": job["head_sha"], "status": job["status"], "conclusion": job["conclusion"],
                "started_at": job["started_at"], "completed_at": job["completed_at"], "html_url": job["html_url"], "details_url": job["html_url"],
                "url": f"{self.url}/repos/{job['_repository']}/check-runs/{job['id']}",
                "output": {"title": None, "summary": None, "text": None, "annotations_count": 1}, "app": {"id": 15368, "slug": "github-actions", "name": "GitHub Actions"},
                "check_suite": {"id": job["run_id"] + 500_000, "head_branch": job["head_branch"], "head_sha": job["head_sha"]}, "pull_requests": []}

    def _one_check_run(self, _, name, check_id):
        job = self.jobs.get(int(check_id))
        return Answer(200, self._check_run(job)) if job and job["_repository"] == name else problem(404, "Not Found")

    def _index(self, name, ref):
        commits = self.repositories[name]["_commits"]
        if ref == self.repositories[name]["default_branch"]:
            return len(commits) - 1
        return next((i for i, c in enumerate(commits) if len(ref) >= 7 and c["sha"].startswith(ref)), None)

    def _commit(self, _, name, ref):
        index = self._index(name, ref) if name in self.repositories else None
        if index is None:
            return problem(404 if name not in self.repositories else 422, f"No commit found for SHA: {ref}")
        return Answer(200, self.repositories[name]["_commits"][index])

    def _compare(self, request, name, base, head):
        if name not in self.repositories:
            return problem(404, "Not Found")
        first, last = self._index(name, base), self._index(name, head)
        if first is None or last is None:
            return problem(404, "Not Found")
        commits = self.repositories[name]["_commits"][first + 1: last + 1]
        size, number = min(int(request.query.get("per_page", 250)), 100 if "per_page" in request.query else 250), int(request.query.get("page", 1))
        files = {}
        for commit in commits:
            for file in commit["files"]:
                files[file["filename"]] = file
        status = "identical" if first == last else "ahead" if last > first else "behind"
        body = {"status": status, "ahead_by": len(commits), "behind_by": max(0, first - last), "total_commits": len(commits),
                "html_url": f"https://github.example/{name}/compare/{base}...{head}",
                "commits": [{k: v for k, v in c.items() if k != "files"} for c in commits[(number - 1) * size: number * size]]}
        if number == 1:
            body["files"] = list(files.values())[:300]
        return Answer(200, body)

    def _repo_hooks(self, request, name):
        return self._page(request, self.hooks.get(name, []))

    def _cursor_page(self, request, items):
        size = max(1, min(int(request.query.get("per_page", 30)), 100))
        begin = int(request.query.get("cursor", "v1_0").removeprefix("v1_"))
        headers = {}
        if begin + size < len(items):
            query = urlencode({**request.query, "cursor": f"v1_{begin + size}"})
            headers["Link"] = f'<{self.url}{urlsplit(request.target).path}?{query}>; rel="next"'
        return Answer(200, [self._public(one) for one in items[begin: begin + size]], headers)

    def _whole_delivery(self, items, delivery_id):
        for one in items:
            if one["id"] == int(delivery_id):
                headers = {"X-GitHub-Event": one["event"], "X-GitHub-Delivery": one["guid"], "Content-Type": "application/json"}
                return Answer(200, {**self._public(one), "url": one["_url"], "request": {"headers": headers, "payload": one["_payload"]},
                                    "response": {"headers": {}, "payload": one["_answer"]}})
        return problem(404, "Not Found")

    def _repo_deliveries(self, request, name, hook):
        return self._cursor_page(request, self.deliveries.get(f"{name}/{hook}", []))

    def _repo_delivery(self, _, name, hook, delivery):
        return self._whole_delivery(self.deliveries.get(f"{name}/{hook}", []), delivery)

    def _app_deliveries(self, request):
        return self._cursor_page(request, self.deliveries.get("app", []))

    def _app_delivery(self, _, delivery):
        return self._whole_delivery(self.deliveries.get("app", []), delivery)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    serve_forever(FakeGitHub(options.port), lambda g: {"api_url": g.api_url, "token": g.token, "log_origin": g.storage.url})
