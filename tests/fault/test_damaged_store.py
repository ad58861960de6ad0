"""A store that is cut short or overwritten: a clear refusal, never a crash, and nothing is made worse."""
import hashlib

import pytest
from firstmate import run_cli


def stored(fm):
    fm.start()
    for n in range(60):
        fm.webhook("push", {"ref": f"refs/heads/b{n}", "repository": {"full_name": "acme/web"}}).accepted()
    assert fm.terminate() == 0
    return fm.data_dir / "firstmate.db"


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("damage", ["truncated", "no database", "overwritten head", "overwritten schema", "emptied key"])
def test_a_damaged_store_is_refused_in_words(make, damage):
    fm = make()
    path = stored(fm)
    content = path.read_bytes()
    if damage == "truncated":
        path.write_bytes(content[: len(content) // 2 // 4096 * 4096 + 100])
    elif damage == "no database":
        path.write_bytes(b"this is a text\n" * 1000)
    elif damage == "overwritten head":
        path.write_bytes(b"\0" * 100 + content[100:])
    elif damage == "overwritten schema":
        path.write_bytes(content[:100] + b"\xff" * 3996 + content[4096:])
    else:
        path = fm.data_dir / "seal.key"
        path.write_text("short\n")
    before = digest(path)
    fm.launch()
    assert fm.process.wait(30) == 1, fm.stderr()
    said = fm.stderr()
    assert "→" in said and ("firstmate.db" in said or "seal.key" in said), said
    assert "backup" in said or "restore" in said, said
    assert digest(path) == before, "what is damaged is left for the rescuer"
    doctor = run_cli("doctor", home=fm.folder, FIRSTMATE_DATA_DIR=fm.data_dir, FIRSTMATE_LISTEN="127.0.0.1:0", FIRSTMATE_GITHUB_API_URL="http://127.0.0.1:9")
    assert doctor.returncode == 1 and "fail" in doctor.stdout


def test_a_newer_store_is_left_alone(make):
    import sqlite3
    fm = make()
    path = stored(fm)
    with sqlite3.connect(path) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE name LIKE '%migration%' AND type = 'table'")]
        assert tables, "no table of migrations"
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({tables[0]})")]
        row = dict(zip(columns, db.execute(f"SELECT * FROM {tables[0]} ORDER BY 1 DESC LIMIT 1").fetchone()))
        row[columns[0]] = 99_999
        db.execute(f"INSERT INTO {tables[0]} VALUES ({','.join('?' * len(columns))})", [row[name] for name in columns])
    fm.launch()
    assert fm.process.wait(30) == 1 and "newer" in fm.stderr() and "→" in fm.stderr(), fm.stderr()
