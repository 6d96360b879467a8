"""Delimited and fixed-width text to blocks of records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from sandbox.bulk.copy_statement import CopyStatement
from sandbox.bulk.records import Block, Rejected

Split = Callable[[str], "list[str | None]"]


class UnmatchedQuote(ValueError):
    """A field begins with a quotation mark that is never closed."""


def read_delimited(batches: Iterable[list[str]], statement: CopyStatement) -> Iterator[Block]:
    """Records with any number of fields; a blank line is a record without fields.

    Source: AWS copy-parameters-data-format, DELIMITER; copy-parameters-data-conversion, ESCAPE, REMOVEQUOTES.
    """
    number = statement.ignore_header
    split = record_splitter(statement)
    pending = ""
    for batch in batches:
        block = Block()
        for line in batch:
            number += 1
            record = pending + line
            if statement.escape and _is_continued(record):
                pending = record
                continue
            pending = ""
            _add(block, record, number, split, statement)
        yield block
    if pending:
        block = Block()
        _add(block, pending, number, split, statement)
        yield block


def record_splitter(statement: CopyStatement) -> Split:
    """What cuts one record, without its line end, into fields."""
    if statement.format == "FIXEDWIDTH":
        return lambda record: _split_fixed(record, statement.widths)
    delimiter = statement.delimiter
    if not (statement.escape or statement.remove_quotes):
        return lambda record: list(record.split(delimiter))
    special = ("\\" if statement.escape else "") + ("'\"" if statement.remove_quotes else "")

    def split(record: str) -> list[str | None]:
        if not any(character in record for character in special):
            return list(record.split(delimiter))
        return _split_special(record, statement)

    return split


def _add(block: Block, record: str, number: int, split: Split, statement: CopyStatement) -> None:
    body = record.removesuffix("\n")
    if not (statement.escape and _ends_escaped(body.removesuffix("\r"))):
        body = body.removesuffix("\r")
    try:
        row = split(body) if body else []
    except UnmatchedQuote:
        block.rejected.append(Rejected(number, record, 1214, "Delimited value missing end quote"))
        return
    if "\0" in body and any("\0" in value for value in row if value and value != statement.null_as):
        position = body.index("\0")
        reason = f"Missing newline: Unexpected character 0x0 found at location {position}"
        block.rejected.append(Rejected(number, record, 1216, reason, position=position))
        return
    block.rows.append(row)
    block.raw_lines.append([record])
    block.line_numbers.append(number)


def _is_continued(record: str) -> bool:
    """Whether the record's line end is escaped."""
    return record.endswith("\n") and _ends_escaped(record[:-1])


def _ends_escaped(text: str) -> bool:
    """Whether what follows the text is escaped: it ends with an odd number of backslashes."""
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _split_special(record: str, statement: CopyStatement) -> list[str | None]:
    r"""Fields with escapes resolved and quotes removed; a field that reads \N or \\N is None."""
    d = re.escape(statement.delimiter)
    escape = r"\\." if statement.escape else r"(?!)."
    plain = rf"(?:{escape}|[^{d}])*" if not statement.escape else rf"(?:{escape}|[^{d}\\])*"
    forms = [rf"(?P<plain>{plain})"]
    if statement.remove_quotes:
        inner = r"(?:\\.|(?!(?P=mark)).)*" if statement.escape else r"(?:(?!(?P=mark)).)*"
        forms.insert(0, rf"(?P<mark>['\"])(?P<quoted>{inner})(?P=mark)(?={d}|$)")
    pattern = re.compile(rf"(?:{'|'.join(forms)})(?P<end>{d}|$)", re.DOTALL)
    fields: list[str | None] = []
    position = 0
    while True:
        match = pattern.match(record, position)
        if match is None:
            raise UnmatchedQuote
        groups = match.groupdict()
        if groups.get("mark") is None and statement.remove_quotes and groups["plain"][:1] in ("'", '"'):
            raise UnmatchedQuote
        raw = groups["plain"] if groups.get("mark") is None else groups["quoted"]
        fields.append(_unescaped(raw, statement))
        position = match.end()
        if not match.group("end"):
            return fields


def _unescaped(raw: str, statement: CopyStatement) -> str | None:
    if not statement.escape:
        return raw
    if raw in ("\\N", "\\\\N") and statement.null_as == "\\N":
        return None
    return re.sub(r"\\(.)", r"\1", raw, flags=re.DOTALL)


def _split_fixed(record: str, widths: tuple[int, ...]) -> list[str | None]:
    """Fields by their widths in bytes, without the blanks that pad them."""
    data = record.encode("utf-8", "surrogateescape")
    fields: list[str | None] = []
    start = 0
    for width in widths:
        if start < len(data) or not fields:
            fields.append(data[start : start + width].decode("utf-8", "surrogateescape").rstrip(" "))
        start += width
    if data[start:].strip():
        fields.append(data[start:].decode("utf-8", "surrogateescape"))
    return fields
