from model.find_flaws import Flaw, find_flaws

DESIGN = "description: d\nsource: {database: shop, table: t}\ncolumns: {%s}\nload: replace\ndistribution: auto\n"
MADE = "description: d\ncolumns: {id: BIGINT}\ndistribution: auto\n"


def flaws(folder, **files):
    (folder / "mart").mkdir()
    for name, text in files.items():
        stem, _, suffix = name.rpartition("_")
        path = folder / "sources.yaml" if stem == "sources" else folder / "mart" / f"{stem}.{suffix}"
        path.write_text(text)
    names = sorted({f"mart.{path.stem}" for path in folder.glob("mart/*")})
    return list(find_flaws(names, frozenset({"offset", "tag"}), folder))


def test_find_flaws_good_files_have_none(tmp_path):
    assert flaws(tmp_path, a_yaml=DESIGN % "id: BIGINT", b_yaml=MADE, b_sql="SELECT id FROM mart.a") == []


def test_find_flaws_one_bad_file_hides_no_other(tmp_path):
    found = flaws(tmp_path, a_yaml=DESIGN % "id: SERIAL", b_yaml="- x", sources_yaml="sources: {}")
    assert [(one.place, one.severity) for one in found] == [
        ("sources.yaml", "error"),
        ("mart.a", "error"),
        ("mart.b", "error"),
    ]


def test_find_flaws_reserved_word_is_a_warning(tmp_path):
    text = "'tag' is a reserved word: every query must write it as \"tag\""
    assert flaws(tmp_path, a_yaml=DESIGN % "tag: BIGINT") == [Flaw("mart.a", "warning", text)]


def test_find_flaws_name_too_long_for_staging_is_an_error(tmp_path):
    [found] = flaws(tmp_path, **{"a" * 110 + "_yaml": DESIGN % "id: BIGINT"})
    assert (found.severity, found.text) == ("error", "its staging table's name has 136 bytes (expected 127)")


def test_find_flaws_cycle_is_an_error_that_names_it(tmp_path):
    found = flaws(tmp_path, a_yaml=MADE, a_sql="SELECT id FROM mart.b", b_yaml=MADE, b_sql="SELECT id FROM mart.a")
    assert [one.severity for one in found] == ["error"]
    assert "'mart.a' reads 'mart.b' reads 'mart.a'" in found[0].text or "'mart.b' reads 'mart.a'" in found[0].text


def test_find_flaws_unknown_table_of_ours_is_an_error_of_others_a_warning(tmp_path):
    sql = "SELECT a.id FROM mart.gone AS a JOIN crm.people AS p ON p.id = a.id"
    assert [(one.severity, one.text) for one in flaws(tmp_path, a_yaml=MADE, a_sql=sql)] == [
        ("warning", "it reads 'crm.people', which has no design"),
        ("error", "it reads 'mart.gone', which has no design"),
    ]
