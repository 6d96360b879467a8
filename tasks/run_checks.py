"""Run the checks that a design declares, on the staged rows or on the target, and keep what they find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from prefect.events import emit_event

from blocks.warehouse import Transaction, Warehouse
from model.check import WARNED_EVENT, Check, Sql, Stage
from model.errors import DataError, WarehouseError
from model.load import Load
from model.masking import masked as without_secrets
from model.results import CheckResult, ChecksRun
from sql.checks import check_results, finding_of_sql, findings, insert_results, masked, offending_rows
from sql.ledger import LEDGER_SCHEMA, loads
from sql.render import tagged
from tasks.artifacts import artifact_key, keep_table
from tasks.create_missing import create_missing
from tasks.statements import run
from tasks.verb import logger, verb


@verb
def run_checks(load: Load, warehouse: Warehouse, stage: Stage) -> ChecksRun:
    """Returns what each check found; every result is a row of etl.check_results, and of a table artifact.

    Safe to run again: it reads, and adds results that say the same once more.
    A check that cannot be run has failed; the others are run all the same.
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
        _tell(load, one)
    if done.of_state("failed"):
        raise _refused(load, done, stage)
    return done


def _run(load: Load, warehouse: Warehouse, checks: Sequence[Check], stage: Stage) -> list[CheckResult]:
    """All that are no SQL by one statement; a check in SQL by its own."""
    together: list[Check] = [check for check in checks if not isinstance(check, Sql)]
    alone: list[list[Check]] = [[check] for check in checks if isinstance(check, Sql)]
    groups = [*([together] if together else []), *alone]
    results = {one.check: one for group in groups for one in _results(load, warehouse, group, stage)}
    return [results[check.label] for check in checks]


def _results(load: Load, warehouse: Warehouse, checks: Sequence[Check], stage: Stage) -> list[CheckResult]:
    """One a check, by one statement; a check that cannot be run has failed, and it alone."""
    first = checks[0]
    statement = finding_of_sql(first) if isinstance(first, Sql) else findings(load, checks, stage)
    text = tagged(load, statement)
    named = f"check '{first.label}' of '{load.table}'" if len(checks) == 1 else f"the checks of '{load.table}'"
    try:
        with warehouse.transaction(f"run {named}") as transaction:
            found = run(transaction, load, statement)
            if isinstance(first, Sql):
                value, shown = _one_value(load, first, found.mappings().fetchmany(2))
                return [_result(load, transaction, first, stage, text, value, shown=shown)]
            values = found.mappings().one()
            return [
                _result(load, transaction, check, stage, text, values[f"found_{nth}"], values.get(f"before_{nth}"))
                for nth, check in enumerate(checks, start=1)
            ]
    except (DataError, WarehouseError) as error:
        if len(checks) > 1:
            return [one for check in checks for one in _results(load, warehouse, [check], stage)]
        return [_told(first, stage, text, str(error))]


def _one_value(load: Load, check: Sql, rows: Sequence[Mapping[Any, Any]]) -> tuple[object, str]:
    """The value that the SQL gives, and how it may be shown."""
    if len(rows) != 1 or len(rows[0]) != 1:
        said = "no row" if not rows else f"{len(rows)} rows or more" if len(rows) > 1 else f"{len(rows[0])} columns"
        raise DataError(
            f"Cannot run check '{check.label}' of '{load.table}': its SQL gives {said} "
            "(expected one row of one column). Correct the SQL in the design."
        )
    [value], [text] = rows[0].values(), masked(load, rows[0], check.sql).values()
    return value, check.shown(text, None)


def _result(
    load: Load,
    transaction: Transaction,
    check: Check,
    stage: Stage,
    statement: str,
    found: object,
    before: object = None,
    shown: str | None = None,
) -> CheckResult:
    is_passed = check.passes(found, before)
    rows: tuple[dict[str, str | None], ...] = ()
    if not is_passed and (offending := offending_rows(load, check, stage)) is not None:
        statement = tagged(load, offending)
        query = check.rows if isinstance(check, Sql) else None
        rows = tuple(masked(load, row, query) for row in run(transaction, load, offending).mappings())
    return _told(check, stage, statement, shown or check.shown(found, before), is_passed, rows)


def _told(
    check: Check,
    stage: Stage,
    statement: str,
    found: str,
    is_passed: bool = False,
    rows: tuple[dict[str, str | None], ...] = (),
) -> CheckResult:
    return CheckResult(
        check=check.label,
        kind=check.check,
        severity=check.severity,
        stage=stage,
        state="passed" if is_passed else "failed" if check.severity == "error" else "warned",
        expected=check.expected,
        found=found,
        statement=statement,
        rows=rows,
    )


def _show(done: ChecksRun) -> None:
    shown = [
        {"check": one.check, "state": one.state, "expected": one.expected, "found": one.found, "stage": one.stage}
        | {"statement": one.statement, "rows": "; ".join(map(_row_text, one.rows))}
        for one in done.results
    ]
    keep_table(artifact_key("checks", done.table), shown, f"Checks of {done.table}")


def _tell(load: Load, warned: CheckResult) -> None:
    """An event for whoever wants a message (deployments/messages.py): the run itself ends well."""
    text = (
        f"Check '{warned.check}' of '{load.table}' for {load.run_date}: found {warned.found} "
        f"(expected {warned.expected}). It only warns, so the load goes on. Look at the rows: the artifact "
        f"{artifact_key('checks', load.table)} of the run names some."
    )
    logger().warning("%s", text)
    emit_event(
        event=WARNED_EVENT,
        resource={"prefect.resource.id": f"redshift://{load.table.replace('.', '/')}"},
        payload={"text": without_secrets(text)},
    )


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
