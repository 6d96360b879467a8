"""CSV files to blocks of records."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator

from sandbox.bulk.copy_statement import CopyStatement
from sandbox.bulk.records import Block, Rejected
from sandbox.bulk.text_stream import BLOCK_CHARACTERS, LINES_AT_ONCE, MAX_RECORD_BYTES

csv.field_size_limit(2 * MAX_RECORD_BYTES)


class _Lines:
    """Hands out lines one by one and keeps those of the current block."""

    def __init__(self, batches: Iterable[list[str]], blank_before_quote: str) -> None:
        self._batches = iter(batches)
        self._coming: Iterator[str] = iter(())
        self._blank_before_quote = blank_before_quote
        self.has_blank_before_quote = False
        self.kept: list[str] = []
        self.size = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._coming, None)
        while line is None:
            batch = next(self._batches)
            self._coming = iter(batch)
            self.has_blank_before_quote = any(self._blank_before_quote in line for line in batch)
            line = next(self._coming, None)
        self.kept.append(line)
        self.size += len(line)
        return line

    def forget(self) -> None:
        """Begin a new block."""
        self.kept, self.size = [], 0


def read_csv(batches: Iterable[list[str]], statement: CopyStatement) -> Iterator[Block]:
    """Records by RFC 4180, with any number of fields; `batches` are the lines behind the header.

    Source: AWS copy-parameters-data-format, CSV.
    """
    lines = _Lines(batches, f" {statement.quote}")
    reader = csv.reader(lines, delimiter=statement.delimiter, quotechar=statement.quote, strict=True)
    is_done = False
    while not is_done:
        block, ends = Block(), [0]
        first_line = reader.line_num
        while not is_done and lines.size < BLOCK_CHARACTERS and len(block.rows) < LINES_AT_ONCE:
            row: list[str] | None = None
            try:
                row = next(reader)
            except StopIteration:
                is_done = True
                continue
            except csv.Error:
                lines.has_blank_before_quote = True
            end = reader.line_num - first_line
            raw = lines.kept[ends[-1] : end]
            if lines.has_blank_before_quote and (row is None or _begins_with_quote(row, statement.quote)):
                row = split_quoted("".join(raw), statement.delimiter, statement.quote)
            number = statement.ignore_header + first_line + end
            if row is None:
                block.rejected.append(Rejected(number, "".join(raw), 1214, "Invalid quote formatting for CSV"))
            else:
                block.rows.append(row)
                block.raw_lines.append(raw)
                block.line_numbers.append(number)
            ends.append(end)
        lines.forget()
        yield block


def split_quoted(record: str, delimiter: str, quote: str) -> list[str] | None:
    """The fields of a record in which blanks may stand around the quotation marks; None when it is malformed.

    >>> split_quoted("1, 'a ''b''' ,c", ",", "'")
    ['1', "a 'b'", 'c']
    """
    q, d = re.escape(quote), re.escape(delimiter)
    pattern = re.compile(rf"(?:[ \t]*{q}((?:[^{q}]|{q}{q})*){q}[ \t]*|([^{d}]*))({d}|$)")
    record = record.rstrip("\r\n")
    fields: list[str] = []
    position = 0
    while True:
        match = pattern.match(record, position)
        if match is None or (match.group(2) or "").lstrip()[:1] == quote:
            return None
        quoted = match.group(1)
        fields.append(match.group(2) if quoted is None else quoted.replace(quote * 2, quote))
        position = match.end()
        if not match.group(3):
            return fields


def _begins_with_quote(row: list[str], quote: str) -> bool:
    return any(field.lstrip()[:1] == quote for field in row)
