"""What a query plan of the warehouse says about rows that move between its nodes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Source: https://docs.aws.amazon.com/redshift/latest/dg/c_data_redistribution.html
_MOVEMENTS = {
    "DS_BCAST_INNER": "every node gets a copy of all rows of the inner side",
    "DS_DIST_BOTH": "both sides are distributed anew",
    "DS_DIST_INNER": "the inner side is distributed anew",
    "DS_DIST_OUTER": "the outer side is distributed anew",
    "DS_DIST_ALL_INNER": "all rows of the inner side go to one slice, because the outer side lies on every node",
}
_REMEDY = "distribute both by the columns of the join, or the smaller by ALL"
_STEP = re.compile(
    r"(?P<indent>\s*)(->\s+)?(?P<name>[A-Z]{2} .*?)\s+\(cost=[\d.]+\.\.(?P<cost>[\d.]+) rows=(?P<rows>\d+) "
)
_NOTE = re.compile(r"\s*-----\s*(.*?)\s*-----")


@dataclass(frozen=True)
class PlanWarning:
    """A join whose rows move, or a note of the planner (`row_count` None); `tables` are those below it in the plan."""

    step: str
    meaning: str
    row_count: int | None = None
    tables: tuple[str, ...] = ()


def plan_cost(lines: Sequence[str]) -> float | None:
    """The planner's estimate for the whole query, without unit; None where it shows none."""
    found = _STEP.match(lines[0]) if lines else None
    return float(found["cost"]) if found else None


def plan_warnings(lines: Sequence[str]) -> list[PlanWarning]:
    """The joins that move rows, in the plan's order, then its notes.

    >>> plan = ["XN Hash Join DS_BCAST_INNER  (cost=112.50..14142.59 rows=170771 width=84)",
    ...         "  ->  XN Seq Scan on sales  (cost=0.00..1724.56 rows=172456 width=12)",
    ...         "  ->  XN Hash  (cost=90.00..90.00 rows=8998 width=4)",
    ...         "        ->  XN Seq Scan on users u  (cost=0.00..90.00 rows=8998 width=4)"]
    >>> [(found.step, found.row_count, found.tables) for found in plan_warnings(plan)]
    [('XN Hash Join DS_BCAST_INNER', 170771, ('sales', 'users u'))]
    """
    parsed = [_STEP.match(line) for line in lines]
    warnings = []
    for position, step in enumerate(parsed):
        if step and (movement := step["name"].rpartition(" ")[2]) in _MOVEMENTS:
            below = []
            for following in filter(None, parsed[position + 1 :]):
                if len(following["indent"]) <= len(step["indent"]):
                    break
                below.append(following["name"].partition(" Scan on ")[2])
            warnings.append(
                PlanWarning(
                    step["name"], f"{_MOVEMENTS[movement]}: {_REMEDY}", int(step["rows"]), tuple(filter(None, below))
                )
            )
    notes = [found[1] for line in lines if (found := _NOTE.fullmatch(line.strip()))]
    return warnings + [PlanWarning("note of the planner", note) for note in notes]
