"""The harness, and that each benchmark can be called as `./run bench all` does."""

import importlib
import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from benchmarks import harness, tables
from benchmarks.peers.environments import HERE, NAMES
from model.read_design import parse_design

BENCHMARKS = ("sandbox", "overhead", "extract", "end_to_end", "growth")


def section(**changes):
    facts = {"name": "1-x", "title": "X & <Y>", "command": "./run bench x", "repeats": 5}
    return harness.Section(**facts, columns=("side", "rows/s"), rows=[("ours", "2"), ("theirs", "1")], **changes)


def test_alternate_lets_the_sides_take_turns(capsys):
    taken = []
    turns = harness.alternate({name: lambda name=name: taken.append(name) or len(taken) for name in "ab"}, 3)
    assert taken == ["a", "b", "a", "b", "a", "b"]
    assert turns == {"a": [1, 3, 5], "b": [2, 4, 6]}


def test_save_writes_results_of_every_section_that_was_ever_measured(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(harness, "RESULTS", tmp_path / "RESULTS.md")
    monkeypatch.setattr(harness, "SECTIONS", tmp_path / "results")
    harness.save([section(bars={"ours": 2.0, "theirs": 1.0}, unit="rows/s", notes="A note.")])
    harness.save([harness.Section("0-first", "First", "./run bench y", 3, ("a",), [("b",)])])
    written = (tmp_path / "RESULTS.md").read_text()
    assert written.index("## First") < written.index("## X & <Y>")
    assert "    ./run bench x\n\n| side | rows/s |\n|---|---:|\n| ours | 2 |\n| theirs | 1 |\n" in written
    assert "![X & <Y>](results/1-x.svg)\n\nA note.\n" in written
    assert "medians of 5; " in written
    assert f"{os.cpu_count()} cores of " in written
    assert "prefect 3." in written


def test_chart_is_svg_whose_bars_have_the_lengths_of_the_numbers():
    drawn = ElementTree.fromstring(harness.chart("X & <Y>", {"ours": 2000.0, "theirs": 500.0}, "rows/s"))
    widths = [float(bar.get("width")) for bar in drawn if bar.tag.endswith("rect") and bar.get("x")]
    assert widths[0] == 4 * widths[1]
    assert "2,000" in [text.text for text in drawn if text.tag.endswith("text")]


@pytest.mark.parametrize("name", BENCHMARKS)
@pytest.mark.parametrize("size", ["QUICK", "FULL"])
def test_benchmark_takes_its_own_arguments(name, size):
    module = importlib.import_module(f"benchmarks.{name}")
    options = module._parser().parse_args(getattr(module, size))
    assert options.repeats >= (5 if size == "FULL" else 3)


@pytest.mark.parametrize("shape", tables.SHAPES)
def test_table_of_each_shape_has_a_design(shape):
    design = parse_design(tables.design("t", shape), Path("warehouse/mart/t.yaml"))
    assert len(design.columns) == {"narrow": 3, "orders": 5, "shop": 8, "wide": 60}[shape]


@pytest.mark.parametrize("name", NAMES)
def test_peer_is_pinned_wholly(name):
    lines = (HERE / f"{name}.txt").read_text().splitlines()
    assert lines
    assert all("==" in line for line in lines), lines
