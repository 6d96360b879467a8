"""From a source's table to files in the lake: by one statement, or in ranges side by side."""

from __future__ import annotations

from blocks.lake import Lake
from blocks.source_database import SourceDatabase
from model.dump import ranges_between
from model.load import Load
from model.patience import Patience
from model.results import Extracted
from model.table_design import DatabaseSource
from pipelines.patiently import patiently
from pipelines.wait_for_all import wait_for_all
from tasks.commit_ranges import commit_ranges
from tasks.extract_range import extract_range
from tasks.extract_table import extract_table
from tasks.plan_ranges import common_snapshot, plan_ranges


def extract_rows(load: Load, source: SourceDatabase, lake: Lake, patience: Patience) -> Extracted:
    """The files and their manifest. The task runner of the flow decides where ranges are read."""
    patient = patiently(patience)
    assert isinstance(load.design.source, DatabaseSource)
    if load.design.source.partitions == 1:
        return patient(extract_table)(load, source, lake)
    planned = patient(plan_ranges)(load, source)
    load = load.model_copy(update={"source_bound": planned.source_bound})
    in_range = extract_range.with_options(retries=patience.retries, retry_delay_seconds=patience.retry_delay_seconds)
    with common_snapshot(load, source) as snapshot:
        begun = [in_range.submit(load, source, lake, one, snapshot) for one in ranges_between(planned.edges)]
        wait_for_all(begun)
        extracted = [future.result() for future in begun]
    return patient(commit_ranges)(load, lake, planned.source_bound, extracted)
