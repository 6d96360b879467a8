"""Transformations as files, and the order in which they are built."""

import pytest

from model.dependencies import in_order
from model.errors import ConfigError
from model.read_design import read_design, read_transformation, table_names, transformation_names

DESIGN = "description: A test.\ncolumns: {n: INTEGER NOT NULL, m: BIGINT}\ndistribution: even\nkey: [n]\n"
SQL = "SELECT m, n FROM mart.a"


@pytest.fixture
def files(tmp_path):
    """Writes warehouse/mart/t.sql and t.yaml; returns the folder."""

    def write(sql=SQL, design=DESIGN, name="t"):
        folder = tmp_path / "warehouse" / "mart"
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, text in (("sql", sql), ("yaml", design)):
            if text is not None:
                (folder / f"{name}.{suffix}").write_text(text)
        return tmp_path / "warehouse"

    return write


@pytest.mark.parametrize("table", transformation_names())
def test_read_transformation_every_file_parses(table):
    assert read_transformation(table).name == table


def test_in_order_every_file_is_in_no_circle():
    assert len(in_order(map(read_transformation, transformation_names()))) == len(transformation_names()) >= 2


def test_read_transformation_takes_both_files(files):
    found = read_transformation("mart.t", files())
    assert (found.name, found.column_names, found.source.column_names) == ("mart.t", ("n", "m"), ("m", "n"))
    assert (found.load, found.source.tables) == ("replace", {"mart.a"})


def test_table_names_leave_transformations_to_themselves(files):
    files(sql=None, name="loaded")
    folder = files()
    assert table_names(folder) == ["mart.loaded"]
    assert transformation_names(folder) == ["mart.t"]
    with pytest.raises(
        ConfigError, match=r"Cannot load table 'mart.t': mart/t.sql makes it .* transform --tables mart.t"
    ):
        read_design("mart.t", folder)


@pytest.mark.parametrize(
    ("sql", "design", "finding"),
    [
        ("SELECT n FROM mart.a", DESIGN, r"t.yaml':\n  columns: 'm' is not in the SELECT \(expected n\)"),
        ("SELECT n, m, x FROM mart.a", DESIGN, r"columns: the SELECT's 'x' is not among them"),
        ("SELECT n, m FROM a", DESIGN, "Cannot read 'warehouse/mart/t.sql': table 'a' has no schema"),
        ("SELECT n, m FROM", DESIGN, "Cannot read 'warehouse/mart/t.sql': "),
        (SQL, DESIGN + "cursor: n\n", r"cursor: 'n' is INTEGER \(expected TIMESTAMP"),
        (SQL, DESIGN + "load: append\n", "cursor: found nothing"),
        (SQL, DESIGN.replace("key: [n]", "load: merge"), "key: found nothing"),
        (SQL, DESIGN + "detect_deletes: true\n", "detect_deletes: is no field of a transformation"),
        (SQL, DESIGN + "loaded_at: x\n", "loaded_at: is no field of a transformation"),
        (SQL, DESIGN + "source: {database: shop, table: t}\n", "it has a source, and a .sql file beside it"),
        (SQL, DESIGN.replace("[n]", "[x]"), "key: 'x' is not among the columns"),
        (SQL, DESIGN.replace("BIGINT", "MONEY"), "column 'm': 'MONEY' is no type"),
        (SQL, DESIGN.replace("description: A test.\n", ""), "description: found nothing"),
        (SQL, None, "there is no warehouse/mart/t.yaml beside it"),
    ],
)
def test_read_transformation_bad_file_names_file_and_finding(files, sql, design, finding):
    with pytest.raises(ConfigError, match=finding):
        read_transformation("mart.t", files(sql, design))


def read_all(files, **reads):
    """Transformations by name, each with the tables that it reads."""
    for name, tables in reads.items():
        joined = ", ".join(f"mart.{table}" for table in tables) or "mart.elsewhere"
        folder = files(f"SELECT 1 AS n, 2 AS m FROM {joined}", name=name)
    return [read_transformation(f"mart.{name}", folder) for name in reads]


def test_in_order_puts_each_behind_what_it_reads(files):
    found = [one.table_name for one in in_order(read_all(files, a="bd", b="c", c="e", d="", x=""))]
    assert sorted(found) == [*"abcdx"]
    assert found.index("c") < found.index("b") < found.index("a") > found.index("d")


@pytest.mark.parametrize(
    ("reads", "said"),
    [
        ({"a": "b", "b": "c", "c": "a", "d": "a"}, {"'mart.a' reads 'mart.b' reads 'mart.c' reads 'mart.a'"}),
        ({"a": "a"}, {"'mart.a' reads 'mart.a'"}),
    ],
)
def test_in_order_circle_is_named_as_it_reads(files, reads, said):
    with pytest.raises(ConfigError) as caught:
        in_order(read_all(files, **reads))
    [circle] = said
    names = circle.split(" reads ")[:-1]
    turned = {" reads ".join([*names[n:], *names[:n], names[n]]) for n in range(len(names))}
    assert any(one in str(caught.value) for one in turned)
