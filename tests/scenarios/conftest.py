"""One server with its GitHub and Slack is shared by all stories that can share: each has a repository of its own.

Stories that restart, starve or misconfigure a server make their own with make()."""
import re
import sys
import tempfile
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "support"), str(Path(__file__).resolve().parent)]

from fake_github import FakeGitHub  # noqa: E402
from fake_slack import FakeSlack  # noqa: E402
from firstmate import Firstmate, binary, run_cli  # noqa: E402


def pytest_configure(config):
    try:
        binary()
    except RuntimeError as missing:
        raise pytest.UsageError(str(missing)) from None


@pytest.fixture(scope="session")
def github():
    with FakeGitHub() as one:
        yield one


@pytest.fixture(scope="session")
def slack():
    with FakeSlack() as one:
        yield one


@pytest.fixture(scope="session")
def fm(github, slack):
    with tempfile.TemporaryDirectory(prefix="fm-scenarios-") as folder, Firstmate(folder, github, slack) as one:
        yield one
        github.heal()
        slack.heal()


@pytest.fixture
def repo(request, github, slack):
    """A repository that only this story knows."""
    yield "acme/" + re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower()).strip("-")[:80]
    github.heal()
    slack.heal()


@pytest.fixture
def cli(tmp_path):
    """cli("config", "view", FIRSTMATE_LISTEN=…): one command to its end."""
    return lambda *args, **more: run_cli(*args, home=more.pop("home", tmp_path), **more)


@pytest.fixture
def make(tmp_path):
    """make(github=…, listen=…): further servers; those still alive at the end are killed."""
    servers = []

    def one(name="", **how):
        server = Firstmate(tmp_path / (name or f"fm{len(servers)}"), **how)
        servers.append(server)
        return server

    yield one
    for server in servers:
        server.kill9()
