#!/usr/bin/env python3
"""Stands in for Slack's Web API (https://api.slack.com/methods) at the socket.

What it keeps of the published contract: chat.postMessage, chat.update, chat.getPermalink, auth.test,
conversations.history and conversations.replies (with metadata); bearer tokens; {"ok": false, "error": …} with status
200; Block Kit's limits (50 blocks, header 150, section 3,000, 10 fields of 2,000, about 13,200 characters over all
blocks); one message a second and channel, then 429 with Retry-After; unknown channels, channels that the bot has not
joined; threads. Edits keep every earlier text. Nothing is rendered and no permission but membership and scopes is
modelled.

    slack = FakeSlack().start()
    … FIRSTMATE_SLACK_API_URL=slack.api_url FIRSTMATE_SLACK_BOT_TOKEN=slack.token
    message = slack.wait_for(lambda m: "KeyError" in m.all_text())
    slack.fail("status", path="chat.postMessage", status=503, times=2)

From a shell: fake_slack.py [--port N] [--channel NAME]… prints {"api_url", "token"}; messages: GET /_stand_in/messages.
"""
import argparse
import json
import sys
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs

sys.path.insert(0, str(Path(__file__).resolve().parent))
from stand_in import Answer, StandIn, serve_forever  # noqa: E402

MAX_BLOCKS = 50
MAX_TOTAL = 13_200
MAX_TEXT = 40_000


class Message:
    def __init__(self, channel, ts, arguments):
        self.channel, self.ts = channel, ts
        self.thread_ts = arguments.get("thread_ts", "")
        self.broadcast = bool(arguments.get("reply_broadcast", False))
        self.versions = []  # (time, text, blocks), oldest first
        self.metadata = None
        self.change(arguments)

    def change(self, arguments):
        self.versions.append((time.time(), arguments.get("text", ""), arguments.get("blocks", [])))
        self.metadata = arguments.get("metadata", self.metadata)

    @property
    def text(self):
        return self.versions[-1][1]

    @property
    def blocks(self):
        return self.versions[-1][2]

    @property
    def edits(self):
        return len(self.versions) - 1

    def all_text(self):
        """Everything a person sees, with Slack's entities undone."""
        parts = [self.text]

        def walk(value):
            if isinstance(value, dict):
                if isinstance(value.get("text"), str):
                    parts.append(value["text"])
                for inner in value.values():
                    walk(inner)
            elif isinstance(value, list):
                for inner in value:
                    walk(inner)

        walk(self.blocks)
        return "\n".join(parts).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

    def as_json(self, metadata=True):
        out = {"type": "message", "ts": self.ts, "text": self.text, "blocks": self.blocks}
        if self.thread_ts:
            out["thread_ts"] = self.thread_ts
        if self.edits:
            out["edited"] = {"ts": f"{self.versions[-1][0]:.6f}"}
        if metadata and self.metadata:
            out["metadata"] = self.metadata
        return out


def text_problem(text, limit, where):
    if not isinstance(text, dict) or text.get("type") not in ("mrkdwn", "plain_text"):
        return f"{where}: no text object"
    if not isinstance(text.get("text"), str) or not text["text"]:
        return f"{where}: empty text"
    if len(text["text"]) > limit:
        return f"{where}: {len(text['text'])} characters, at most {limit}"
    return None


def block_problem(block, where):
    kind = block.get("type")
    if kind == "divider":
        return None
    if kind == "header":
        if block.get("text", {}).get("type") != "plain_text":
            return f"{where}: a header takes plain_text"
        return text_problem(block["text"], 150, where)
    if kind == "section":
        fields = block.get("fields")
        if fields is not None:
            if not 1 <= len(fields) <= 10:
                return f"{where}: {len(fields)} fields, 1 to 10"
            for field in fields:
                if problem := text_problem(field, 2000, where + " field"):
                    return problem
        if "text" in block:
            return text_problem(block["text"], 3000, where)
        return None if fields else f"{where}: a section needs text or fields"
    if kind == "context":
        elements = block.get("elements", [])
        if not 1 <= len(elements) <= 10:
            return f"{where}: {len(elements)} elements, 1 to 10"
        return next((p for e in elements if (p := text_problem(e, 3000, where))), None)
    if kind == "actions":
        elements = block.get("elements", [])
        if not 1 <= len(elements) <= 25:
            return f"{where}: {len(elements)} elements, 1 to 25"
        return next((p for e in elements if (p := text_problem(e.get("text"), 75, where))), None)
    return f"{where}: unknown type {kind!r}"


def total_chars(blocks):
    """Characters of all texts; Slack does not document how it counts."""
    if isinstance(blocks, dict):
        own = len(blocks["text"]) if isinstance(blocks.get("text"), str) else 0
        return own + sum(total_chars(value) for value in blocks.values() if not isinstance(value, str))
    if isinstance(blocks, list):
        return sum(total_chars(value) for value in blocks)
    return 0


def validate(arguments):
    """Slack's error for a message, and what is wrong in words; (None, "") when it is fine."""
    blocks = arguments.get("blocks") or []
    if isinstance(blocks, str):
        blocks = json.loads(blocks)
    if not arguments.get("text") and not blocks:
        return "no_text", "neither text nor blocks"
    if len(arguments.get("text", "")) > MAX_TEXT:
        return "msg_too_long", "text over 40,000 characters"
    if len(blocks) > MAX_BLOCKS:
        return "invalid_blocks", f"{len(blocks)} blocks, at most {MAX_BLOCKS}"
    for index, block in enumerate(blocks):
        if problem := block_problem(block, f"block {index}"):
            return "invalid_blocks", problem
    if total_chars(blocks) > MAX_TOTAL:
        return "msg_blocks_too_long", f"{total_chars(blocks)} characters in all"
    return None, ""


class FakeSlack(StandIn):
    """channels: name -> id of those the bot has joined. scopes: what the token may do. interval_s: 0 switches the
    rate limit of a message a second and channel off. problems: what validation refused, in words."""

    def __init__(self, port=0, channels=("builds",), token="xoxb-stand-in-0123456789", interval_s=1.0, scopes=("chat:write", "channels:history")):
        super().__init__(port)
        self.token, self.interval_s, self.scopes = token, interval_s, set(scopes)
        self.channels = {name.lstrip("#"): f"C{index:08d}" for index, name in enumerate(channels, start=1)}
        self.not_joined = {"private": "C99999999"}
        self.messages = []  # Message, in order of posting
        self.problems = []
        self.limited = 0  # answers of 429
        self.changed = threading.Condition(self.lock)
        self._last_call = {}
        self._last_ts = 0

    @property
    def api_url(self):
        return self.url + "/api"

    # -- for tests --------------------------------------------------------------------------------------------------
    def roots(self, channel=None):
        with self.lock:
            return [m for m in self.messages if not m.thread_ts and (channel is None or m.channel == self._channel(channel)[0])]

    def replies(self, root):
        with self.lock:
            return [m for m in self.messages if m.thread_ts == root.ts]

    def wait_for(self, wanted, timeout=20.0):
        """The first message that `wanted` holds for, now or later."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                for message in self.messages:
                    if wanted(message):
                        return message
                left = deadline - time.monotonic()
                if left <= 0 or not self.changed.wait(left):
                    raise AssertionError(f"no such message in {timeout} s; {len(self.messages)} messages: " + " | ".join(m.text for m in self.messages[-5:]))

    # -- the API ----------------------------------------------------------------------------------------------------
    def respond(self, request):
        if not request.path.startswith("/api/"):
            return Answer(404, {"ok": False, "error": "unknown_method"})
        method = request.path[len("/api/"):]
        handler = getattr(self, "_" + method.replace(".", "_"), None)
        if handler is None:
            return self._error("unknown_method")
        if request.header("Authorization") != f"Bearer {self.token}":
            return self._error("invalid_auth" if request.header("Authorization") else "not_authed")
        arguments = dict(request.query)
        if request.method == "POST" and request.body:
            if request.header("Content-Type").startswith("application/json"):
                try:
                    arguments.update(request.json())
                except ValueError:
                    return self._error("invalid_json")
            else:
                arguments.update({k: v[-1] for k, v in parse_qs(request.body.decode()).items()})
        with self.changed:
            answer = handler(arguments)
            self.changed.notify_all()
        answer.headers.setdefault("X-OAuth-Scopes", ",".join(sorted(self.scopes)))
        return answer

    def control(self, request):
        if request.path == "/_stand_in/messages":
            with self.lock:
                return Answer(200, [dict(m.as_json(), channel=m.channel, versions=[{"text": t, "blocks": b} for _, t, b in m.versions]) for m in self.messages])
        return super().control(request)

    @staticmethod
    def _ok(**more):
        return Answer(200, {"ok": True, **more})

    @staticmethod
    def _error(error, **more):
        return Answer(200, {"ok": False, "error": error, **more})

    def _channel(self, name):
        """(id, error)"""
        name = name.lstrip("#")
        if name in self.channels or name in self.channels.values():
            return self.channels.get(name, name), None
        if name in self.not_joined or name in self.not_joined.values():
            return "", "not_in_channel"
        return "", "channel_not_found"

    def _limit(self, channel):
        now = time.monotonic()
        wait = self._last_call.get(channel, -1e9) + self.interval_s - now
        # Slack lets short bursts pass; a quarter of a second of grace stands for that and for the wire.
        if wait > 0.25:
            self.limited += 1
            return Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(max(1, round(wait + 0.5)))})
        self._last_call[channel] = now
        return None

    def _scope(self, scope):
        return None if scope in self.scopes else self._error("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def _checked(self, arguments):
        error, words = validate(arguments)
        if error is None:
            return None
        self.problems.append(words)
        return self._error(error, response_metadata={"messages": [f"[ERROR] {words}"]})

    def _auth_test(self, _):
        return self._ok(url="https://stand-in.slack.example/", team="Stand-in", user="firstmate", team_id="T00000001", user_id="U00000001", bot_id="B00000001")

    def _chat_postMessage(self, arguments):
        if refused := self._scope("chat:write"):
            return refused
        channel, error = self._channel(arguments.get("channel", ""))
        if error:
            return self._error(error)
        if refused := self._checked(arguments) or self._limit(channel):
            return refused
        thread = arguments.get("thread_ts", "")
        if thread and not any(m.ts == thread and m.channel == channel for m in self.messages):
            return self._error("thread_not_found")
        # A ts is unique within its channel, and is the time.
        self._last_ts = max(self._last_ts + 1, int(time.time() * 1_000_000))
        message = Message(channel, f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}", arguments)
        self.messages.append(message)
        return self._ok(channel=channel, ts=message.ts, message=message.as_json())

    def _chat_update(self, arguments):
        if refused := self._scope("chat:write"):
            return refused
        channel = arguments.get("channel", "")
        if channel not in self.channels.values():
            return self._error("channel_not_found")  # takes ids only
        if refused := self._checked(arguments) or self._limit(channel):
            return refused
        for message in self.messages:
            if message.channel == channel and message.ts == arguments.get("ts"):
                message.change(arguments)
                return self._ok(channel=channel, ts=message.ts, text=message.text)
        return self._error("message_not_found")

    def _chat_getPermalink(self, arguments):
        ts = arguments.get("message_ts", "")
        return self._ok(channel=arguments.get("channel", ""), permalink=f"https://stand-in.slack.example/archives/{arguments.get('channel')}/p{ts.replace('.', '')}")

    def _history(self, arguments, chosen):
        if refused := self._scope("channels:history"):
            return refused
        if arguments.get("channel") not in self.channels.values():
            return self._error("channel_not_found")
        oldest, limit = float(arguments.get("oldest", 0)), min(int(arguments.get("limit", 100)), 999)
        offset = int(arguments.get("cursor") or 0)
        found = [m for m in chosen if m.channel == arguments["channel"] and float(m.ts) > oldest]
        page = found[offset:offset + limit]
        more = offset + limit < len(found)
        metadata = str(arguments.get("include_all_metadata", "")).lower() == "true"
        return self._ok(messages=[m.as_json(metadata) for m in page], has_more=more, response_metadata={"next_cursor": str(offset + limit) if more else ""})

    def _conversations_history(self, arguments):
        return self._history(arguments, [m for m in reversed(self.messages) if not m.thread_ts or m.broadcast])

    def _conversations_replies(self, arguments):
        return self._history(arguments, [m for m in self.messages if arguments.get("ts") in (m.ts, m.thread_ts)])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--channel", action="append", help="a channel that the bot has joined (default: builds)")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between messages of a channel; 0: no limit")
    options = parser.parse_args()
    serve_forever(FakeSlack(options.port, options.channel or ("builds",), interval_s=options.interval), lambda s: {"api_url": s.api_url, "token": s.token})
