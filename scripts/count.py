#!/usr/bin/env python3
"""count.py LOG: "passed failed skipped" from what googletest, pytest, vitest or our own runners printed."""
import re
import sys

text = re.sub(r"\x1b\[[0-9;]*m", "", open(sys.argv[1], errors="replace").read())
passed = failed = skipped = 0


def add(pattern, flags=re.M):
    return sum(int(n) for n in re.findall(pattern, text, flags))


if "[==========]" in text:  # googletest
    skipped = add(r"^\[  SKIPPED \] (\d+) tests?")
    failed = add(r"^\[  FAILED  \] (\d+) tests?, listed")
    passed = add(r"^\[  PASSED  \] (\d+) tests?")
    started = add(r"^\[==========\] Running (\d+) tests?")
    failed += max(0, started - passed - failed - skipped)  # a crash leaves the rest untold
elif re.search(r"^\s*Tests\s+.*\(\d+\)", text, re.M):  # vitest
    line = re.findall(r"^\s*Tests\s+(.*)\(\d+\)", text, re.M)[-1]
    passed, failed, skipped = (sum(int(n) for n in re.findall(rf"(\d+) {word}", line)) for word in ("passed", "failed", "skipped"))
else:  # pytest, and "N passed, N failed, N skipped"
    lines = [line for line in text.splitlines() if re.search(r"\d+ (passed|failed|skipped|error)", line)]
    if lines:
        passed, failed, skipped, errors = (sum(int(n) for n in re.findall(rf"(\d+) {word}", lines[-1])) for word in ("passed", "failed", "skipped", "error"))
        failed += errors
print(passed, failed, skipped)
