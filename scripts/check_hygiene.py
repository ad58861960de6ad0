#!/usr/bin/env python3
"""Fails on what no commit of ours may hold: download addresses in lock files, conflict marks, big files."""
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
faults = 0
listed = subprocess.run(["git", "-C", str(root), "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=True).stdout.split("\n")
for name in filter(None, listed):
    path = root / name
    if not path.is_file():
        continue
    data = path.read_bytes()
    if len(data) > 2_000_000:
        print(f"{name}: {len(data)} bytes; keep what is committed below 2 MB a file")
        faults += 1
    if path.name == "package-lock.json" and b'"resolved"' in data:
        print(f"{name}: holds download addresses; npm with omit-lockfile-registry-resolved=true leaves them out")
        faults += 1
    if re.search(rb"^(<<<<<<< |>>>>>>> )", data, re.M) and path.suffix not in (".log",):
        print(f"{name}: conflict marks")
        faults += 1
sys.exit(1 if faults else 0)
