import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "support"), str(Path(__file__).resolve().parents[1] / "scenarios")]

from fake_github import FakeGitHub  # noqa: E402
from fake_slack import FakeSlack  # noqa: E402
from firstmate import Firstmate, binary  # noqa: E402


def pytest_configure(config):
    try:
        binary()
    except RuntimeError as missing:
        raise pytest.UsageError(str(missing)) from None


@pytest.fixture
def github():
    with FakeGitHub() as one:
        yield one


@pytest.fixture
def slack():
    with FakeSlack() as one:
        yield one


@pytest.fixture
def make(tmp_path):
    """make(github=…, listen=…): servers; those still alive at the end are killed."""
    servers = []

    def one(name="", **how):
        server = Firstmate(tmp_path / (name or f"fm{len(servers)}"), **how)
        servers.append(server)
        return server

    yield one
    for server in servers:
        server.kill9()
