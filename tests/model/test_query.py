"""What a SELECT reads and names."""

import pytest

from model.query import columns_that_show, read_query


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT id FROM mart.nps", {"mart.nps"}),
        ('SELECT id FROM "Mart"."NPS" AS n JOIN other.B b ON n.id = b.id', {"mart.nps", "other.b"}),
        ("SELECT id FROM mart.a, mart.b", {"mart.a", "mart.b"}),
        ("SELECT id FROM mart.a UNION ALL SELECT id FROM mart.b EXCEPT SELECT id FROM mart.c", {*"abc"}),
        ("SELECT id FROM mart.a WHERE id IN (SELECT id FROM mart.b) AND EXISTS (SELECT 1 FROM mart.c)", {*"abc"}),
        ("SELECT (SELECT MAX(id) FROM mart.b) AS id FROM (SELECT 1 AS x FROM mart.a) AS q", {*"ab"}),
        ("WITH a AS (SELECT id FROM mart.nps) SELECT id FROM a JOIN A AS again USING (id)", {"mart.nps"}),
        ("WITH nps AS (SELECT id FROM mart.nps) SELECT id FROM nps", {"mart.nps"}),
        ("WITH a AS (SELECT id FROM mart.a), b AS (SELECT id FROM a) SELECT id FROM b, mart.c", {*"ac"}),
        ("SELECT id FROM (WITH x AS (SELECT id FROM mart.a) SELECT id FROM x) AS q", {"mart.a"}),
        (
            "WITH RECURSIVE r(n) AS (SELECT n FROM mart.a UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT n FROM r",
            {"mart.a"},
        ),
        ("SELECT i.sku FROM mart.orders AS o, o.items AS i", {"mart.orders"}),
        ("SELECT i.sku FROM mart.orders AS o LEFT JOIN o.items AS i ON TRUE", {"mart.orders"}),
        ("SELECT (SELECT COUNT(*) FROM o.items) AS n FROM mart.orders AS o", {"mart.orders"}),
        ("SELECT id FROM elsewhere.mart.nps", {"elsewhere.mart.nps"}),
        ("SELECT 'mart.a' AS id -- FROM mart.b", set()),
        ("SELECT id FROM mart.a QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY id) = 1", {"mart.a"}),
    ],
)
def test_read_query_tables_are_full_names_without_ctes_and_aliases(sql, tables):
    assert read_query(sql).tables == {name if "." in name else f"mart.{name}" for name in tables}


@pytest.mark.parametrize(
    ("sql", "finding"),
    [
        ("SELECT id FROM nps", r"table 'nps' has no schema \(expected schema.nps\)"),
        ("SELECT id FROM (WITH x AS (SELECT id FROM mart.a) SELECT id FROM x) AS q JOIN x USING (id)", "table 'x' has"),
        ("SELECT id FROM mart.a WHERE id IN (SELECT id FROM b)", "table 'b' has no schema"),
        ("SELECT * FROM mart.a", r"its SELECT has \* "),
        ("SELECT a.* FROM mart.a AS a", r"its SELECT has \* "),
        ("SELECT id, COUNT(*) FROM mart.a GROUP BY id", "column 2 of its SELECT has no name"),
        ("SELECT id, a AS ID FROM mart.a", "its SELECT names 'id' twice"),
        ("SELECT 1 AS a; SELECT 2 AS b", "it holds 2 statements"),
        ("-- nothing yet", "it holds 0 statements"),
        ("DELETE FROM mart.a", r"it is DELETE \(expected one SELECT\)"),
        ("INSERT INTO mart.a SELECT id FROM mart.b", "it is INSERT"),
        ("SELECT id INTO mart.b FROM mart.a", "it is SELECT INTO"),
        ("SELECT a\n FROM WHERE b", "line 2 is no SQL"),
        ("SELECT 'open", "it is no SQL"),
        ("CALL mart.refresh()", "it is COMMAND"),
    ],
)
def test_read_query_what_it_cannot_build_is_refused(sql, finding):
    with pytest.raises(ValueError, match=finding):
        read_query(sql)


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("SELECT 1 AS a;\n", "SELECT 1 AS a"),
        ("SELECT 1 AS a; -- the end; really", "SELECT 1 AS a"),
        ("-- about; it\nSELECT ';' AS a -- the end;", "-- about; it\nSELECT ';' AS a -- the end;"),
    ],
)
def test_read_query_keeps_the_text_without_its_semicolon(text, sql):
    assert read_query(text).sql == sql


def test_read_query_column_names_fold_and_keep_their_order():
    query = read_query('SELECT b.Z, a AS "Foo", CAST(c AS DATE), COUNT(*) AS n FROM mart.t AS b GROUP BY 1, 2, 3')
    assert query.column_names == ("z", "foo", "c", "n")


@pytest.mark.parametrize(
    ("sql", "hidden"),
    [
        ("SELECT id, price * 2 AS p FROM mart.t WHERE mail = 'x'", {"mail"}),
        ("SELECT * FROM mart.t", {"mail"}),
        ('SELECT "Mail" AS m, id FROM mart.t', {"mail", "m"}),
        ("SELECT MAX(mail) FROM mart.t", None),
        ("SELECT id, MAX(mail) AS ID FROM mart.t GROUP BY 1", {"mail", "id"}),
        ("SELECT mail || '' AS m, LEFT(m, 3) AS n, id FROM mart.t", {"mail", "m", "n"}),
        ("SELECT COUNT(*) - COUNT(DISTINCT mail) FROM mart.t", {"mail"}),
        ("SELECT COUNT(*) FROM (SELECT mail FROM mart.t GROUP BY mail HAVING COUNT(*) > 1) AS q", {"mail"}),
        ("SELECT m, 1 AS one FROM (SELECT mail AS m FROM mart.t) AS q", {"mail", "m"}),
        ("SELECT * FROM (SELECT mail AS m FROM mart.t) AS q", None),
        ("WITH q (m) AS (SELECT mail FROM mart.t) SELECT MIN(m) AS x FROM q", {"mail", "x"}),
        ("SELECT c FROM (SELECT * FROM mart.t) AS q (a, b, c)", {"mail", "c"}),
        ("SELECT c FROM mart.t AS q (a, b, c)", {"mail", "c"}),
        ("SELECT v FROM mart.t UNPIVOT (v FOR n IN (mail, name))", {"mail", "v"}),
        ("SELECT (SELECT MAX(mail) FROM mart.t) AS m, id FROM mart.u", {"mail", "m", "id"}),
        ("SELECT id FROM mart.t UNION SELECT mail FROM mart.t", None),
        ("SELECT id FROM mart.t UNION SELECT id FROM mart.u", {"mail"}),
        ("SELECT 'open", None),
    ],
)
def test_columns_that_show_are_those_that_may_hold_a_sensitive_value(sql, hidden):
    assert columns_that_show(sql, {"mail"}) == hidden
