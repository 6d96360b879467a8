"""A place among those that read a source at one time, of all runs of the account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prefect import get_client
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectNotFound

from model.load import Load
from model.table_design import DatabaseSource


@contextmanager
def place_at_source(load: Load) -> Iterator[None]:
    """Waits for a place of the global limit `source-<database>`, and holds it; without such a limit, goes on at once.

    A place that the server forgets by a restart is no reason to stop a read that is under way.
    """
    assert isinstance(load.design.source, DatabaseSource)
    limit = f"source-{load.design.source.database}"
    if not _is_there(limit):
        yield
        return
    with concurrency(limit, strict=False):
        yield


def _is_there(limit: str) -> bool:
    with get_client(sync_client=True) as client:
        try:
            client.read_global_concurrency_limit_by_name(limit)
        except ObjectNotFound:
            return False
    return True
