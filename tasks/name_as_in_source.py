"""Learn from the source how it names the columns of a design."""

from __future__ import annotations

from blocks.source_database import SourceDatabase
from extract.reflect_table import reflect_table
from model.load import Load
from model.source_names import with_source_names
from model.table_design import DatabaseSource


def name_as_in_source(load: Load, source: SourceDatabase) -> Load:
    """The load with the source's own names, for statements that are not built from what the source says.

    Raises: SourceError, TransientError.
    """
    assert isinstance(load.design.source, DatabaseSource)
    found = reflect_table(source.address, load.design.source.table).columns
    return load.model_copy(update={"design": with_source_names(load.design, [column.name for column in found])})
