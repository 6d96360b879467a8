"""Rules of how COPY reads numbers, dates, and JSON."""

from __future__ import annotations

from tests.sandbox.bulk.copy_rule import PAIR, TS, CopyRule, fails

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
    fails("A56 codes: overflow", "c bigint", f"{2**63}\n", "", (1222, "Overflow, Column type: Long", 1, "c")),
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
    fails("H: float underflow", "f real", "1e-60\n", "", (1208, "Overflow, Column type: Real", 1, "f")),
    CopyRule("H: float zero", "f real", "0e-60\n-0.0\n", "", [("-0.0",), ("0.0",)]),
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
        "Dec 31, 2024 01:02 PM\nDec 31, 2024 12:30 PM\nDec 31, 2024 12:30 AM\n",
        "TIMEFORMAT 'MON DD, YYYY HH12:MI AM'",
        [("2024-12-31 13:02:00",), ("2024-12-31 12:30:00",), ("2024-12-31 00:30:00",)],
    ),
    CopyRule(
        "A26 conv: ACCEPTANYDATE",
        "d date",
        "31.12.2024\n00/00/00\n",
        "ACCEPTANYDATE DATEFORMAT 'DD.MM.YYYY'",
        [("2024-12-31",), (None,)],
    ),
    fails("H: year 0", "d date", "0000-01-01\n", "", (1205, "Invalid Date Format [YYYY-MM-DD]", 1, "d")),
    fails("H: year 0", TS, "0000-01-01 00:00:00\n", "", (1206, "Invalid timestamp format", 1, "ts")),
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
    fails(
        "A38 json: lone surrogate",
        PAIR,
        '{"id": 1, "name": "\\ud800"}',
        "JSON",
        (1220, "String contains invalid", 1, "name"),
    ),
    CopyRule("A28 json: ACCEPTINVCHARS", PAIR, '{"id": 1, "name": "\\ud800"}', "JSON ACCEPTINVCHARS", [("1", "?")]),
    fails("A22 json: NUL", PAIR, '{"id": 1, "name": "a\\u0000"}', "JSON", (1218, "NUL (0x00)", 1, "name")),
    fails("A22 json: NUL in SUPER", "s jsonb", '{"s": "a\\u0000"}', "JSON", (1224, "NUL (0x00)", 1, "s")),
]
