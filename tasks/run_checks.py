"""Run the checks that a design declares, on the staged rows or on the target, and keep what they find."""

from __future__ import annotations

from collections.abc import Sequence

from prefect.artifacts import create_table_artifact

from blocks.warehouse import Transaction, Warehouse
from model.check import Check, Sql, Stage
from model.errors import DataError
from model.load import Load
from model.results import CheckResult, ChecksRun
from sql.checks import check_results, finding_of_sql, findings, insert_results, masked, offending_rows
from sql.ledger import LEDGER_SCHEMA, loads
from sql.render import tagged
from tasks.create_missing import create_missing
from tasks.statements import run
from tasks.verb import logger, verb


@verb
def run_checks(load: Load, warehouse: Warehouse, stage: Stage) -> ChecksRun:
    """Returns what each check found; every result is a row of etl.check_results, and of a table artifact.

    Safe to run again: it reads, and adds results that say the same once more.
    Raises: DataError where a check of severity error fails, with all that failed.
    """
    checks = load.checks_on(stage)
    if load.only_checks:
        create_missing(load, warehouse, [LEDGER_SCHEMA], [loads, check_results])
    done = ChecksRun(table=load.table, results=tuple(_run(load, warehouse, checks, stage)))
    if done.results:
        with warehouse.transaction(f"keep the checks of '{load.table}'") as transaction:
            run(transaction, load, insert_results(load, done.results))
        _show(done)
    for one in done.of_state("warned"):
        logger().warning("%s: %s: %s, expected %s", load.table, one.check, one.found, one.expected)
    if done.of_state("failed"):
        raise _refused(load, done, stage)
    return done


def _run(load: Load, warehouse: Warehouse, checks: Sequence[Check], stage: Stage) -> list[CheckResult]:
    """All that are no SQL by one statement; a check in SQL by its own, so that an error names it."""
    results = {}
    together: list[Check] = [check for check in checks if not isinstance(check, Sql)]
    if together:
        statement = findings(load, together, stage)
        with warehouse.transaction(f"check '{load.table}'") as transaction:
            found = dict(run(transaction, load, statement).mappings().one())
            for number, check in enumerate(together, start=1):
                values = found[f"found_{number}"], found.get(f"before_{number}")
                results[check.label] = _result(load, transaction, check, stage, tagged(load, statement), *values)
    for check in checks:
        if isinstance(check, Sql):
            statement_of_it = finding_of_sql(check)
            with warehouse.transaction(f"run check '{check.label}' of '{load.table}'") as transaction:
                values = _one_value(load, check, run(transaction, load, statement_of_it).fetchmany(2)), None
                text = tagged(load, statement_of_it)
                results[check.label] = _result(load, transaction, check, stage, text, *values)
    return [results[check.label] for check in checks]


def _one_value(load: Load, check: Sql, rows: Sequence[Sequence[object]]) -> object:
    if len(rows) != 1 or len(rows[0]) != 1:
        said = "no row" if not rows else f"{len(rows)} rows or more" if len(rows) > 1 else f"{len(rows[0])} columns"
        raise DataError(
            f"Cannot run check '{check.label}' of '{load.table}': its SQL gives {said} "
            "(expected one row of one column). Correct the SQL in the design."
        )
    return rows[0][0]


def _result(
    load: Load, transaction: Transaction, check: Check, stage: Stage, statement: str, found: object, before: object
) -> CheckResult:
    is_passed = check.passes(found, before)
    rows: tuple[dict[str, str | None], ...] = ()
    if not is_passed and (offending := offending_rows(load, check, stage)) is not None:
        statement = tagged(load, offending)
        rows = tuple(masked(load, row) for row in run(transaction, load, offending).mappings())
    return CheckResult(
        check=check.label,
        kind=check.check,
        severity=check.severity,
        stage=stage,
        state="passed" if is_passed else "failed" if check.severity == "error" else "warned",
        expected=check.expected,
        found=check.shown(found, before),
        statement=statement,
        rows=rows,
    )


def _show(done: ChecksRun) -> None:
    shown = [
        {"check": one.check, "state": one.state, "expected": one.expected, "found": one.found, "stage": one.stage}
        | {"statement": one.statement, "rows": "; ".join(map(_row_text, one.rows))}
        for one in done.results
    ]
    key = "checks-" + done.table.replace(".", "-").replace("_", "-")
    create_table_artifact(shown, key=key, description=f"Checks of {done.table}")


def _refused(load: Load, done: ChecksRun, stage: Stage) -> DataError:
    failed = done.of_state("failed")
    lines = [
        f"  {one.check}: found {one.found} (expected {one.expected})"
        + "".join(f"\n    {_row_text(row)}" for row in one.rows)
        + f"\n    by {' '.join(one.statement.split())}"
        for one in failed
    ]
    verb_of_it, after = {
        "staged": ("publish", "The target is unchanged. Mend the source or the check, then run that date again."),
        "target": ("accept", "The target holds these rows. Mend them or the check, then run that date again."),
    }[stage]
    return DataError(
        f"Cannot {verb_of_it} '{load.table}' for {load.run_date}: {len(failed)} of {len(done.results)} checks failed:\n"
        + "\n".join(lines)
        + f"\n{after}"
    )


def _row_text(row: dict[str, str | None]) -> str:
    return ", ".join(f"{name} {'NULL' if value is None else repr(value)}" for name, value in row.items())
