"""What several stories begin with."""
import time

from build_logs import failing_pytest, passing_pytest

STEPS = [{"name": "Set up job"}, {"name": "Check out"}, {"name": "Run tests", "conclusion": "failure"}]


def passing_run(github, repository, job="test", ago=3600, **how):
    return github.add_run(repository, conclusion="success", jobs=[{"name": job, "conclusion": "success", "log": passing_pytest()}],
                          created_at=time.time() - ago, **how)


def failing_run(github, repository, job="test", log=None, conclusion="failure", ago=120, **how):
    steps = [dict(step, conclusion=conclusion) if step.get("conclusion") else step for step in STEPS]
    return github.add_run(repository, conclusion=conclusion, created_at=time.time() - ago,
                          jobs=[{"name": job, "conclusion": conclusion, "log": failing_pytest() if log is None else log, "steps": steps}], **how)


def broken_by_a_commit(github, repository):
    """A good commit whose run passed, two commits after it, one of which breaks the cart; the failing run."""
    good = github.add_commit(repository, "Start the shop", files=["README.md"], at=time.time() - 4000)
    passing_run(github, repository, head_sha=good)
    github.add_commit(repository, "Reword the imprint", author="Grace Hopper", login="grace", files=["docs/imprint.md"], at=time.time() - 900)
    bad = github.add_commit(repository, "Sum prices in one go", author="Ada Byron", login="ada", files=["src/cart.py"], at=time.time() - 600)
    return failing_run(github, repository, head_sha=bad, title="Sum prices in one go"), bad


def told(slack, repository, channel=None):
    """All messages that speak of the repository, oldest first."""
    with slack.lock:
        return [m for m in slack.messages if repository in m.all_text() and (channel is None or m.channel == channel)]


def wait_told(slack, repository, *words, timeout=30):
    return slack.wait_for(lambda m: repository in m.all_text() and all(word in m.all_text() for word in words), timeout)
