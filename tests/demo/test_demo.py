"""What a person sees first: the demo, as `./run demo` starts it."""

import re

from tests.demo.shown import shown_by


def test_demo_shows_every_step_and_ends_well(tmp_path):
    shown = shown_by("demo", tmp_path / "demo", columns=100)
    loads = re.findall(r"publish +([\d,]+) inserted · ([\d,]+) updated · ([\d,]+) unchanged", shown)
    first, second, again, *_ = [[int(count.replace(",", "")) for count in load] for load in loads]
    assert first[0] == second[0] == 100_000 and second[1] > 0 and first[1:] == [0, 0]
    assert again == [0, 0, sum(second)]
    for seen in ("9999999999999999.99", "返品済み", "''", "NULL", "orders_snapshot/dt=2025-01-02/", "./run ui"):
        assert seen in shown
