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
from sandbox.bulk.json_reader import by_names, read_json
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
    blocks = list(read_json(pieces(text, size), statement("JSON"), by_names(["a", "b"], ignores_case=False)))
    assert [record for block in blocks for record in block.rejected] == []
    assert [list(row) for block in blocks for row in block.rows] == [[item["a"], item["b"]] for item in objects]
    numbers = [block.line_number(index) for block in blocks for index in range(len(block.rows))]
    assert numbers[-1] == 1 + text.count("\n")


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_without_header_skips_lines_across_pieces(count: int) -> None:
    text = "a\nb\nc\nd"
    assert "".join(without_header(pieces(text, 3), count)) == "\n".join(text.split("\n")[count:])
