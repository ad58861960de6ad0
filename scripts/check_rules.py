#!/usr/bin/env python3
"""Check data/rules/*.yaml: shape, syntax, and that every excerpt is explained by its own rule.

Usage: scripts/check_rules.py [FOLDER]   (needs PyYAML; the same checks run in the C++ tests)
Exit status 1 and one line per fault when a rule is wrong.
"""
import glob
import os
import re
import sys

import yaml

CATEGORIES = set("""compile_error type_error lint_error test_assertion snapshot_diff dependency_install docker_build
ci_config permission_or_secret network_or_flaky timeout_or_oom disk_full infrastructure unknown""".split())
KEYS = set("id category tool match all_of none_of priority cause fix steps matches near_misses".split())
NOT_RE2 = re.compile(r"(?<!\\)(?:\(\?(?:=|!|<[=!]|P=|>|\()|\\[1-9ZGu]|[^\\][+*?}]\+)")
WINDOW = 40  # lines either side in which all_of patterns must be found


def longest_literal(tree):
    """Length of the longest run of characters that every match must contain."""
    best = run = 0
    for op, arg in tree:
        op, inner = str(op), 0
        if op == "LITERAL":
            run += 1
            best = max(best, run)
            continue
        run = 0
        if op == "SUBPATTERN":
            inner = longest_literal(arg[3])
        elif op == "BRANCH":
            inner = min(longest_literal(branch) for branch in arg[1])
        elif op in ("MAX_REPEAT", "MIN_REPEAT") and arg[0] > 0:
            inner = longest_literal(arg[2])
        best = max(best, inner)
    return best


def hits(rule, excerpt):
    lines = excerpt.split("\n")
    for i, line in enumerate(lines):
        if not any(p.search(line) for p in rule["match"]) or any(p.search(line) for p in rule["none_of"]):
            continue
        near = lines[max(0, i - WINDOW):i + WINDOW + 1]
        if all(any(p.search(x) for x in near) for p in rule["all_of"]):
            return True
    return False


def main(folder):
    faults, rules = [], []
    parse = (getattr(re, "_parser", None) or __import__("sre_parse")).parse
    for path in sorted(glob.glob(os.path.join(folder, "*.yaml"))):
        for raw in yaml.safe_load(open(path, encoding="utf-8"))["rules"]:
            name = raw.get("id", "?")
            bad = lambda text: faults.append(f"{os.path.basename(path)}: {name}: {text}")
            if set(raw) - KEYS or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
                bad(f"unknown key or id not kebab-case: {sorted(set(raw) - KEYS)}")
            if raw["category"] not in CATEGORIES or not 0 <= raw["priority"] <= 100:
                bad("category or priority out of range")
            if len(raw["matches"]) < 3 or len(raw["near_misses"]) < 2 or not raw["match"] or len(raw.get("steps", [])) > 4:
                bad("needs a pattern, three matches, two near misses and at most four steps")
            rule = {**raw, **{k: [re.compile(p) for p in raw.get(k, [])] for k in ("match", "all_of", "none_of")}}
            for pattern in raw["match"] + raw.get("all_of", []) + raw.get("none_of", []):
                if NOT_RE2.search(pattern):
                    bad(f"not RE2: {pattern}")
            for pattern in rule["match"]:
                if longest_literal(parse(pattern.pattern)) < 4:
                    bad(f"no literal of four characters: {pattern.pattern}")
                texts = " ".join([raw["cause"], raw["fix"], *raw.get("steps", [])])
                for capture in re.findall(r"\{(\w+)\}", texts):
                    if capture not in pattern.groupindex:
                        bad(f"{{{capture}}} is not captured by {pattern.pattern}")
            rules.append((name, rule, bad))
    ids = [name for name, _, _ in rules]
    faults += [f"duplicate id {name}" for name in sorted({n for n in ids if ids.count(n) > 1})]
    for name, rule, bad in rules:
        faults += [f"{name}: near miss matches: {x}" for x in rule["near_misses"] if hits(rule, x)]
        for excerpt in rule["matches"]:
            if not hits(rule, excerpt):
                faults.append(f"{name}: does not match: {excerpt}")
            for other, rival, _ in rules:
                if other != name and rival["priority"] >= rule["priority"] and hits(rival, excerpt):
                    faults.append(f"{name} ({rule['priority']}): {other} ({rival['priority']}) wins: {excerpt}")
    print("\n".join(faults) or f"{len(rules)} rules, {sum(len(r['matches']) for _, r, _ in rules)} excerpts: all good")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "data", "rules")))
