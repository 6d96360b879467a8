"""Rules of COPY from delimited text, fixed width and CSV."""

from __future__ import annotations

import bz2
import gzip

import zstandard

from tests.sandbox.bulk.copy_rule import FAILED, PAIR, CopyRule, fails

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
