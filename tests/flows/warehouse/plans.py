"""What a dry run prints, beside what the warehouse's own log says was sent."""

from __future__ import annotations

import re

from command_line.main import main


def sent_by(world, arguments):
    """The tagged statements of a command, as the warehouse's log has them."""
    world.warehouse("SELECT 'from here'")
    assert main(arguments) == 0
    marks = "SELECT MAX(query_id) FROM sys_query_history WHERE query_text LIKE 'SELECT ''from here''%'"
    sent = world.warehouse(
        f"SELECT query_text FROM sys_query_history WHERE query_text LIKE '/* %' AND query_id > ({marks})"
        " ORDER BY query_id"
    )
    return [text for (text,) in sent]


def planned_statements(printed):
    """What stands between the headings and the objects."""
    lines = [line for line in printed.splitlines() if not line.startswith("--")]
    return [one.strip() for one in re.split(r";(?:\n|$)", "\n".join(lines)) if one.strip()]


def check_is_as_planned(sent, planned):
    """Of each table, what was sent stands in the plan, in its order; left out is only what is done where needed."""
    of_table = re.compile(r"/\* \w+:([\w.]+):")
    tables = {of_table.match(text)[1] for text in sent}
    of_plan = {of_table.match(text)[1] for text in planned}
    assert tables == of_plan, (tables - of_plan, of_plan - tables)
    for table in tables:
        rest = [anonymous(text) for text in planned if of_table.match(text)[1] == table]
        left_out = []
        for text in [anonymous(text) for text in sent if of_table.match(text)[1] == table]:
            assert text in rest, (text, rest)
            place = rest.index(text)
            left_out += rest[:place]
            rest = rest[place + 1 :]
        surplus = [text for text in [*left_out, *rest] if not CONDITIONAL.search(text)]
        assert not surplus, surplus


CONDITIONAL = re.compile(
    r"CREATE SCHEMA|CREATE TABLE IF NOT EXISTS|FROM etl.source_columns|TEMPORARY|kept|DROP VIEW|DELETE FROM staging"
)


def anonymous(text):
    """Without the names of the run, and what only the run knows of its row in the ledger."""
    text = " ".join(text.replace("\\n", " ").split())  # the log shows line ends so
    text = re.sub(r"(INSERT INTO etl\.loads .*?VALUES \().*", r"\1", text)
    text = re.sub(r"(?<=\$)[0-9a-z]{6,12}\b", "RUN", text)
    return re.sub(r"'(dry-run|[0-9a-f-]{36})'", "'RUN'", text)
