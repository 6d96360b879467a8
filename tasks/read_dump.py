"""Find the dump of a table in the lake."""

from __future__ import annotations

from blocks.lake import Lake
from model.dump import DumpFacts, fingerprint
from model.errors import ConfigError
from model.load import Load
from model.results import Extracted, StagedFile
from tasks.verb import verb


@verb
def read_dump(load: Load, lake: Lake) -> Extracted:
    """Returns its files, and its manifest for COPY. Safe to run again: it only reads.

    Raises: as `dump_of` does.
    """
    return dump_of(load, lake)


def dump_of(load: Load, lake: Lake) -> Extracted:
    """What the manifest of the table's dump says.

    Raises: ConfigError where there is none, or one of another design.
    """
    if not any(file.key == load.manifest_key for file in lake.list_files(load.manifest_key)):
        raise ConfigError(
            f"Cannot load '{load.table}': there is no '{load.uri(load.manifest_key)}' (expected a dump that is whole). "
            f"Run python -m flows warehouse dump {load.table}"
        )
    manifest = lake.read_json(load.manifest_key)
    facts = DumpFacts.model_validate(manifest["dump"])
    if facts.fingerprint != fingerprint(load.design):
        raise ConfigError(
            f"Cannot load '{load.table}': '{load.uri(load.manifest_key)}' was made for another design (expected the "
            f"source, columns and types of this one). Run python -m flows warehouse dump {load.table}"
        )
    files = tuple(
        StagedFile(
            key=entry["url"].removeprefix(load.uri("")),
            size_bytes=entry["meta"]["content_length"],
            row_count=entry["meta"]["record_count"],
        )
        for entry in manifest["entries"]
    )
    return Extracted(
        files=files,
        manifest_key=load.manifest_key if files else None,
        row_count=facts.row_count,
        size_bytes=sum(file.size_bytes for file in files),
        source_bound=facts.source_bound,
    )
