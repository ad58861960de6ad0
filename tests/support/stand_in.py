"""What the stand-ins share: an HTTP server on a free port of 127.0.0.1, faults by rule, a record of what was asked.

Standard library only (Python 3.11). Nothing here knows firstmate: a stand-in speaks a service's published contract at
the socket, and misbehaves on request.
"""
import json
import re
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


class Fault:
    """One way to misbehave, for requests that match.

    kind: "status"     answer `status` with `body` and `headers`
          "slow"       wait `seconds`, then answer as usual
          "down"       close the connection before any answer
          "cut"        send the head and half of the body, then reset the connection
          "bad_json"   answer 200 with something that is no JSON
          "hang"       accept and never answer (until the stand-in stops)
          "after_effect"  do what was asked, then close without an answer: the caller cannot know
    path: regular expression searched in the path with its query; method: "GET" … or "" for any.
    times: how many requests it meets; None: until it is removed. skip: how many matching ones pass first.
    """

    def __init__(self, kind, path="", method="", times=None, skip=0, status=500, body="", headers=None, seconds=0.0):
        self.kind, self.method, self.times, self.skip = kind, method, times, skip
        self.path = re.compile(path)
        self.status, self.body, self.headers, self.seconds = status, body, dict(headers or {}), seconds
        self.met = 0

    def matches(self, method, target):
        return (not self.method or self.method == method) and self.path.search(target) is not None


class Answer:
    def __init__(self, status=200, body=b"", headers=None, content_type="application/json; charset=utf-8"):
        if isinstance(body, (dict, list)):
            body = json.dumps(body, separators=(",", ":"))
        self.status, self.headers, self.content_type = status, dict(headers or {}), content_type
        self.body = body.encode() if isinstance(body, str) else body


class Request:
    def __init__(self, method, target, headers, body):
        parts = urlsplit(target)
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.path = unquote(parts.path)
        self.query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        self.time = time.time()

    def header(self, name):
        return self.headers.get(name, "")

    def json(self):
        return json.loads(self.body or b"{}")


class StandIn:
    """Serves until stop(). Subclasses answer in respond(request) -> Answer, one request a thread.

    url: "http://127.0.0.1:PORT". requests: every Request in order. faults: as added by fail().
    """

    def __init__(self, port=0):
        self.lock = threading.RLock()
        self.requests = []
        self.faults = []
        self._stopped = threading.Event()
        self._port = port
        self._server = None
        self._thread = None

    # -- life -------------------------------------------------------------------------------------------------------
    def start(self):
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def _serve(self):
                stand_in._serve(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # a client that went away is no news

        self._server = Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        self._stopped.clear()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def stop(self):
        """Also "down": nobody listens. start() brings it back on the same port with all it knows."""
        if self._server is None:
            return
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = None

    def __enter__(self):
        return self if self._server else self.start()

    def __exit__(self, *_):
        self.stop()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}"

    # -- faults and record ------------------------------------------------------------------------------------------
    def fail(self, kind, **how):
        fault = Fault(kind, **how)
        with self.lock:
            self.faults.append(fault)
        return fault

    def heal(self, fault=None):
        with self.lock:
            self.faults = [one for one in self.faults if fault is not None and one is not fault]

    def asked(self, pattern, method=""):
        """Requests so far whose path and query match."""
        with self.lock:
            return [one for one in self.requests if re.search(pattern, one.target) and (not method or one.method == method)]

    def respond(self, request):
        raise NotImplementedError

    # -- serving ----------------------------------------------------------------------------------------------------
    def _fault_for(self, request):
        with self.lock:
            for fault in self.faults:
                if not fault.matches(request.method, request.target):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.times is not None and fault.met >= fault.times:
                    continue
                fault.met += 1
                return fault
        return None

    def _serve(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length) if length else b""
        request = Request(handler.command, handler.path, handler.headers, body)
        with self.lock:
            self.requests.append(request)
        if request.path.startswith("/_stand_in/"):
            return self._write(handler, request, self._control(request))
        fault = self._fault_for(request)
        kind = fault.kind if fault else ""
        if kind == "down":
            return self._reset(handler)
        if kind == "hang":
            self._stopped.wait()
            return self._reset(handler)
        if kind == "slow":
            self._stopped.wait(fault.seconds)
        if kind == "status":
            answer = Answer(fault.status, fault.body or {"message": "fault injected"}, fault.headers)
        elif kind == "bad_json":
            answer = Answer(200, '{"ok": tru')
        else:
            answer = self.respond(request)
        if kind == "after_effect":
            return self._reset(handler)
        self._write(handler, request, answer, cut=kind == "cut")

    def _write(self, handler, request, answer, cut=False):
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        if answer.status not in (204, 304):
            handler.send_header("Content-Type", answer.content_type)
            handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        if request.method == "HEAD" or answer.status in (204, 304):
            return
        if cut:
            handler.wfile.write(answer.body[: len(answer.body) // 2])
            handler.wfile.flush()
            return self._reset(handler)
        handler.wfile.write(answer.body)

    @staticmethod
    def _reset(handler):
        handler.close_connection = True
        # RST instead of FIN, as a crashed peer sends.
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()

    def _control(self, request):
        """For tests in other languages: POST /_stand_in/fail {"kind": …}, POST /_stand_in/heal, GET /_stand_in/requests."""
        if request.path == "/_stand_in/fail":
            self.fail(**request.json())
            return Answer(200, {"ok": True})
        if request.path == "/_stand_in/heal":
            self.heal()
            return Answer(200, {"ok": True})
        if request.path == "/_stand_in/requests":
            with self.lock:
                return Answer(200, [{"method": one.method, "target": one.target, "body": one.body.decode(errors="replace")} for one in self.requests])
        return self.control(request)

    def control(self, request):
        return Answer(404, {"message": "no such control"})


def serve_forever(stand_in, banner):
    """For the command lines: prints one line of JSON with the URL, serves until interrupted."""
    stand_in.start()
    print(json.dumps(banner(stand_in)), flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    stand_in.stop()
