import pytest

from model.column_type import parse_column_type
from model.proposed_type import holds, is_enough, proposed_type
from model.source_type import SourceColumn, mysql_family, postgres_family


@pytest.mark.parametrize(
    ("data_type", "full_type", "expected"),
    [
        ("tinyint", "tinyint(1)", "SMALLINT"),
        ("bigint", "bigint(20) unsigned", "DECIMAL(20,0)"),
        ("varchar", "varchar(40)", "VARCHAR(160)"),
        ("text", "text", "VARCHAR(65535)"),
        ("enum", "enum('a(9)','b')", "VARCHAR(16)"),
        ("varbinary", "varbinary(16)", "VARBYTE(16)"),
        ("time", "time(6)", "VARCHAR(17)"),
        ("json", "json", "SUPER"),
        ("decimal", "decimal(18,2)", "DECIMAL(18,2)"),
        ("decimal", "decimal(65,30)", "VARCHAR(68)"),
    ],
)
def test_proposed_type_of_mysql_holds_all_that_may_come(data_type, full_type, expected):
    digits = [int(number) for number in full_type.rstrip(")").partition("(")[2].split(",") if number.isdigit()]
    precision, scale = digits if data_type == "decimal" else (None, None)
    column = SourceColumn("c", data_type, full_type, mysql_family(data_type), precision, scale)
    found = proposed_type(column, "mysql")
    assert found and found.sql == expected


@pytest.mark.parametrize(
    ("udt_name", "full_type", "expected"),
    [
        ("numeric", "numeric(12,2)", "DECIMAL(12,2)"),
        ("varchar", "character varying(40)", "VARCHAR(160)"),
        ("timestamptz", "timestamp(6) with time zone", "TIMESTAMPTZ"),
        ("_int4", "integer[]", "SUPER"),
        ("bool", "boolean", "BOOLEAN"),
    ],
)
def test_proposed_type_of_postgres_reads_the_declared_length(udt_name, full_type, expected):
    column = SourceColumn("c", udt_name, full_type, postgres_family(udt_name, "b"))
    found = proposed_type(column, "postgresql")
    assert found and found.sql == expected


def test_proposed_type_of_what_cannot_be_read_is_none():
    assert proposed_type(SourceColumn("c", "curve", "curve", None), "mysql") is None


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("BIGINT", "SMALLINT", True),
        ("SMALLINT", "BIGINT", False),
        ("DECIMAL(19,0)", "BIGINT", True),
        ("DECIMAL(19,1)", "BIGINT", False),
        ("DECIMAL(20,4)", "DECIMAL(18,2)", True),
        ("DECIMAL(20,4)", "DECIMAL(18,1)", False),
        ("DECIMAL(18,2)", "DECIMAL(18,4)", False),
        ("VARCHAR(20)", "VARCHAR(21)", False),
        ("VARCHAR(20)", "CHAR(20)", True),
        ("CHAR(20)", "VARCHAR(20)", False),
        ("DOUBLE PRECISION", "REAL", True),
        ("REAL", "DOUBLE PRECISION", False),
        ("TIMESTAMP", "DATE", True),
        ("TIMESTAMP", "TIMESTAMPTZ", False),
        ("BOOLEAN", "SMALLINT", False),
    ],
)
def test_holds_is_true_where_each_value_has_a_place(wide, narrow, expected):
    assert holds(parse_column_type(wide), parse_column_type(narrow)) is expected


def test_is_enough_takes_any_text_for_a_number():
    assert is_enough(parse_column_type("VARCHAR(5)"), parse_column_type("BIGINT"))
    assert not is_enough(parse_column_type("BOOLEAN"), parse_column_type("BIGINT"))
