"""The warehouse from nothing, as `./run warehouse` starts it."""

import re

from tests.demo.shown import shown_by


def test_warehouse_from_nothing_is_set_up_loaded_and_rebuilt(tmp_path):
    state = tmp_path / "demo"
    shown = shown_by("demo.warehouse", state, columns=160)
    _, *parts = re.split(r"python -m flows warehouse (\S+) .*\n", shown)
    said = dict(zip(parts[::2], parts[1::2], strict=True))
    assert list(said) == ["setup", "design", "dump", "load", "update", "rebuild"]
    written = [(path.parent.name, path.stem) for path in (state / "warehouse").glob("shop*/*.yaml")]
    assert written
    for command, suffix in {"dump": "", "load": "", "rebuild": "__shadow"}.items():
        rows = dict(re.findall(r"^ (\S+) +done +([\d,]+) +[\d.]+ *$", said[command], re.MULTILINE))
        assert {f"{schema}{suffix}.{table}" for schema, table in written} <= set(rows), command
        assert "30,000" in rows.values()
    assert re.search(r"^ mart\.nps_\S+ +done", said["update"], re.MULTILINE)
    assert "failed" not in shown
