"""UNLOAD text to a frozen statement; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox.backend import RedshiftError
from sandbox.bulk import authorization, options
from sandbox.bulk.authorization import Authorization, parse_authorization
from sandbox.bulk.copy_statement import parse_character, parse_widths
from sandbox.bulk.errors import not_supported
from sandbox.bulk.options import Cursor, parse_options
from sandbox.bulk.s3_url import S3Url, parse_s3_url
from sandbox.bulk.tokens import query_text, syntax_error, tokenize

MEGABYTE = 1024 * 1024
_COMPRESSIONS = ("GZIP", "BZIP2", "ZSTD")
_GRAMMAR = {
    **authorization.GRAMMAR,
    **dict.fromkeys(("HEADER", "ADDQUOTES", "ESCAPE", "ALLOWOVERWRITE", "CLEANPATH", *_COMPRESSIONS), options.FLAG),
    **dict.fromkeys(
        ("DELIMITER", "FIXEDWIDTH", "NULL", "REGION", "EXTENSION", "KMS_KEY_ID", "MASTER_SYMMETRIC_KEY"),
        options.TEXT,
    ),
    **dict.fromkeys(("MAXFILESIZE", "ROWGROUPSIZE"), options.SIZE),
    "MANIFEST": options.MANIFEST,
    "PARTITION": options.PARTITION,
    "PARALLEL": options.SWITCH,
    "ENCRYPTED": options.ENCRYPTED,
}
_FORMATS = dict.fromkeys(("CSV", "PARQUET", "JSON"), options.FLAG)
# What each option excludes. Source: AWS r_UNLOAD.
_EXCLUSIONS = {
    "CSV": ("FIXEDWIDTH", "ADDQUOTES"),
    "PARQUET": ("DELIMITER", "FIXEDWIDTH", "ADDQUOTES", "ESCAPE", "NULL", "HEADER", *_COMPRESSIONS),
    "JSON": ("DELIMITER", "HEADER", "FIXEDWIDTH", "ADDQUOTES", "ESCAPE", "NULL"),
    "FIXEDWIDTH": ("DELIMITER", "HEADER"),
    "ALLOWOVERWRITE": ("CLEANPATH",),
    "GZIP": ("BZIP2", "ZSTD"),
    "BZIP2": ("ZSTD",),
}
_QUERY_WORD = re.compile(r"""'(?:[^'\\]|''|\\.)*'|"[^"]*"|--[^\n]*|/\*.*?\*/|\w+|[()]""", re.DOTALL)


@dataclass(frozen=True)
class UnloadStatement:
    """One UNLOAD; `format` is TEXT, FIXEDWIDTH, CSV, JSON or PARQUET, sizes are in bytes.

    `extension` is None when none was given; `manifest` is '', 'plain' or 'verbose'.
    """

    query: str
    target: S3Url
    authorization: Authorization
    format: str = "TEXT"
    region: str | None = None
    partition_by: tuple[str, ...] = ()
    keeps_partition_columns: bool = False
    manifest: str = ""
    has_header: bool = False
    delimiter: str = "|"
    widths: tuple[int, ...] = ()
    compression: str = ""
    add_quotes: bool = False
    null_as: str = ""
    escape: bool = False
    allows_overwrite: bool = False
    cleans_path: bool = False
    is_parallel: bool = True
    max_file_size: int = int(6.2 * 1024 * MEGABYTE)
    row_group_size: int = 32 * MEGABYTE
    extension: str | None = None


def parse_unload(sql: str) -> UnloadStatement:
    """The statement, checked against every rule that needs neither the query's result nor the target.

    Raises: RedshiftError.
    Source: AWS r_UNLOAD.
    """
    cursor = Cursor(tokenize(sql))
    cursor.take_keyword("UNLOAD")
    cursor.expect("(")
    query = query_text(cursor.take("string", "dollar"))
    cursor.expect(")")
    cursor.take_keyword("TO")
    target = parse_s3_url(cursor.take("string").value)
    found = parse_options(cursor, _GRAMMAR, _FORMATS)
    _check_query(query)
    _check_combination(found)
    return UnloadStatement(query, target, parse_authorization(found), **_settings(found))


def _check_query(query: str) -> None:
    """Refuses an outer LIMIT or TOP. Source: AWS r_UNLOAD, "Limit clause"."""
    depth, previous = 0, ""
    words = [word for word in _QUERY_WORD.findall(query) if word[:2] not in ("--", "/*")]
    first = next((word for word in words if word != "("), "")
    if first.upper() not in ("SELECT", "WITH"):
        raise syntax_error(first)
    for word in words:
        depth += (word == "(") - (word == ")")
        is_limit = word.upper() == "LIMIT" or (word.upper() == "TOP" and previous in ("SELECT", "DISTINCT", "ALL"))
        if depth == 0 and is_limit:
            raise not_supported("Limit clause is not supported")
        previous = word.upper()


def _check_combination(found: dict[str, Any]) -> None:
    for option, excluded in _EXCLUSIONS.items():
        for other in excluded:
            if option in found and other in found:
                raise not_supported(f"{option} option is not supported with {other}")
    if "ROWGROUPSIZE" in found and found.get("FORMAT") != "PARQUET":
        raise not_supported("ROWGROUPSIZE is only supported for PARQUET")
    if not 32 * MEGABYTE <= found.get("ROWGROUPSIZE", 32 * MEGABYTE) <= 128 * MEGABYTE:
        raise RedshiftError("22023", "ROWGROUPSIZE must be between 32 MB and 128 MB")
    if not 5 * MEGABYTE <= found.get("MAXFILESIZE", 5 * MEGABYTE) <= int(6.2 * 1024 * MEGABYTE):
        raise RedshiftError("22023", "MAXFILESIZE must be between 5 MB and 6.2 GB")
    _check_encryption(found)


def _check_encryption(found: dict[str, Any]) -> None:
    """Source: AWS r_UNLOAD, ENCRYPTED, KMS_KEY_ID, MASTER_SYMMETRIC_KEY."""
    keys = [name for name in ("KMS_KEY_ID", "MASTER_SYMMETRIC_KEY") if name in found]
    if keys and "ENCRYPTED" not in found:
        raise RedshiftError("42601", f"{keys[0]} requires the ENCRYPTED option")
    if "ENCRYPTED" in found and bool(keys) == (found["ENCRYPTED"] == "auto"):
        raise RedshiftError("42601", "ENCRYPTED requires one of AUTO, KMS_KEY_ID and MASTER_SYMMETRIC_KEY")
    if keys:
        raise not_supported(f"Cannot unload with {keys[0]}: this sandbox writes by the bucket's default encryption.")


def _settings(found: dict[str, Any]) -> dict[str, Any]:
    name = found.get("FORMAT", "FIXEDWIDTH" if "FIXEDWIDTH" in found else "TEXT")
    partition_by, keeps_partition_columns = found.get("PARTITION", ((), False))
    max_file_size = found.get("MAXFILESIZE", UnloadStatement.max_file_size)
    if name == "PARQUET":
        max_file_size = max(32 * MEGABYTE, max_file_size // (32 * MEGABYTE) * 32 * MEGABYTE)
    return {
        "format": name,
        "region": found.get("REGION"),
        "partition_by": partition_by,
        "keeps_partition_columns": keeps_partition_columns,
        "manifest": found.get("MANIFEST", ""),
        "has_header": "HEADER" in found,
        "delimiter": parse_character(found["DELIMITER"]) if "DELIMITER" in found else "," if name == "CSV" else "|",
        "widths": parse_widths(found["FIXEDWIDTH"]) if name == "FIXEDWIDTH" else (),
        "compression": next((compression for compression in _COMPRESSIONS if compression in found), ""),
        "add_quotes": "ADDQUOTES" in found,
        "null_as": found.get("NULL", ""),
        "escape": "ESCAPE" in found,
        "allows_overwrite": "ALLOWOVERWRITE" in found,
        "cleans_path": "CLEANPATH" in found,
        "is_parallel": found.get("PARALLEL", True),
        "max_file_size": max_file_size,
        "row_group_size": found.get("ROWGROUPSIZE", UnloadStatement.row_group_size),
        "extension": found.get("EXTENSION"),
    }
