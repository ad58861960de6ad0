#!/usr/bin/env python3
"""embed.py SOURCE BUILD WEB_DIST: makes BUILD/embedded.S and BUILD/embedded.cpp (see src/app/embedded.h)."""
import gzip
import hashlib
import mimetypes
import pathlib
import shutil
import subprocess
import sys

source, build = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
dist = pathlib.Path(sys.argv[3]) if sys.argv[3] else None
packed = build / "embedded"
packed.mkdir(exist_ok=True)
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/manifest+json", ".webmanifest")
TEXT = ("text/", "application/json", "image/svg", "application/manifest")

blobs = []  # (symbol, path)


def blob(path):
    """The file as a symbol; the C++ expression for its bytes."""
    symbol = f"fm_blob_{len(blobs)}"
    blobs.append((symbol, path))
    return f"std::string_view({symbol}_begin, static_cast<std::size_t>({symbol}_end - {symbol}_begin))"


def smaller(data, name, coded):
    """Writes the compressed form if it is worth it."""
    if coded is None or len(coded) > len(data) * 0.95:
        return "std::string_view()"
    path = packed / (hashlib.sha256(name.encode()).hexdigest()[:16] + name[-3:])
    path.write_bytes(coded)
    return blob(path)


def brotli(path):
    if shutil.which("brotli") is None:
        return None
    return subprocess.run(["brotli", "-q", "11", "-c", str(path)], check=True, stdout=subprocess.PIPE).stdout


assets = []
for path in sorted(dist.rglob("*")) if dist else []:
    if not path.is_file() or path.suffix == ".map":
        continue
    data = path.read_bytes()
    name = "/" + path.relative_to(dist).as_posix()
    mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
    text = mime.startswith(TEXT)
    if text and mime.startswith("text/"):
        mime += "; charset=utf-8"
    gz = smaller(data, name + ".gz", gzip.compress(data, 9, mtime=0) if text else None)
    br = smaller(data, name + ".br", brotli(path) if text else None)
    etag = hashlib.sha256(data).hexdigest()[:20]
    assets.append(f'    {{"{name}", "{mime}", "\\"{etag}\\"", {blob(path)}, {gz}, {br}}},')

rules = [f'    {{"{p.name}", {blob(p)}}},' for p in sorted((source / "data/rules").glob("*.yaml"))]
demo_root = source / "data/demo"
demo = [f'    {{"{p.relative_to(demo_root).as_posix()}", {blob(p)}}},' for p in sorted(demo_root.rglob("*")) if p.suffix in (".log", ".json")]
openapi = blob(source / "src/api/openapi.json")

lines = ["    .section .rodata"]
for symbol, path in blobs:
    lines += [f"    .global {symbol}_begin, {symbol}_end", "    .balign 16", f"{symbol}_begin:", f'    .incbin "{path}"', f"{symbol}_end:", "    .byte 0"]
lines.append('    .section .note.GNU-stack,"",%progbits')
(build / "embedded.S").write_text("\n".join(lines) + "\n")

declared = "\n".join(f"extern const char {s}_begin[];\nextern const char {s}_end[];" for s, _ in blobs)


def table(kind, name, rows):
    """A function-local table: symbols are no constant expressions."""
    if not rows:
        return f"std::span<const {kind}> {name}() {{ return {{}}; }}"
    body = "\n".join(rows)
    return f"std::span<const {kind}> {name}() {{\n  static const {kind} kTable[] = {{\n{body}\n  }};\n  return kTable;\n}}"


(build / "embedded.cpp").write_text(f"""#include "app/embedded.h"

extern "C" {{
{declared}
}}

namespace fm::app {{

std::string_view embedded_openapi() {{ return {openapi}; }}

{table("api::Asset", "embedded_page", assets)}

{table("EmbeddedFile", "embedded_rules", rules)}

{table("EmbeddedFile", "embedded_demo", demo)}

}}  // namespace fm::app
""")
