"""What all benchmarks have in common: sides that take turns, medians, the machine, and the sections of RESULTS.md.

A benchmark is a module with `QUICK` and `FULL`, its arguments, and `main(arguments)`, which returns sections. Each
section is kept as a file of benchmarks/results/, so that one benchmark alone can be measured anew; RESULTS.md is
written from all of them.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

HOUSE = Path(__file__).parent
RESULTS, SECTIONS = HOUSE / "RESULTS.md", HOUSE / "results"
MEGABYTE = 1_000_000
LIBRARIES = ("prefect", "connectorx", "pyarrow", "boto3", "sqlalchemy", "redshift-connector", "moto")
Turn = TypeVar("Turn")


@dataclass(frozen=True)
class Section:
    """One table of RESULTS.md. `bars` are the numbers of its chart, by label; `command` measures it again."""

    name: str
    title: str
    command: str
    repeats: int
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    bars: Mapping[str, float] = field(default_factory=dict)
    unit: str = ""
    notes: str = ""


def alternate(sides: Mapping[str, Callable[[], Turn]], repeats: int) -> dict[str, list[Turn]]:
    """Each side's turns; the sides take turns, so that what else the machine does meets them alike."""
    turns: dict[str, list[Turn]] = {name: [] for name in sides}
    for number in range(repeats):
        for name, side in sides.items():
            turns[name].append(side())
            print(f"    {number + 1}/{repeats} {name}: {turns[name][-1]}", flush=True)
    return turns


def median(values: Iterable[float]) -> float:
    return statistics.median(list(values))


def save(sections: Iterable[Section]) -> None:
    """Keeps the sections, with the machine and the moment, and writes RESULTS.md anew."""
    SECTIONS.mkdir(exist_ok=True)
    for section in sections:
        kept = asdict(section) | {"machine": machine(), "measured": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"}
        (SECTIONS / f"{section.name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
        if section.bars:
            (SECTIONS / f"{section.name}.svg").write_text(chart(section.title, section.bars, section.unit))
        print("\n" + as_markdown(kept), flush=True)
    write_results()


def write_results() -> None:
    """Sections in the order of their names, which begin with the number of their group."""
    kept = [json.loads(file.read_text()) for file in sorted(SECTIONS.glob("*.json"))]
    head = (
        "# Measured\n\nWritten by `./run bench`. Medians of turns that alternate between the sides, on one machine\n"
        "in one run; what each benchmark does is said in its file in `benchmarks/`. What profiling found is in\n"
        "[docs/speed.md](../docs/speed.md).\n"
    )
    RESULTS.write_text("\n".join([head, *map(as_markdown, kept)]))


def as_markdown(kept: Mapping[str, Any]) -> str:
    lines = [f"## {kept['title']}", "", f"    {kept['command']}", ""]
    lines += ["| " + " | ".join(kept["columns"]) + " |", "|---" + "|---:" * (len(kept["columns"]) - 1) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in kept["rows"]]
    if kept["bars"]:
        lines += ["", f"![{kept['title']}](results/{kept['name']}.svg)"]
    if kept["notes"]:
        lines += ["", kept["notes"]]
    lines += ["", f"<sub>{kept['measured']}, medians of {kept['repeats']}; {kept['machine']}</sub>", ""]
    return "\n".join(lines)


def machine() -> str:
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    processor = names[0].partition(":")[2].strip() if names else platform.processor()
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{os.cpu_count()} cores of {processor}, {platform.system()}; Python {platform.python_version()}; {libraries}"
    )


def chart(title: str, bars: Mapping[str, float], unit: str) -> str:
    """Horizontal bars as SVG.

    >>> chart("Speed", {"ours": 2.0, "theirs": 1.0}, "rows/s").count("<rect")
    3
    """
    left, width, height, most = 260, 460, 22, max(bars.values())
    total = height * len(bars) + 40
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 120} {total}" font-family="sans-serif"'
        ' font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="8" y="20" font-weight="bold">{_escaped(title)}, {_escaped(unit)}</text>',
    ]
    for number, (label, value) in enumerate(bars.items()):
        top = 34 + number * height
        color = "#2a6f97" if label.startswith("ours") else "#b8c4cc"
        lines.append(f'<text x="{left - 8}" y="{top + 13}" text-anchor="end">{_escaped(label)}</text>')
        lines.append(f'<rect x="{left}" y="{top}" width="{width * value / most:.1f}" height="16" fill="{color}"/>')
        lines.append(f'<text x="{left + width * value / most + 6:.1f}" y="{top + 13}">{_number(value)}</text>')
    return "\n".join([*lines, "</svg>", ""])


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
