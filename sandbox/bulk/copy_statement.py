"""COPY text to a frozen statement; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox.backend import RedshiftError
from sandbox.bulk import authorization, options
from sandbox.bulk.authorization import Authorization, parse_authorization
from sandbox.bulk.errors import internal_error, not_supported
from sandbox.bulk.options import Cursor, parse_options
from sandbox.bulk.s3_url import S3Url, parse_s3_url
from sandbox.bulk.tokens import tokenize

_COMPRESSIONS = ("GZIP", "BZIP2", "LZOP", "ZSTD")
_FLAGS = (
    *("ACCEPTANYDATE", "BLANKSASNULL", "EMPTYASNULL", "ENCRYPTED", "ESCAPE", "EXPLICIT_IDS", "FILLRECORD"),
    *("IGNOREALLERRORS", "IGNOREBLANKLINES", "MANIFEST", "NOLOAD", "REMOVEQUOTES", "ROUNDEC"),
    *("SERIALIZETOJSON", "TRIMBLANKS", "TRUNCATECOLUMNS"),
)
_GRAMMAR = {
    **authorization.GRAMMAR,
    **dict.fromkeys((*_FLAGS, *_COMPRESSIONS), options.FLAG),
    **dict.fromkeys(
        ("DATEFORMAT", "DELIMITER", "FIXEDWIDTH", "MASTER_SYMMETRIC_KEY", "NULL", "QUOTE", "REGION", "TIMEFORMAT"),
        options.TEXT,
    ),
    **dict.fromkeys(("COMPROWS", "IGNOREHEADER", "MAXERROR", "READRATIO"), options.NUMBER),
    **dict.fromkeys(("COMPUPDATE", "STATUPDATE"), options.SWITCH),
    "ACCEPTINVCHARS": options.OPTIONAL_TEXT,
    "ENCODING": options.WORD,
}
_FORMATS = {
    "CSV": options.FLAG,
    "JSON": options.OPTIONAL_TEXT,
    "AVRO": options.OPTIONAL_TEXT,
    "PARQUET": options.FLAG,
    "ORC": options.FLAG,
    "SHAPEFILE": options.FLAG,
}
_COLUMNAR = {
    *authorization.GRAMMAR,
    *("FORMAT", "PARQUET", "ORC", "MANIFEST", "STATUPDATE", "ACCEPTINVCHARS", "FILLRECORD", "EXPLICIT_IDS"),
    "SERIALIZETOJSON",
}
# What each option excludes. Source: AWS copy-parameters-data-format, copy-parameters-data-conversion,
# copy-parameters-data-load.
_EXCLUSIONS = {
    "CSV": ("FIXEDWIDTH", "REMOVEQUOTES", "ESCAPE"),
    "FIXEDWIDTH": ("DELIMITER", "ESCAPE"),
    "IGNOREALLERRORS": ("MAXERROR",),
    "JSON": (
        *("DELIMITER", "ESCAPE", "FILLRECORD", "FIXEDWIDTH", "IGNOREBLANKLINES"),
        *("NULL", "READRATIO", "REMOVEQUOTES"),
    ),
}
_ENCODINGS = {"UTF8": "utf-8", "UTF16": "utf-16", "UTF16LE": "utf-16-le", "UTF16BE": "utf-16-be"}


@dataclass(frozen=True)
class CopyStatement:
    """One COPY.

    `columns` is empty without a column list; `format` is TEXT, FIXEDWIDTH, CSV, JSON or PARQUET;
    `json_option` is 'auto', 'auto ignorecase', 'noshred' or an s3:// address;
    `invalid_characters` is the replacement character, '' when none are accepted.
    """

    schema: str | None
    table: str
    columns: tuple[str, ...]
    source: S3Url
    authorization: Authorization
    format: str = "TEXT"
    is_manifest: bool = False
    region: str | None = None
    compression: str = ""
    delimiter: str = "|"
    quote: str = '"'
    widths: tuple[int, ...] = ()
    json_option: str = "auto"
    encoding: str = "utf-8"
    null_as: str = "\\N"
    date_format: str = ""
    time_format: str = ""
    invalid_characters: str = ""
    ignore_header: int = 0
    max_error: int = 1
    accepts_any_date: bool = False
    blanks_as_null: bool = False
    empty_as_null: bool = False
    escape: bool = False
    explicit_ids: bool = False
    fill_record: bool = False
    ignore_blank_lines: bool = False
    is_dry: bool = False
    remove_quotes: bool = False
    round_decimals: bool = False
    serialize_to_json: bool = False
    trim_blanks: bool = False
    truncate_columns: bool = False

    @property
    def engine_target(self) -> str:
        """The table as the engine quotes it.

        >>> parse_copy("COPY a.b FROM 's3://lake/x' IAM_ROLE default").engine_target
        '"a"."b"'
        """
        return ".".join(quote_name(name) for name in (self.schema, self.table) if name is not None)


def quote_name(name: str) -> str:
    """An identifier as the engine reads it unchanged."""
    return '"' + name.replace('"', '""') + '"'


def parse_copy(sql: str) -> CopyStatement:
    """The statement, checked against every rule that needs neither a table nor a file.

    Raises: RedshiftError.
    Source: AWS r_COPY.
    """
    cursor = Cursor(tokenize(sql))
    cursor.take_keyword("COPY")
    names = [cursor.name()]
    while cursor.skip("."):
        names.append(cursor.name())
    columns = cursor.names() if not cursor.is_at_end and cursor.tokens[cursor.index].text == "(" else ()
    cursor.take_keyword("FROM")
    source = parse_s3_url(cursor.take("string").value)
    found = parse_options(cursor, _GRAMMAR, _FORMATS)
    _check_combination(found)
    return CopyStatement(
        schema=names[-2] if len(names) > 1 else None,
        table=names[-1],
        columns=columns,
        source=source,
        authorization=parse_authorization(found),
        **_settings(found),
    )


def parse_character(text: str) -> str:
    r"""The one ASCII character that DELIMITER or QUOTE names; `\t` and octal `\001` are read.

    Raises: RedshiftError. Source: AWS copy-parameters-data-format, DELIMITER.
    """
    if text == "\\t":
        return "\t"
    if re.fullmatch(r"\\[0-7]{1,3}", text):
        return chr(int(text[1:], 8))
    character = text.replace("\\\\", "\\")
    if len(character) != 1 or not character.isascii():
        raise RedshiftError("42601", "COPY delimiter must be a single ASCII character")
    return character


def parse_widths(specification: str) -> tuple[int, ...]:
    """The widths in bytes of a FIXEDWIDTH specification.

    >>> parse_widths("id:3,name:20")
    (3, 20)
    """
    parts = [part.rpartition(":")[2].strip() for part in specification.split(",")]
    if not all(":" in part for part in specification.split(",")) or not all(part.isdigit() for part in parts):
        raise internal_error(f"Invalid fixedwidth specification: {specification}", 8001)
    return tuple(int(part) for part in parts)


def _check_combination(found: dict[str, Any]) -> None:
    name = found.get("FORMAT", "")
    if name in ("PARQUET", "ORC"):
        for option in found.keys() - _COLUMNAR:
            raise not_supported(f"{option} argument is not supported for {name} based COPY")
    for option, excluded in _EXCLUSIONS.items():
        for other in excluded if option in found else ():
            if other in found:
                raise not_supported(f"{option} option is not supported with {other}")
    for compression in _COMPRESSIONS:
        others = [other for other in _COMPRESSIONS if other in found and other != compression]
        if compression in found and others:
            raise RedshiftError("42601", "conflicting or redundant options")
    if name in ("ORC", "AVRO", "SHAPEFILE"):
        raise not_supported(
            f"Cannot load format {name}: this sandbox reads PARQUET, CSV, JSON, delimited and fixed width."
        )
    for option in ("LZOP", "ENCRYPTED", "MASTER_SYMMETRIC_KEY"):
        if option in found:
            raise not_supported(f"Cannot load with {option}: this sandbox reads GZIP, ZSTD and BZIP2, not encrypted.")
    if "QUOTE" in found and name != "CSV":
        raise not_supported("QUOTE is only supported with CSV")
    if "SERIALIZETOJSON" in found and name != "PARQUET":
        raise not_supported("SERIALIZETOJSON is only supported for columnar formats")
    if "READRATIO" in found:
        raise not_supported("READRATIO is only supported for COPY from DynamoDB")
    if not 0 <= found.get("MAXERROR", 0) <= 100000:
        raise RedshiftError("22023", f"MAXERROR value {found['MAXERROR']} is out of range: 0 to 100000")
    if not 1000 <= found.get("COMPROWS", 1000) <= 2147483647:
        raise RedshiftError("22023", f"COMPROWS value {found['COMPROWS']} is out of range: 1000 to 2147483647")


def _settings(found: dict[str, Any]) -> dict[str, Any]:
    name = found.get("FORMAT", "FIXEDWIDTH" if "FIXEDWIDTH" in found else "TEXT")
    encoding = found.get("ENCODING", "UTF8")
    if encoding not in _ENCODINGS:
        raise RedshiftError("42601", f"Unsupported encoding: {encoding.lower()}")
    if found.get("NULL") in ("\\n", "\n"):
        raise RedshiftError("22023", "NULL argument cannot be a newline: '\\n' is reserved as line delimiter")
    return {
        "format": name,
        "is_manifest": "MANIFEST" in found,
        "region": found.get("REGION"),
        "compression": next((compression for compression in _COMPRESSIONS if compression in found), ""),
        "delimiter": parse_character(found["DELIMITER"]) if "DELIMITER" in found else "," if name == "CSV" else "|",
        "quote": parse_character(found.get("QUOTE") or '"'),
        "widths": parse_widths(found["FIXEDWIDTH"]) if name == "FIXEDWIDTH" else (),
        "json_option": _json_option(found.get("JSON") or "auto"),
        "encoding": _ENCODINGS[encoding],
        "null_as": {"\\0": "\0", "\\000": "\0"}.get(found.get("NULL", "\\N"), found.get("NULL", "\\N")),
        "date_format": found.get("DATEFORMAT", ""),
        "time_format": found.get("TIMEFORMAT", ""),
        "invalid_characters": _replacement(found),
        "ignore_header": found.get("IGNOREHEADER", 0),
        "max_error": 10**12 if "IGNOREALLERRORS" in found else max(1, found.get("MAXERROR", 0)),
        "accepts_any_date": "ACCEPTANYDATE" in found,
        "blanks_as_null": "BLANKSASNULL" in found,
        "empty_as_null": "EMPTYASNULL" in found,
        "escape": "ESCAPE" in found,
        "explicit_ids": "EXPLICIT_IDS" in found,
        "fill_record": "FILLRECORD" in found,
        "ignore_blank_lines": "IGNOREBLANKLINES" in found,
        "is_dry": "NOLOAD" in found,
        "remove_quotes": "REMOVEQUOTES" in found,
        "round_decimals": "ROUNDEC" in found,
        "serialize_to_json": "SERIALIZETOJSON" in found,
        "trim_blanks": "TRIMBLANKS" in found,
        "truncate_columns": "TRUNCATECOLUMNS" in found,
    }


def _replacement(found: dict[str, Any]) -> str:
    if "ACCEPTINVCHARS" not in found:
        return ""
    character = found["ACCEPTINVCHARS"] or "?"
    if len(character) != 1 or not character.isascii() or character == "\0":
        raise RedshiftError("22023", "ACCEPTINVCHARS replacement must be a single ASCII character other than NULL")
    return str(character)


def _json_option(text: str) -> str:
    if text in ("auto", "auto ignorecase", "noshred") or text.startswith("s3://"):
        return text
    raise RedshiftError("22023", f"Invalid JSON option: '{text}'")
