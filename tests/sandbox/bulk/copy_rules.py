"""Rules that COPY's data shows: a table, a file, options, and the rows or the refusal.

Sources: section A of the facts, with AWS's pages.
"""

from __future__ import annotations

import bz2
import gzip
from dataclasses import dataclass, field
from typing import Any

import zstandard

Row = tuple[Any, ...]


@dataclass(frozen=True)
class CopyRule:
    """`rows` are what the table holds afterwards, as text; `errors` are (code, text, line, column) of load errors.

    `refusal` is a part of the client's message; without rows and errors nothing else is looked at.
    """

    source: str
    columns: str
    data: str | bytes
    options: str = ""
    rows: list[Row] | None = None
    errors: list[tuple[int, str, int, str]] = field(default_factory=list)
    refusal: str = ""
    column_list: str = ""


FAILED = "Load into table 't' failed.  Check 'stl_load_errors' system table for details."
PAIR = "id int, name varchar(10)"
TS = "ts timestamp"


def fails(source: str, columns: str, data: str | bytes, options: str, *errors: tuple[int, str, int, str]) -> CopyRule:
    return CopyRule(source, columns, data, options, errors=list(errors), refusal=FAILED)


TEXT_RULES = [
    CopyRule("A15 fmt: pipes, newline, UTF-8", PAIR, "1|é\n2|x", "", [("1", "é"), ("2", "x")]),
    CopyRule("A15 fmt: CRLF", PAIR, "1|a\r\n2|b\r\n", "", [("1", "a"), ("2", "b")]),
    CopyRule("A15 fmt: octal delimiter", PAIR, "1\x01a\n", "DELIMITER '\\001'", [("1", "a")]),
    CopyRule("A15 fmt: tab", PAIR, "1\ta\n", "DELIMITER '\\t'", [("1", "a")]),
    CopyRule("A15 load: one delimiter behind the last field", PAIR, "1|a|\n", "", [("1", "a")]),
    CopyRule(
        "A17 conv: REMOVEQUOTES",
        PAIR,
        "1|\"a|b\"\n2|'c'\n3|d'e\n",
        "REMOVEQUOTES",
        [("1", "a|b"), ("2", "c"), ("3", "d'e")],
    ),
    fails(
        "A17 conv: unmatched quote", PAIR, '1|"a\n', "REMOVEQUOTES", (1214, "Delimited value missing end quote", 1, "")
    ),
    CopyRule(
        "A17 conv: ESCAPE",
        PAIR,
        "1|a\\|b\\\\\n2|c\\\nd\n3|\\N\n",
        "ESCAPE",
        [("1", "a|b\\"), ("2", "c\nd"), ("3", None)],
    ),
    CopyRule("A17 conv: ESCAPE \\\\N is NULL too", PAIR, "1|\\\\N\n", "ESCAPE", [("1", None)]),
    CopyRule(
        "A17 conv: ESCAPE and REMOVEQUOTES",
        PAIR,
        "1|'a\\'s'\n2|\\'b\\'\n",
        "ESCAPE REMOVEQUOTES",
        [("1", "a's"), ("2", "'b'")],
    ),
    CopyRule("A17 conv: escape sequences are not interpreted", PAIR, "1|\\012\n", "ESCAPE", [("1", "012")]),
    fails("A17 conv: embedded delimiter", PAIR, "1|a|b\n", "", (1202, "Extra column(s) found", 1, "")),
    fails("A55 stl: too few fields", PAIR, "1|a\n2\n", "", (1214, "Delimiter not found", 2, "")),
    CopyRule("A18 fmt: FIXEDWIDTH", PAIR, "  1abc  \n 22é    \n", "FIXEDWIDTH 'a:3,b:5'", [("1", "abc"), ("22", "é")]),
    CopyRule("A19 conv: IGNOREHEADER", PAIR, "id|name\nx|y\n1|a\n", "IGNOREHEADER 2", [("1", "a")]),
    CopyRule("A19 conv: IGNOREBLANKLINES", PAIR, "1|a\n\n\n2|b\n", "IGNOREBLANKLINES", [("1", "a"), ("2", "b")]),
    fails("A19 conv: blank line", PAIR, "1|a\n\n2|b\n", "", (1214, "Delimiter not found", 2, "")),
    CopyRule("A20 conv: default NULL marker", PAIR, "\\N|\\N\n", "", [(None, None)]),
    CopyRule("A20 conv: empty fields", PAIR, "|\n", "", [(None, "")]),
    CopyRule("A20 conv: blank number is NULL", PAIR, "  |  \n", "", [(None, "  ")]),
    CopyRule("A20 conv: EMPTYASNULL", PAIR, "1|\n", "EMPTYASNULL", [("1", None)]),
    CopyRule("A20 conv: BLANKSASNULL", PAIR, "1|   \n2|\n", "BLANKSASNULL", [("1", None), ("2", "")]),
    CopyRule(
        "A20 conv: NULL AS", PAIR, "1|nil\n2|\\N\nnil|x\n", "NULL AS 'nil'", [("1", None), ("2", "\\N"), (None, "x")]
    ),
    CopyRule("A20 conv: NULL AS '' is EMPTYASNULL", PAIR, "1|\n", "NULL AS ''", [("1", None)]),
    CopyRule("A21 conv: NUL as NULL", PAIR, "1|\0\n", "NULL AS '\\0'", [("1", None)]),
    fails(
        "A22 conv: NUL ends the record",
        PAIR,
        "1|a\0b\n",
        "",
        (1216, "Missing newline: Unexpected character 0x0 found at location 3", 1, ""),
    ),
    fails(
        "A23 conv: NOT NULL",
        "id int not null, b int",
        "1|1\n|2\n",
        "",
        (1213, "Missing data for not-null field", 2, "id"),
    ),
    fails(
        "A23 conv: NULL marker into NOT NULL",
        "a varchar(5) not null",
        "\\N\n",
        "",
        (1213, "Missing data for not-null field", 1, "a"),
    ),
    CopyRule(
        "A27 conv: excess scale is cut",
        "d numeric(8,2)",
        "20.259\n-20.259\n1.\n.5\n",
        "",
        [("-20.25",), ("0.50",), ("1.00",), ("20.25",)],
    ),
    CopyRule("A27 conv: ROUNDEC", "d numeric(8,2)", "20.259\n-20.255\n", "ROUNDEC", [("-20.26",), ("20.26",)]),
    fails(
        "A28 conv: invalid UTF-8",
        PAIR,
        b"1|a\xe9b\n",
        "",
        (
            1220,
            "String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: e9 (error 3)",
            1,
            "name",
        ),
    ),
    CopyRule(
        "A28 conv: ACCEPTINVCHARS",
        PAIR,
        b"1|a\xe9\xe9b\n2|\xc3\xa9\n",
        "ACCEPTINVCHARS AS '^'",
        [("1", "a^^b"), ("2", "é")],
    ),
    fails(
        "A28 conv: ACCEPTINVCHARS is for VARCHAR",
        "c char(3)",
        b"\xe9\n",
        "ACCEPTINVCHARS",
        (1220, "String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: e9 (error 3)", 1, "c"),
    ),
    fails(
        "A29 conv: bytes, not characters",
        "v varchar(5)",
        "ééé\n",
        "",
        (1204, "String length exceeds DDL length", 1, "v"),
    ),
    fails("A29 conv: CHAR too long", "c char(2)", "abc\n", "", (1204, "Char length exceeds DDL length", 1, "c")),
    CopyRule("A29 conv: TRUNCATECOLUMNS", "v varchar(5), c char(2)", "ééé|abc\n", "TRUNCATECOLUMNS", [("éé", "ab")]),
    CopyRule("A29 conv: TRIMBLANKS", "v varchar(3)", "a     \n", "TRIMBLANKS", [("a",)]),
    CopyRule(
        "A30 conv: FILLRECORD", "a int, v varchar(3), c char(1), n int", "1\n", "FILLRECORD", [("1", "", None, None)]
    ),
    CopyRule("A30 conv: FILLRECORD EMPTYASNULL", "a int, v varchar(3)", "1\n", "FILLRECORD EMPTYASNULL", [("1", None)]),
    CopyRule("A31 conv: UTF16 with BOM", PAIR, "1|é\n".encode("utf-16"), "ENCODING UTF16", [("1", "é")]),
    CopyRule("A31 conv: UTF16BE", PAIR, "1|é\n".encode("utf-16-be"), "ENCODING UTF16BE", [("1", "é")]),
    CopyRule(
        "A31 conv: UTF16 without BOM", PAIR, "1|é\n".encode("utf-16-le"), "ENCODING UTF16", refusal="no byte order mark"
    ),
    CopyRule(
        "A32 compression: GZIP",
        PAIR,
        gzip.compress(b"1|a\n") + gzip.compress(b"2|b\n"),
        "GZIP",
        [("1", "a"), ("2", "b")],
    ),
    CopyRule("A32 compression: BZIP2", PAIR, bz2.compress(b"1|a\n"), "BZIP2", [("1", "a")]),
    CopyRule("A32 compression: ZSTD", PAIR, zstandard.compress(b"1|a\n"), "ZSTD", [("1", "a")]),
    CopyRule("A32 compression: not compressed", PAIR, "1|a\n", "GZIP", refusal="Failed to decompress GZIP data"),
    CopyRule(
        "A32 compression: cut off", PAIR, gzip.compress(b"1|a\n")[:-9], "GZIP", refusal="Failed to decompress GZIP data"
    ),
    fails(
        "A32 compression: extension does not count",
        PAIR,
        gzip.compress(b"1|a\n", mtime=0),
        "",
        (1216, "Missing newline", 1, ""),
    ),
]

NUMBER_RULES = [
    fails(
        "A55 stl: integer", "id int", "1\na\n", "", (1207, "Invalid digit, Value 'a', Pos 0, Type: Integer", 2, "id")
    ),
    fails(
        "A55 stl: float into integer",
        "id bigint",
        "1.0\n",
        "",
        (1207, "Invalid digit, Value '.', Pos 1, Type: Long", 1, "id"),
    ),
    fails(
        "A55 stl: smallint", "id smallint", "12x\n", "", (1207, "Invalid digit, Value 'x', Pos 2, Type: Short", 1, "id")
    ),
    fails("A56 codes: overflow", "id int", "2147483648\n", "", (1222, "Overflow, Column type: Integer", 1, "id")),
    CopyRule(
        "A56 codes: extremes",
        "a smallint, b int, c bigint",
        "-32768|2147483647|-9223372036854775808\n",
        "",
        [("-32768", "2147483647", "-9223372036854775808")],
    ),
    fails(
        "H6: exponent into DECIMAL",
        "d numeric(8,2)",
        "1E+2\n",
        "",
        (1207, "Invalid digit, Value 'E', Pos 1, Type: Decimal", 1, "d"),
    ),
    fails("A56 codes: decimal overflow", "d numeric(4,2)", "100\n", "", (1209, "Overflow for NUMERIC(4,2)", 1, "d")),
    CopyRule("H: 18 digits", "d numeric(18,2)", "-9999999999999999.99\n", "", [("-9999999999999999.99",)]),
    CopyRule("H: 38 digits", "d numeric(38,0)", "9" * 38 + "\n", "", [("9" * 38,)]),
    CopyRule(
        "H: floats", "f double precision", "1.5\n-2e3\nNaN\ninf\n", "", [("-2000.0",), ("1.5",), ("inf",), ("nan",)]
    ),
    fails("A56 codes: float", "f real", "1,5\n", "", (1208, "Invalid digit, Value ',', Pos 1, Type: Float", 1, "f")),
    fails("A56 codes: real overflow", "f real", "1e39\n", "", (1208, "Overflow, Column type: Real", 1, "f")),
    CopyRule("H: booleans", "b boolean", "t\nFALSE\ny\n0\n", "", [("False",), ("False",), ("True",), ("True",)]),
    fails("A56 codes: boolean", "b boolean", "2\n", "", (1210, "Unknown boolean format", 1, "b")),
    fails(
        "A55 stl: CHAR is single-byte",
        "c char(5)",
        "é\n",
        "",
        (1220, "Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Invalid char: c3 a9", 1, "c"),
    ),
    CopyRule("H: VARBYTE in hexadecimal", "b bytea", "616263\n", "", [("\\x616263",)]),
    fails("A56 codes: hexadecimal", "b bytea", "61x\n", "", (1219, "Invalid hex digit", 1, "b")),
    CopyRule("A36 super: text is JSON", "s jsonb", '{"a": 1}\n', "", [('{"a": 1}',)]),
    fails("A56 codes: SUPER", "s jsonb", "{a\n", "", (1224, "Invalid JSON for SUPER column", 1, "s")),
    CopyRule("H: TIME", "t time", "23:59:59.5\n", "", [("23:59:59.500000",)]),
]

DATE_RULES = [
    CopyRule(
        "A24 conv: default formats",
        "d date, ts timestamp",
        "2025-02-28|2025-02-28 23:59:59.123456\n",
        "",
        [("2025-02-28", "2025-02-28 23:59:59.123456")],
    ),
    CopyRule("A24 conv: time behind a date is ignored", "d date", "2025-02-28 10:00:00\n", "", [("2025-02-28",)]),
    CopyRule(
        "A24 conv: TIMESTAMPTZ with offset",
        "z timestamptz",
        "2025-01-01 12:00:00+02\n2025-01-01 12:00:00\n",
        "",
        [("2025-01-01 10:00:00+00:00",), ("2025-01-01 12:00:00+00:00",)],
    ),
    fails(
        "A55 stl: short date",
        "d date",
        "25-1-1\n",
        "",
        (1205, "Invalid Date Format - length must be 10 or more", 1, "d"),
    ),
    fails("A55 stl: no such day", "d date", "2025-02-30\n", "", (1205, "Invalid Date Format [YYYY-MM-DD]", 1, "d")),
    fails(
        "H3: zero date",
        TS,
        "0000-00-00 00:00:00\n",
        "",
        (1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]", 1, "ts"),
    ),
    fails(
        "A25 auto: ISO needs auto",
        TS,
        "2019-02-11T05:09:12.195Z\n",
        "",
        (1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]", 1, "ts"),
    ),
    CopyRule("A25 auto: ISO", TS, "2019-02-11T05:09:12.195Z\n", "TIMEFORMAT 'auto'", [("2019-02-11 05:09:12.195000",)]),
    CopyRule(
        "A25 auto: zone of a TIMESTAMP is ignored",
        TS,
        "2019-02-11 05:00:00+03\n",
        "TIMEFORMAT 'auto'",
        [("2019-02-11 05:00:00",)],
    ),
    CopyRule("A25 auto: compact", TS, "20190211 050912\n", "TIMEFORMAT 'auto'", [("2019-02-11 05:09:12",)]),
    CopyRule(
        "A25 auto: slashes",
        "d date",
        "02/11/2019\nJan-08-1999\n",
        "DATEFORMAT 'auto'",
        [("1999-01-08",), ("2019-02-11",)],
    ),
    CopyRule("A25 auto: date alone", TS, "2019-02-11\n", "TIMEFORMAT 'auto'", [("2019-02-11 00:00:00",)]),
    fails(
        "A25 auto: reads no epochs",
        TS,
        "1543537327796\n",
        "TIMEFORMAT 'auto'",
        (1206, "Invalid timestamp format or value [auto]", 1, "ts"),
    ),
    CopyRule(
        "A25 epochmillisecs", TS, "1543537327796\n", "TIMEFORMAT 'epochmillisecs'", [("2018-11-30 00:22:07.796000",)]
    ),
    CopyRule("A25 epochsecs", TS, "1543537327\n", "TIMEFORMAT 'epochsecs'", [("2018-11-30 00:22:07",)]),
    fails(
        "A25 keyword is case-sensitive",
        TS,
        "1543537327\n",
        "TIMEFORMAT 'EPOCHSECS'",
        (1206, "Invalid timestamp format or value [EPOCHSECS]", 1, "ts"),
    ),
    CopyRule("A24 conv: DATEFORMAT", "d date", "31.12.2024\n", "DATEFORMAT 'DD.MM.YYYY'", [("2024-12-31",)]),
    CopyRule(
        "A24 conv: TIMEFORMAT",
        TS,
        "Dec 31, 2024 01:02 PM\n",
        "TIMEFORMAT 'MON DD, YYYY HH12:MI AM'",
        [("2024-12-31 13:02:00",)],
    ),
    CopyRule(
        "A26 conv: ACCEPTANYDATE",
        "d date",
        "31.12.2024\n00/00/00\n",
        "ACCEPTANYDATE DATEFORMAT 'DD.MM.YYYY'",
        [("2024-12-31",), (None,)],
    ),
]

CSV_RULES = [
    CopyRule("A16 fmt: quotes", PAIR, '1,"a,""b"""\n2,"x\ny"\n', "CSV", [("1", 'a,"b"'), ("2", "x\ny")]),
    CopyRule("A16 fmt: QUOTE AS", PAIR, '1,%a"%%%\n', "CSV QUOTE AS '%'", [("1", 'a"%')]),
    CopyRule("A16 fmt: DELIMITER", PAIR, "1;a,b\n", "CSV DELIMITER ';'", [("1", "a,b")]),
    CopyRule("A16 fmt: blanks around quotes", PAIR, '1, "a ""b""" \n2, c\n', "CSV", [("1", 'a "b"'), ("2", " c")]),
    CopyRule(
        'A21 conv: ,, and ,"", are the same', "a varchar(3), b varchar(3), n int", ',"",""\n', "CSV", [("", "", None)]
    ),
    CopyRule("A20 conv: NULL marker in CSV", PAIR, "1,\\N\n", "CSV", [("1", None)]),
    CopyRule("A20 conv: NULL AS in CSV", PAIR, '1,nil\n2,""\n', "CSV NULL AS 'nil'", [("1", None), ("2", "")]),
    CopyRule(
        "A19 conv: header and blank lines",
        PAIR,
        "id,name\n\n1,a\n\n",
        "CSV IGNOREHEADER 1 IGNOREBLANKLINES",
        [("1", "a")],
    ),
    fails("A55 stl: quote formatting", PAIR, '1,"a"b\n', "CSV", (1214, "Invalid quote formatting for CSV", 1, "")),
    fails(
        "A55 stl: open quote at the end", PAIR, '1,a\n2,"b\n', "CSV", (1214, "Invalid quote formatting for CSV", 2, "")
    ),
    fails(
        "A55 stl: line number counts header and newlines",
        PAIR,
        'h,h\n1,"x\ny"\nb,c\n',
        "CSV IGNOREHEADER 1",
        (1207, "Invalid digit, Value 'b', Pos 0, Type: Integer", 4, "id"),
    ),
    fails("A55 stl: extra column", PAIR, "1,a,\n", "CSV", (1202, "Extra column(s) found", 1, "")),
    CopyRule(
        "A46 mapping: column list is field order",
        PAIR + ", n int default 7",
        "a,1\n",
        "CSV",
        [("1", "a", "7")],
        column_list="(name, id)",
    ),
    fails(
        "A46 mapping: omitted NOT NULL",
        PAIR + ", n int not null",
        "a,1\n",
        "CSV",
        (1213, "Missing data for not-null field", 1, "n"),
    ),
]
CSV_RULES[-1] = CopyRule(**{**CSV_RULES[-1].__dict__, "column_list": "(name, id)"})

ERROR_RULES = [
    CopyRule(
        "A49 load: MAXERROR keeps good rows",
        PAIR,
        "x|a\n1|b\n2|c|d\n3|e\n",
        "MAXERROR 3",
        [("1", "b"), ("3", "e")],
        [(1207, "Invalid digit", 1, "id"), (1202, "Extra column(s) found", 3, "")],
    ),
    CopyRule(
        "A49 load: MAXERROR reached",
        PAIR,
        "x|a\n1|b\n2|c|d\n3|e\n",
        "MAXERROR 2",
        errors=[(1207, "Invalid digit", 1, "id"), (1202, "Extra column(s) found", 3, "")],
        refusal=FAILED,
    ),
    CopyRule(
        "A49 load: 0 and 1 are the same",
        PAIR,
        "x|a\ny|b\n",
        "MAXERROR 1",
        errors=[(1207, "Invalid digit", 1, "id")],
        refusal=FAILED,
    ),
    CopyRule(
        "A49 load: IGNOREALLERRORS",
        PAIR,
        "x|a\n1|b\n",
        "IGNOREALLERRORS",
        [("1", "b")],
        [(1207, "Invalid digit", 1, "id")],
    ),
    CopyRule("A49 load: NOLOAD", PAIR, "1|a\n", "NOLOAD", []),
    fails("A49 load: NOLOAD finds errors", PAIR, "x|a\n", "NOLOAD", (1207, "Invalid digit", 1, "id")),
]

JSON_RULES = [
    CopyRule(
        "A33 json: auto",
        PAIR,
        '{"id": 1, "name": "a", "other": 2}\n{"name": "b"}',
        "JSON 'auto'",
        [("1", "a"), (None, "b")],
    ),
    CopyRule("A33 json: auto is case-sensitive", PAIR, '{"ID": 1, "Name": "a"}', "JSON 'auto'", [(None, None)]),
    CopyRule("A33 json: ignorecase", PAIR, '{"ID": 1, "Name": "a"}', "JSON 'auto ignorecase'", [("1", "a")]),
    CopyRule(
        "A34 json: blanks between objects",
        PAIR,
        '{"id": 1}{"id":\n2}  \n\n {"id": 3}',
        "JSON",
        [("1", None), ("2", None), ("3", None)],
    ),
    fails(
        "A34 json: an enclosing array is not rows",
        PAIR,
        '[{"id": 1}, {"id": 2}]',
        "JSON 'auto'",
        (1216, "Invalid JSONPath format: Member is not an object.", 1, ""),
    ),
    fails("A34 json: malformed", PAIR, '{"id": 1}\n{"id": 2,}\n', "JSON 'auto'", (1216, "Invalid JSON", 2, "")),
    fails(
        "A34 json: comma between objects", PAIR, '{"id": 1},\n{"id": 2}\n', "JSON 'auto'", (1216, "Invalid JSON", 1, "")
    ),
    CopyRule(
        "A34 json: malformed counts for MAXERROR",
        PAIR,
        '{"id": 1}\n{"id": 2,}\n{"id": 3}',
        "JSON 'auto' MAXERROR 2",
        [("1", None), ("3", None)],
        [(1216, "Invalid JSON", 2, "")],
    ),
    fails(
        "A34 json: line of the object's end",
        PAIR,
        '{"id": 1}\n{"id":\n"x"\n}\n',
        "JSON 'auto'",
        (1207, "Invalid digit, Value 'x', Pos 0, Type: Integer", 4, "id"),
    ),
    CopyRule(
        "A38 json: nested values",
        "v varchar(30), w varchar(30)",
        '{"v": {"a": [1, "é"]}, "w": [true, null]}',
        "JSON",
        [('{"a":[1,"é"]}', "[true,null]")],
    ),
    CopyRule(
        "A38 json: scalars",
        "v varchar(9), b boolean, d numeric(8,2), n int",
        '{"v": 1.5, "b": true, "d": 2, "n": "7"}',
        "JSON",
        [("1.5", "True", "2.00", "7")],
    ),
    CopyRule("A38 json: escapes", "v varchar(9)", '{"v": "a\\n\\t\\\\\\u00e9"}', "JSON", [("a\n\t\\é",)]),
    CopyRule(
        "A38 json: '' and null",
        PAIR,
        '{"id": "", "name": ""}\n{"id": null, "name": null}',
        "JSON",
        [(None, ""), (None, None)],
    ),
    CopyRule("A38 json: EMPTYASNULL", PAIR, '{"id": 1, "name": ""}', "JSON EMPTYASNULL", [("1", None)]),
    CopyRule("A38 json: \\N is no marker", PAIR, '{"id": 1, "name": "\\\\N"}', "JSON", [("1", "\\N")]),
    fails(
        "A55 stl: float into integer",
        PAIR,
        '{"id": 1.5}',
        "JSON",
        (1207, "Invalid digit, Value '.', Pos 1, Type: Integer", 1, "id"),
    ),
    CopyRule(
        "A36 super: noshred",
        "s jsonb",
        '{"a": [1, "x"]}\n{"b": null}',
        "JSON 'noshred'",
        [('{"a": [1, "x"]}',), ('{"b": null}',)],
    ),
    CopyRule("A36 super: noshred needs one SUPER", PAIR, '{"a": 1}', "JSON 'noshred'", refusal="single SUPER column"),
    CopyRule(
        "A36 super: shredded",
        "a int, s jsonb",
        '{"a": 1, "s": "x"}\n{"a": 2, "s": {"k": 1}}',
        "JSON",
        [("1", '"x"'), ("2", '{"k": 1}')],
    ),
    CopyRule(
        "A25 json: epochmillisecs",
        TS,
        '{"ts": 1543537327796}',
        "JSON TIMEFORMAT 'epochmillisecs'",
        [("2018-11-30 00:22:07.796000",)],
    ),
]
