"""Readers against writers: whatever is written by the rules is read back unchanged."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.bulk.copy_statement import CopyStatement, parse_copy
from sandbox.bulk.csv_reader import read_csv, split_quoted
from sandbox.bulk.delimited_reader import read_delimited
from sandbox.bulk.json_reader import ByNames, read_json
from sandbox.bulk.records import Block, Columns
from sandbox.bulk.text_stream import decoded, lines, without_header

TEXT = st.text(st.sampled_from("ab \\|\"',\n\r\té€N"), max_size=6)
ROWS = st.lists(st.lists(TEXT, min_size=2, max_size=2), min_size=1, max_size=5)


def statement(options: str) -> CopyStatement:
    return parse_copy(f"COPY t FROM 's3://lake/p' IAM_ROLE default {options}")


def pieces(text: str, size: int) -> Any:
    data = text.encode()
    return decoded((data[start : start + size] for start in range(0, len(data), size)), "utf-8")


def read(reader: Any, text: str, options: str, size: int) -> list[list[str]]:
    blocks = list(reader(lines(pieces(text, size)), statement(options)))
    assert [record for block in blocks for record in block.rejected] == []
    return [list(row) for block in blocks for row in block.rows]


@given(ROWS, st.integers(1, 20))
def test_read_csv_reads_what_a_csv_writer_wrote(rows: list[list[str]], size: int) -> None:
    sink = io.StringIO()
    csv.writer(sink, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    assert read(read_csv, sink.getvalue(), "CSV", size) == rows


@given(st.lists(TEXT.filter(lambda text: "\n" not in text and "\r" not in text), min_size=1, max_size=4))
def test_split_quoted_ignores_blanks_around_quotes(fields: list[str]) -> None:
    record = " , ".join('"' + field.replace('"', '""') + '"' for field in fields)
    assert split_quoted(record, ",", '"') == fields


@given(ROWS, st.integers(1, 20))
def test_read_delimited_with_escape_reads_escaped_fields(rows: list[list[str]], size: int) -> None:
    escaped = [[re.sub(r"([\\|\n\r])", r"\\\1", field) for field in row] for row in rows]
    text = "".join("|".join(row) + "\n" for row in escaped)
    expected = [[None if field == "\\N" else field for field in row] for row in rows]
    assert read(read_delimited, text, "ESCAPE", size) == expected


@given(ROWS, st.integers(1, 20))
def test_read_delimited_with_quotes_reads_quoted_fields(rows: list[list[str]], size: int) -> None:
    escaped = [[re.sub(r"([\\|\n\r\"'])", r"\\\1", field) for field in row] for row in rows]
    text = "".join("|".join(f'"{field}"' for field in row) + "\n" for row in escaped)
    expected = [[None if field == "\\N" else field for field in row] for row in rows]
    assert read(read_delimited, text, "ESCAPE REMOVEQUOTES", size) == expected


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
OBJECTS = st.lists(
    st.fixed_dictionaries({"a": SCALARS | st.lists(SCALARS, max_size=3), "b": SCALARS}), min_size=1, max_size=5
)


@given(OBJECTS, st.integers(1, 30), st.sampled_from(["", " ", "\n", "\n\n"]), st.booleans())
def test_read_json_reads_objects_cut_anywhere(
    objects: list[dict[str, Any]], size: int, between: str, is_indented: bool
) -> None:
    text = between.join(json.dumps(item, ensure_ascii=False, indent=1 if is_indented else None) for item in objects)
    blocks = list(read_json(pieces(text, size), statement("JSON"), ByNames(["a", "b"], ignores_case=False)))
    assert [record for block in blocks for record in block.rejected] == []
    assert [list(row) for block in blocks for row in block.rows] == [[item["a"], item["b"]] for item in objects]
    numbers = [block.line_number(index) for block in blocks for index in range(len(block.rows))]
    assert numbers[-1] == 1 + text.count("\n")


LARGE = ["18446744073709551616", "-9223372036854775809", "9223372036854775807"]
VALUES = SCALARS.map(json.dumps) | st.sampled_from(
    [*LARGE, "1E5", "-0", "-0.0", '"\\u0000\\/"', "[1, {}]", '{"a": 1e19}']
)
WRONG_VALUES = st.sampled_from(["1e400", "01", "1.", "NaN", '"\\ud800"', "tru", '"a'])


def written(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """An object as text, also with a key twice or in two spellings."""
    fields = st.lists(st.tuples(st.sampled_from(["a", "A", "b", "c"]), values), max_size=4)
    return fields.map(lambda found: "{" + ", ".join(f'"{name}": {value}' for name, value in found) + "}")


RECORDS = st.lists(written(VALUES), max_size=4)
WRONG_RECORDS = st.sampled_from(["", " ", "[]", "null", "5", "{}{}", '{"a":\n1}'])


@given(RECORDS | st.lists(written(VALUES | WRONG_VALUES) | WRONG_RECORDS, max_size=4), st.booleans())
def test_read_json_lines_are_what_the_long_way_reads(records: list[str], ignores_case: bool) -> None:
    text = "\n".join(records) + "\n"
    shred = ByNames(["a", "b"], ignores_case)
    slow = list(read_json([text], statement("JSON"), lambda value: shred(value)))
    fast = list(read_json([text], statement("JSON"), shred))

    def seen(blocks: list[Block]) -> Any:
        rows = [
            (block.line_number(n), block.raw_line(n), list(row)) for block in blocks for n, row in enumerate(block.rows)
        ]
        return repr(rows), [record for block in blocks for record in block.rejected]

    assert seen(fast) == seen(slow)


def test_read_json_lines_of_plain_values_are_held_by_column() -> None:
    [block] = read_json(['{"a": 1, "x": 2}\n{"b": "é"}\n'], statement("JSON"), ByNames(["a", "b"], ignores_case=False))
    assert isinstance(block.rows, Columns) and block.rows.columns == [[1, None], [None, "é"]]


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_without_header_skips_lines_across_pieces(count: int) -> None:
    text = "a\nb\nc\nd"
    assert "".join(without_header(pieces(text, 3), count)) == "\n".join(text.split("\n")[count:])
