import pytest

from model.errors import ConfigError
from model.sources import read_sources


def sources(folder, text):
    (folder / "sources.yaml").write_text(text)
    return read_sources(folder)


def test_read_sources_of_the_project_can_be_read():
    assert read_sources().sources["shop"].database == "shop"


def test_includes_takes_what_is_included_and_not_excluded(tmp_path):
    text = "sources: {crm: {database: crm, include_tables: [public.*], exclude_tables: ['*.tmp_*']}}"
    upstream = sources(tmp_path, text).sources["crm"]
    names = ("public.a", "public.tmp_a", "other.a")
    assert [name for name in names if upstream.includes(name)] == ["public.a"]


def test_max_parallel_of_a_database_is_the_least_that_is_declared(tmp_path):
    text = "sources: {a: {database: x, max_parallel: 3}, b: {database: x, max_parallel: 2}, c: {database: y}}"
    found = sources(tmp_path, text)
    assert [found.max_parallel(name) for name in ("x", "y", "z")] == [2, 4, 4]


def test_prefix_is_the_chosen_or_the_declared_one_and_no_address(tmp_path):
    found = sources(tmp_path, "lake: {prefix: team}\nsources: {crm: {database: x}}")
    assert [found.prefix(chosen) for chosen in ("", "team/ann")] == ["team", "team/ann"]
    for wrong in ("ann/", "/ann", "s3://lake/ann"):
        with pytest.raises(ConfigError, match=f"Cannot use prefix '{wrong}'"):
            found.prefix(wrong)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sources: {}", "sources: found {}"),
        ("sources: {Crm: {database: x}}", "expected a name of lower-case letters"),
        ("sources: {crm: {database: x, tables: []}}", "sources.crm.tables: found an unknown field"),
        ("sources: {crm: {database: x, max_parallel: 0}}", "max_parallel: found '0'"),
        ("lake: {prefix: /a/}\nsources: {crm: {database: x}}", "lake.prefix: found '/a/'"),
    ],
)
def test_read_sources_bad_file_is_refused(tmp_path, text, said):
    with pytest.raises(ConfigError, match=r"Cannot read '.*sources.yaml'") as refused:
        sources(tmp_path, text)
    assert said in str(refused.value)


def test_read_sources_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"Cannot find '.*sources.yaml'"):
        read_sources(tmp_path)
