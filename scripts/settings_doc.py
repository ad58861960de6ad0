#!/usr/bin/env python3
"""settings_doc.py BINARY [--check]: writes docs/settings.md from the program's own table, or says that it is stale."""
import json
import os
import pathlib
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
env = {k: v for k, v in os.environ.items() if not k.startswith("FIRSTMATE_")}
table = json.loads(subprocess.run([str(pathlib.Path(sys.argv[1]).resolve()), "config", "view", "-o", "json"], capture_output=True, check=True, text=True, env=env, cwd="/").stdout)
text = """# Settings

Made by `scripts/settings_doc.py` from the program's own table. Each setting may stand in `firstmate.yaml` (the name's parts
nested), in the environment, or on the command line; the later of these wins. Secrets stand in the environment, or by
reference (`env:FIRSTMATE_SECRET_…`, `file:NAME` under `secrets.dir`) in the file, never in a flag. `firstmate config view
--origins` shows what is in force, `firstmate config check` what is wrong.

| setting | environment | type | default | what |
|---|---|---|---|---|
"""
for s in table["settings"]:
    kind = s["type"] + (f" ({s['range'].replace('|', ', ')})" if s["range"] else "") + (", secret" if s["secret"] else "")
    default = f"`{s['default']}`" if s["default"] else "–"
    text += f"| `{s['name']}` | `{s['env']}` | {kind} | {default} | {s['description']} |\n"
path = root / "docs/settings.md"
if "--check" in sys.argv:
    if not path.exists() or path.read_text() != text:
        sys.exit("docs/settings.md is stale: run scripts/settings_doc.py build/release/firstmate")
else:
    path.write_text(text)
