"""Records on their way from a text file to the engine: blocks of them, and those that were rejected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from sandbox.backend import Column, LoadError
from sandbox.bulk.column_types import parse_type
from sandbox.bulk.columns import convert_column, field_text
from sandbox.bulk.copy_statement import CopyStatement
from sandbox.bulk.text_bytes import size_bytes
from sandbox.bulk.values import Converter, FieldError


@dataclass(frozen=True)
class Rejected:
    """A record that was refused, by the reader (then `column` is -1) or for one of its fields."""

    line_number: int
    raw_line: str
    code: int
    reason: str
    column: int = -1
    value: str = ""
    position: int = 0


class Columns(Sequence[Sequence[Any]]):
    """Rows that are held column by column."""

    def __init__(self, columns: list[Sequence[Any]], count: int) -> None:
        self.columns = columns
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:
        return [column[index] for column in self.columns]


@dataclass
class Block:
    """Some records of a file in order: fields, number of the last line, raw text.

    `raw_lines` holds lists of lines, or (text, start, end), so that nothing is joined in vain.
    """

    rows: Any = field(default_factory=list)
    line_numbers: Any = field(default_factory=list)
    raw_lines: list[Any] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    first_line: int = 0

    def line_number(self, index: int) -> int:
        """Where `line_numbers` were not kept, counted from `first_line` in the text that `raw_lines` hold."""
        if self.line_numbers:
            return self.line_numbers[index]
        text, _, end = self.raw_lines[index]
        return self.first_line + int(text.count("\n", 0, end))

    def raw_line(self, index: int) -> str:
        raw = self.raw_lines[index]
        return raw[0][raw[1] : raw[2]] if isinstance(raw, tuple) else "".join(raw)


def fit_lengths(block: Block, fillers: list[str | None], statement: CopyStatement) -> Block:
    """The block with exactly one field a column; what cannot be fitted is rejected.

    `fillers` stand for missing fields under FILLRECORD. A delimiter behind the last field of delimited text
    is taken for the end of the record.
    """
    count = len(fillers)
    if set(map(len, block.rows)) <= {count}:
        return block
    fitted = Block(rejected=block.rejected)
    for index, row in enumerate(block.rows):
        if not row and statement.ignore_blank_lines:
            continue
        if not row and count == 1:
            row = [""]
        if len(row) < count and row and statement.fill_record:
            row = [*row, *fillers[len(row) :]]
        if len(row) == count + 1 and statement.format == "TEXT" and not row[-1]:
            row = row[:-1]
        if len(row) == count:
            fitted.rows.append(row)
            fitted.line_numbers.append(block.line_number(index))
            fitted.raw_lines.append(block.raw_lines[index])
        else:
            code, reason = (1214, "Delimiter not found") if len(row) < count else (1202, "Extra column(s) found")
            fitted.rejected.append(Rejected(block.line_number(index), block.raw_line(index), code, reason))
    return fitted


class RowConverter:
    """Turns blocks into record batches for the engine."""

    def __init__(self, columns: list[Column], statement: CopyStatement) -> None:
        self.columns = columns
        self._names = [column.name for column in columns]
        self._converters = [Converter(column, parse_type(column.type), statement) for column in columns]
        self._delimiter_bytes = 0 if statement.format == "FIXEDWIDTH" else 1

    def convert(self, block: Block) -> tuple[pa.RecordBatch, list[Rejected]]:
        """The good rows, and all rejected records in the order of the file."""
        try:
            return self._batch(block.rows), block.rejected
        except FieldError:
            good, rejected = [], list(block.rejected)
            for index, row in enumerate(block.rows):
                problem = self._problem(row)
                if problem is None:
                    good.append(row)
                else:
                    column, error = problem
                    rejected.append(self._rejected(block, index, column, error))
            return self._batch(good), sorted(rejected, key=lambda record: record.line_number)

    def load_error(self, record: Rejected, table: str, file_name: str) -> LoadError:
        """The record as the system tables show it; text is cut to their widths."""
        has_column = record.column >= 0
        kind = self._converters[record.column].kind if has_column else None
        return LoadError(
            table=table,
            file_name=file_name[:256],
            line_number=record.line_number,
            column_name=self._names[record.column] if has_column else "",
            column_type=kind.short_name if kind else "",
            column_length=kind.size_text if kind else "",
            position=record.position,
            raw_line=_shown(record.raw_line),
            raw_field_value=_shown(record.value),
            error_code=record.code,
            error_message=record.reason,
        )

    def _batch(self, rows: Sequence[Sequence[Any]]) -> pa.RecordBatch:
        if isinstance(rows, Columns):
            values = rows.columns
        else:
            values = list(zip(*rows, strict=True)) or [()] * len(self.columns)
        arrays = [convert_column(column, converter) for column, converter in zip(values, self._converters, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, self._names)

    def _problem(self, row: Sequence[Any]) -> tuple[int, FieldError] | None:
        for index, converter in enumerate(self._converters):
            try:
                converter.value(field_text(row[index], converter))
            except FieldError as error:
                return index, error
        return None

    def _rejected(self, block: Block, index: int, column: int, error: FieldError) -> Rejected:
        fields = zip(block.rows[index], self._converters, strict=True)
        row = [field_text(value, converter) or "" for value, converter in fields]
        position = sum(size_bytes(value) + self._delimiter_bytes for value in row[:column])
        raw = block.raw_line(index)
        return Rejected(block.line_number(index), raw, error.code, error.reason, column, row[column], position)


def _shown(text: str) -> str:
    printable = text.encode("utf-8", "replace").decode().replace("\0", "?")
    return printable.rstrip("\r\n")[:1024]
