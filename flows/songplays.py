"""What the listeners of a music service play, every hour: JSON in S3 → staging → a star schema in mart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from prefect import flow
from prefect.runtime import flow_run
from pydantic import Field

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.warehouse import Warehouse
from model.errors import ConfigError
from model.load import Load
from model.patience import Patience
from model.read_design import read_design, read_transformation
from model.results import Loaded
from model.star_choices import StarChoices
from model.table_design import FileSource, QuerySource, TableDesign
from model.window import Window
from pipelines.check_tables import check_tables
from pipelines.load_table import load_table
from pipelines.new_load import PlannedLoad, new_load
from pipelines.run_window import run_window
from pipelines.side_by_side import raise_failures, side_by_side
from pipelines.transform_table import transform_table
from pipelines.wait_first import wait_first, wait_for_delivery
from reports.checks import show_checks
from reports.run_report import show_in_prefect
from tasks.verb import masked_errors

EVENTS = "staging.staging_events"
STAGING = (EVENTS, "staging.staging_songs")
FACT = "mart.songplays"
DIMENSIONS = ("mart.users", "mart.songs", "mart.artists", "mart.time")

Hour = Annotated[int, Field(ge=0, le=23)]


def _run_name() -> str:
    chosen = [flow_run.parameters.get(name) for name in ("run_date", "hour", "since", "until")]
    try:
        window = _window(*chosen)
    except ConfigError:
        return "songplays"
    return f"songplays {window.since:%Y-%m-%d %H:%M} to {window.until:%Y-%m-%d %H:%M}"


@flow(flow_run_name=_run_name)
@masked_errors
def songplays(
    run_date: date | None = None,
    hour: Hour | None = None,
    since: date | None = None,
    until: date | None = None,
    choices: StarChoices = StarChoices(),
    patience: Patience = Patience(),
) -> list[Loaded]:
    """Load the plays of a day or an hour from JSON in S3 into mart.songplays and its dimensions.

    Args:
        run_date: Day (UTC) whose files are loaded; left out, that of the last complete hour before the scheduled time.
        hour: Hour of that day, where files come by the hour; left out, the whole day.
        since: First day of several, loaded at once; with until, instead of run_date.
        until: Day after the last of several.
        choices: What is kept of other days, and what to do without files.
        patience: How long to wait, how often to try again.
    """
    show_in_prefect()
    lake, warehouse = load_block(Lake, "lake"), load_block(Warehouse, "warehouse")
    loads = [new_load("songplays", one, lake, warehouse) for one in planned(run_date, hour, since, until, choices)]

    def stage(load: Load) -> Loaded:
        return load_table(load, lake, warehouse, patience, keep_files=False)

    def build(load: Load) -> Loaded:
        return transform_table(load, lake, warehouse, patience)

    # Before anything is at work, so that the run can wait without its process.
    wait_first(loads, warehouse, patience)
    wait_for_delivery([load for load in loads if load.table in STAGING], lake, patience)
    staged = side_by_side("stage", stage, [load for load in loads if load.table in STAGING])
    # What reads files that were left out is as it must be already.
    fed = _fed(loads, {one.table for one in staged if one.is_skipped})
    played = side_by_side("build", build, [load for load in fed if load.table == FACT and not load.only_checks])
    # After the plays: time is made of them, and the newest level of a user may stand with one.
    described = side_by_side("build", build, [load for load in fed if load.table in DIMENSIONS])
    # After both: only now each key of a play has its counterpart.
    done, failures = check_tables([load for load in fed if load.only_checks], warehouse, patience)
    show_checks(done)
    raise_failures(failures)
    return [*staged, *played, *described]


def planned(
    run_date: date | None, hour: int | None, since: date | None, until: date | None, choices: StarChoices, **_: object
) -> list[PlannedLoad]:
    """Staging, the plays, their dimensions, and in the end the plays again, to be checked beside these.

    Raises: ConfigError for parameters that contradict each other, or a bad design.
    """
    window = _window(run_date, hour, since, until)
    events, songs = (_delivered(name, choices) for name in STAGING)
    events = events.model_copy(update={"load": choices.events})
    fact = read_transformation(FACT)
    dimensions = [read_transformation(name) for name in DIMENSIONS]
    if choices.dimensions == "replace":
        dimensions = [one.model_copy(update={"load": "replace"}) for one in dimensions]
    day, whole = window.since.date(), choices.dimensions == "replace"
    return [
        PlannedLoad(events, day, window),
        PlannedLoad(songs, day, window),
        PlannedLoad(fact, day, window, defers_checks=True),
        *(PlannedLoad(one, day, None if whole else window) for one in dimensions),
        *([PlannedLoad(fact, day, window, only_checks=True)] if fact.checks else []),
    ]


def _window(run_date: date | None, hour: int | None, since: date | None, until: date | None) -> Window:
    source = read_design(EVENTS).source
    is_hourly = isinstance(source, FileSource) and source.is_hourly
    return run_window(run_date, hour, since, until, "hour" if is_hourly else "day")


def _delivered(table: str, choices: StarChoices) -> TableDesign:
    design = read_design(table)
    return design.model_copy(update={"source": design.source.model_copy(update={"missing": choices.missing_files})})


def _fed(loads: Sequence[Load], skipped: set[str]) -> list[Load]:
    """The loads, in their order, that read none of the skipped tables, nor anything that does."""
    left_out, fed = set(skipped), []
    for load in loads:
        source = load.design.source
        if isinstance(source, QuerySource) and source.tables & left_out:
            left_out.add(load.table)
        else:
            fed.append(load)
    return fed
