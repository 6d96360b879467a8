"""Export the days of a load out of the target to Parquet in the lake."""

from __future__ import annotations

from blocks.lake import Lake
from blocks.warehouse import Warehouse
from model.load import Load
from model.results import StagedFile, Unloaded
from sql.unload import unload
from tasks.statements import run
from tasks.verb import verb


@verb
def unload_table(load: Load, lake: Lake, warehouse: Warehouse) -> Unloaded:
    """Returns the files as the exports' own manifests name them; each day of the window lies under its own dt=.

    Safe to run again: UNLOAD deletes what an earlier, larger export left. An export of no rows writes nothing,
    not even a manifest; then the prefix is emptied here.
    """
    files = tuple(file for day in load.by_day for file in _unload_day(day, lake, warehouse))
    prefixes = tuple(day.unload_prefix for day in load.by_day if day.unload_prefix)
    return Unloaded(prefixes=prefixes, row_count=sum(file.row_count or 0 for file in files), files=files)


def _unload_day(load: Load, lake: Lake, warehouse: Warehouse) -> tuple[StagedFile, ...]:
    prefix = load.unload_prefix
    if prefix is None:
        return ()
    lake.delete_prefix(f"{prefix}manifest")
    with warehouse.transaction(f"unload '{load.table}' to '{load.uri(prefix)}'") as transaction:
        run(transaction, load, unload(load, prefix))
    if not lake.list_files(f"{prefix}manifest"):
        lake.delete_prefix(prefix)
        return ()
    manifest = lake.read_json(f"{prefix}manifest")
    return tuple(
        StagedFile(
            key=entry["url"].removeprefix(load.uri("")),
            size_bytes=entry["meta"]["content_length"],
            row_count=entry["meta"]["record_count"],
        )
        for entry in manifest["entries"]
    )
