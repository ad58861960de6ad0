#!/usr/bin/env python3
"""Fails when a file under src/ includes a module that src/layers.txt does not allow it."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent / "src"
allowed = {}
for line in (root / "layers.txt").read_text().splitlines():
    line = line.split("#")[0].strip()
    if line:
        module, _, deps = line.partition(":")
        allowed[module.strip()] = set(deps.split())

faults = 0
for module, deps in allowed.items():
    for dep in deps - set(allowed):
        print(f"src/layers.txt: {module} names {dep}, which is no module")
        faults += 1
    for dep in deps & set(allowed):
        if module in allowed[dep]:
            print(f"src/layers.txt: {module} and {dep} include each other")
            faults += 1
for path in sorted(root.rglob("*.[ch]pp")) + sorted(root.rglob("*.h")):
    module = path.relative_to(root).parts[0]
    if module not in allowed:
        print(f"{path.relative_to(root.parent)}: module {module} is not in src/layers.txt")
        faults += 1
        continue
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        found = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not found:
            continue
        target = found[1].split("/")[0]
        if "/" not in found[1]:
            print(f"{path.relative_to(root.parent)}:{number}: write the include as \"module/file.h\"")
            faults += 1
        elif target != module and target not in allowed[module]:
            print(f"{path.relative_to(root.parent)}:{number}: {module} may not include {found[1]} (src/layers.txt)")
            faults += 1
sys.exit(1 if faults else 0)
