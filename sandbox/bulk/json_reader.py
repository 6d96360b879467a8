"""JSON files to blocks of records."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any

import orjson

from sandbox.bulk.copy_statement import CopyStatement
from sandbox.bulk.errors import internal_error
from sandbox.bulk.records import Block, Columns, Rejected
from sandbox.bulk.text_stream import MAX_RECORD_BYTES

Scan = Callable[[str, int], tuple[Any, int]]
Shred = Callable[[Any], Sequence[Any]]
# Where a reader of 64 bits makes a double of a whole number.
_LARGE = 2.0**63
# A number, word or escape that is cut off begins at most so many characters before the end.
_LONGEST_SCALAR = 400
_BLANKS = re.compile(r"[ \t\r\n]*")
_BRACKET_STEP = re.compile(r"\['((?:[^'\\]|\\.)*)'\]|\[\"((?:[^\"\\]|\\.)*)\"\]|\[(\d+)\]")
_DOT_STEP = re.compile(r"\.([^.'\[\]]+)|\[(\d+)\]")


_TOO_LONG = "JSON record exceeds 4 MB"
_MALFORMED = "Invalid JSON: malformed or not an object"


class JsonProblem(ValueError):
    """A record that cannot be shredded; the text is Redshift's reason."""


def read_json(texts: Iterable[str], statement: CopyStatement, shred: Shred) -> Iterator[Block]:
    """One record for each root-level object or array; blanks between them do not matter.

    Source: AWS copy-parameters-data-format, "JSON data file".
    """
    scan: Scan = json.JSONDecoder(parse_constant=_refuse_constant).scan_once  # type: ignore[attr-defined]
    rest, number = "", statement.ignore_header + 1
    for text in texts:
        text = rest + text
        block, position, number = _lines(text, shred, number) or _scan(text, scan, shred, number, is_last=False)
        rest = text[position:]
        if len(rest) > MAX_RECORD_BYTES:
            block.rejected.append(Rejected(number, rest[:1024], 1204, _TOO_LONG))
            rest = ""
        yield block
    if rest:
        yield _scan(rest, scan, shred, number, is_last=True)[0]


def _lines(text: str, shred: Shred, number: int) -> tuple[Block, int, int] | None:
    """What `_scan` returns, and several times as fast, where each line is an object of plain values; else None.

    That a number is beyond 64 bits, or a nested value, is left to `_scan`, which keeps all digits.
    """
    end = text.rfind("\n") + 1
    lines = text[:end].split("\n")[:-1]
    if not isinstance(shred, ByNames) or not lines or 4 * max(map(len, lines)) > MAX_RECORD_BYTES:
        return None
    try:
        records = list(map(orjson.loads, lines))
    except orjson.JSONDecodeError:
        return None
    columns = shred.columns(records) if set(map(type, records)) == {dict} else None
    if columns is None or not all(map(_is_plain, columns)):
        return None
    count = len(lines)
    block = Block(Columns(columns, count), range(number, number + count), lines, first_line=number)
    return block, end, number + count


def _is_plain(values: Sequence[Any]) -> bool:
    kinds = set(map(type, values))
    if dict in kinds or list in kinds:
        return False
    if float not in kinds:
        return True
    numbers = values if kinds <= {float, type(None)} else [value for value in values if type(value) is float]
    return max(map(abs, filter(None, numbers)), default=0.0) < _LARGE


def _scan(text: str, scan: Scan, shred: Shred, number: int, is_last: bool) -> tuple[Block, int, int]:
    """The records in `text`, where the first incomplete one begins, and the number of its line."""
    block = Block(first_line=number)
    rows, places, rejected = block.rows, block.raw_lines, block.rejected
    skip, size = _BLANKS.match, len(text)
    start = skip(text).end()  # type: ignore[union-attr]
    while start < size:
        try:
            value, end = scan(text, start)
            if type(value) is not dict and type(value) is not list:
                raise JsonProblem(_MALFORMED)
            if _is_too_long(text, start, end):
                raise JsonProblem(_TOO_LONG)
            rows.append(shred(value))
            places.append((text, start, end))
        except JsonProblem as problem:
            line, raw = number + text.count("\n", 0, end), text[start : min(end, start + 1024)]
            rejected.append(Rejected(line, raw, 1204 if str(problem) == _TOO_LONG else 1216, str(problem)))
        except (ValueError, StopIteration) as error:
            if not is_last and text[start] in "{[" and _is_incomplete(text, error):
                break
            end = text.find("\n", start) % (size + 1)
            rejected.append(Rejected(number + text.count("\n", 0, start), text[start:end], 1216, _MALFORMED))
        start = end + 1 if text.startswith("\n{", end) else skip(text, end).end()  # type: ignore[union-attr]
    return block, start, number + text.count("\n", 0, start)


def _is_too_long(text: str, start: int, end: int) -> bool:
    """Whether a record takes more than 4 MB as UTF-8, of which a character has at most four bytes."""
    return 4 * (end - start) > MAX_RECORD_BYTES and len(text[start:end].encode("utf-8", "replace")) > MAX_RECORD_BYTES


def _is_incomplete(text: str, error: Exception) -> bool:
    """Whether more text could mend the error."""
    near_end = len(text.rstrip()) - _LONGEST_SCALAR
    if isinstance(error, json.JSONDecodeError):
        return error.pos >= near_end or error.msg.startswith("Unterminated string")
    return isinstance(error, StopIteration) and error.value >= near_end


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class ByNames:
    """Fields by column name; missing ones are NULL, unknown ones are ignored.

    Source: AWS copy-parameters-data-format, 'auto' and 'auto ignorecase'.
    """

    def __init__(self, names: list[str], ignores_case: bool) -> None:
        self._names = names
        self._ignores_case = ignores_case

    def __call__(self, value: Any) -> Sequence[Any]:
        if type(value) is not dict:
            raise JsonProblem("Invalid JSONPath format: Member is not an object.")
        by_name = {key.lower(): key for key in value} if self._ignores_case else None
        return [value.get(by_name.get(name) if by_name else name) for name in self._names]

    def columns(self, records: list[dict[str, Any]]) -> list[Sequence[Any]] | None:
        """The fields of all records by column; None where several names are one column's."""
        keys: dict[str, str] = dict(zip(self._names, self._names, strict=True))
        if self._ignores_case:
            written = set().union(*records)
            keys = {key.lower(): key for key in written}
            if len(keys) < len(written):
                return None
        return [_field(keys.get(name, ""), records) for name in self._names]


def _field(key: str, records: list[dict[str, Any]]) -> Sequence[Any]:
    try:
        return list(map(itemgetter(key), records))
    except KeyError:
        return [record.get(key) for record in records]


def whole(value: Any) -> Sequence[Any]:
    """The whole object as one SUPER value. Source: AWS ingest-super, 'noshred'."""
    return [value]


def by_paths(paths: list[list[str | int]]) -> Shred:
    """Fields by JSONPath expressions, in the order of the columns."""

    def shred(value: Any) -> Sequence[Any]:
        return [_at(value, path) for path in paths]

    return shred


def parse_jsonpaths(content: bytes) -> list[list[str | int]] | None:
    """The paths of a JSONPaths file as steps; None when the file is to be ignored for another key.

    Raises: RedshiftError. Source: AWS copy-parameters-data-format, "JSONPaths file".
    """
    try:
        document = json.loads(content.decode("utf-8"))
    except ValueError as error:
        raise internal_error("Invalid JSONPaths file: malformed JSON", 8001) from error
    if not isinstance(document, dict):
        raise internal_error("Invalid JSONPaths file: not a JSON object", 8001)
    paths = document.get("jsonpaths")
    if paths is None:
        return None
    if not isinstance(paths, list) or not all(isinstance(path, str) and path for path in paths):
        raise internal_error("Invalid JSONPaths file: an element is empty or not a string", 8001)
    is_bracket = ["['" in path or '["' in path for path in paths if re.search("['\".]", path)]
    if any(is_bracket) and not all(is_bracket):
        raise internal_error("Invalid JSONPath format: bracket and dot notation cannot be mixed", 8001)
    return [_parse_path(path) for path in paths]


def _parse_path(path: str) -> list[str | int]:
    """
    >>> _parse_path("$['a'][0]"), _parse_path("$.a.b")
    (['a', 0], ['a', 'b'])
    """
    for step in (_BRACKET_STEP, _DOT_STEP):
        found = list(step.finditer(path, 1))
        if path[:1] == "$" and "".join(match.group() for match in found) == path[1:]:
            return [int(match.groups()[-1]) if match.groups()[-1] else _name(match) for match in found]
    raise internal_error(f"Invalid JSONPath format: {path}", 8001)


def _name(match: re.Match[str]) -> str:
    return next(group for group in match.groups()[:-1] if group is not None)


def _at(value: Any, path: list[str | int]) -> Any:
    """The element at a path; None for a missing name.

    Raises: JsonProblem for a missing array element. Source: AWS, "JSONPath expressions".
    """
    for step in path:
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                raise JsonProblem("Invalid JSONPath format: Not an array or index out of range.")
            value = value[step]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value
