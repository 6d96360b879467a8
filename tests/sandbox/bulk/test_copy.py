"""Each rule of the COPY tables on the engine, and what needs more than one file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.backend import LakeAccess, RedshiftError
from sandbox.bulk.json_reader import parse_jsonpaths
from tests.sandbox.bulk.copy_rule import CopyRule
from tests.sandbox.bulk.copy_text_rules import CSV_RULES, ERROR_RULES, TEXT_RULES
from tests.sandbox.bulk.copy_value_rules import DATE_RULES, JSON_RULES, NUMBER_RULES

RULES = [*TEXT_RULES, *NUMBER_RULES, *DATE_RULES, *CSV_RULES, *ERROR_RULES, *JSON_RULES]
PAIR = "CREATE TEMP TABLE t (id int, name varchar(10))"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.source)
def test_copy_from_s3_rule_holds(warehouse: Any, rule: CopyRule) -> None:
    warehouse.sql(f"CREATE TEMP TABLE t ({rule.columns})")
    warehouse.put("d/part", rule.data)
    text = f"COPY t {rule.column_list} FROM 's3://lake/d/' AUTH {rule.options}"
    if rule.rows is None:
        with pytest.raises(RedshiftError) as caught:
            warehouse.copy(text)
        assert rule.refusal in caught.value.message
        assert caught.value.sqlstate in ("XX000", "0A000")
        found = caught.value.load_errors
    else:
        found = warehouse.copy(text).load_errors
        assert sorted(warehouse.rows("t"), key=str) == sorted(rule.rows, key=str)
    assert len(found) == len(rule.errors)
    for error, (code, reason, line, column) in zip(found, rule.errors, strict=True):
        assert (error.error_code, error.line_number, error.column_name) == (code, line, column)
        assert error.error_message.startswith(reason)
        assert error.file_name == f"s3://{warehouse.bucket}/d/part"


def refusal(warehouse: Any, text: str) -> RedshiftError:
    with pytest.raises(RedshiftError) as caught:
        warehouse.copy(text)
    return caught.value


def test_load_error_shows_type_raw_line_and_position(warehouse: Any) -> None:
    warehouse.sql("CREATE TEMP TABLE t (id int, name varchar(3), d numeric(8,2))")
    warehouse.put("d", "1|abc|1\n22|abcd|x\n")
    [error] = refusal(warehouse, "COPY t FROM 's3://lake/d' AUTH").load_errors
    assert (error.column_name, error.column_type, error.column_length) == ("name", "varchar", "3")
    assert (error.raw_line, error.raw_field_value, error.position) == ("22|abcd|x", "abcd", 3)
    assert error.table == "t"


def test_copy_prefix_loads_every_key_that_begins_with_it(warehouse: Any) -> None:
    """Source: AWS copy-parameters-data-source-s3."""
    warehouse.sql(PAIR)
    for key in ("load/part", "load/part.bak", "load/part2/x", "load/other"):
        warehouse.put(key, "1|a\n")
    warehouse.put("load/part3/", b"")
    result = warehouse.copy("COPY t FROM 's3://lake/load/part' AUTH")
    assert result.row_count == 3
    assert [(file.size_bytes, file.line_count) for file in result.files] == [(4, 1)] * 3


def test_copy_prefix_without_files_is_refused(warehouse: Any) -> None:
    """Source: public report 3scale/apisonator#196."""
    warehouse.sql(PAIR)
    error = refusal(warehouse, "COPY t FROM 's3://lake/nothing/here' AUTH")
    assert (error.sqlstate, error.message) == ("XX000", "The specified S3 prefix 'nothing/here' does not exist")
    assert "code:      8001" in error.detail


def test_copy_missing_bucket_is_refused(warehouse: Any) -> None:
    warehouse.sql(PAIR)
    error = refusal(warehouse, "COPY t FROM 's3://no-such-bucket/x' AUTH")
    assert error.message.startswith("S3ServiceException:The specified bucket does not exist,Status 404")


def test_copy_bucket_in_other_region_needs_region(warehouse: Any, s3: Any) -> None:
    """Source: AWS copy-parameters-data-source-s3, REGION."""
    warehouse.sql(PAIR)
    bucket = warehouse.bucket + "-eu"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=bucket, Key="x", Body=b"1|a\n")
    error = refusal(warehouse, f"COPY t FROM 's3://{bucket}/x' AUTH")
    assert "The bucket you are attempting to access must be addressed" in error.message
    assert warehouse.copy(f"COPY t FROM 's3://{bucket}/x' AUTH REGION 'eu-west-1'").row_count == 1


def test_copy_role_that_the_cluster_lacks_is_refused(warehouse: Any) -> None:
    """Source: public report tmclaugh/hauser#10."""
    warehouse.sql(PAIR)
    error = refusal(warehouse, "COPY t FROM 's3://lake/x' IAM_ROLE 'arn:aws:iam::1:role/Other'")
    assert error.message.endswith("is not authorized to assume IAM Role arn:aws:iam::1:role/Other")
    assert error.message.startswith("User arn:aws:redshift:us-east-1:1:dbuser:sandbox/")


def test_copy_default_role_without_roles_is_refused(warehouse: Any) -> None:
    warehouse.sql(PAIR)
    warehouse.put("x", "1|a\n")
    assert warehouse.copy("COPY t FROM 's3://lake/x' IAM_ROLE default").row_count == 1
    warehouse.lake = LakeAccess(warehouse.lake.s3, "us-east-1", ())
    assert "Default IAM role" in refusal(warehouse, "COPY t FROM 's3://lake/x' IAM_ROLE default").message


def test_copy_keys_are_accepted(warehouse: Any) -> None:
    warehouse.sql(PAIR)
    warehouse.put("x", "1|a\n")
    assert warehouse.copy("COPY t FROM 's3://lake/x' ACCESS_KEY_ID 'a' SECRET_ACCESS_KEY 'b'").row_count == 1


def manifest(warehouse: Any, *entries: dict[str, Any]) -> None:
    for entry in entries:
        entry["url"] = f"s3://{warehouse.bucket}/{entry['url']}"
    warehouse.put("m", json.dumps({"entries": entries, "author": "ignored"}))


def test_copy_manifest_optional_files_may_be_absent(warehouse: Any) -> None:
    """Source: AWS loading-data-files-using-manifest; a file that is listed twice is loaded twice."""
    warehouse.sql(PAIR)
    warehouse.put("a", "1|a\n")
    manifest(warehouse, {"url": "a", "mandatory": True}, {"url": "b"}, {"url": "a"})
    assert warehouse.copy("COPY t FROM 's3://lake/m' AUTH MANIFEST").row_count == 2


def test_copy_manifest_mandatory_file_missing_is_refused(warehouse: Any) -> None:
    """Source: public report databricks/spark-redshift#111."""
    warehouse.sql(PAIR)
    warehouse.put("a", "1|a\n")
    manifest(warehouse, {"url": "a"}, {"url": "b", "mandatory": True})
    error = refusal(warehouse, "COPY t FROM 's3://lake/m' AUTH MANIFEST")
    assert error.message == "Mandatory url is not present in manifest file."
    assert f"url=s3://{warehouse.bucket}/b" in error.detail


def test_copy_manifest_without_any_file_is_refused(warehouse: Any) -> None:
    warehouse.sql(PAIR)
    manifest(warehouse, {"url": "b"})
    assert "No files found" in refusal(warehouse, "COPY t FROM 's3://lake/m' AUTH MANIFEST").message


def test_copy_manifest_entry_is_no_prefix(warehouse: Any) -> None:
    warehouse.sql(PAIR)
    warehouse.put("a/1", "1|a\n")
    manifest(warehouse, {"url": "a/", "mandatory": True})
    assert "Mandatory url" in refusal(warehouse, "COPY t FROM 's3://lake/m' AUTH MANIFEST").message


@pytest.mark.parametrize("content", ["{", '{"files": []}', '{"entries": [{"key": 1}]}', "\x1f\x8b"])
def test_copy_manifest_malformed_is_refused(warehouse: Any, content: str) -> None:
    warehouse.sql(PAIR)
    warehouse.put("m", content)
    error = refusal(warehouse, "COPY t FROM 's3://lake/m' AUTH MANIFEST")
    assert "code:      8001" in error.detail


def test_copy_manifest_missing_is_refused(warehouse: Any) -> None:
    """Source: public report PostHog/posthog#61603."""
    warehouse.sql(PAIR)
    warehouse.put("m2", "{}")
    error = refusal(warehouse, "COPY t FROM 's3://lake/m' AUTH MANIFEST")
    assert error.message == "COPY with MANIFEST parameter requires full path of an S3 object."


def test_copy_without_manifest_keyword_loads_it_as_data(warehouse: Any) -> None:
    warehouse.sql(PAIR)
    manifest(warehouse, {"url": "a"})
    assert refusal(warehouse, "COPY t FROM 's3://lake/m' AUTH").load_errors[0].error_code == 1214


def test_copy_second_file_bad_loads_nothing(warehouse: Any) -> None:
    """All or nothing over the files. Source: AWS copy-usage_notes-multiple-files."""
    warehouse.sql("CREATE TABLE t_all (id int, name varchar(10))")
    warehouse.backend.connection.commit()
    warehouse.put("d/1", "1|a\n" * 100_000)
    warehouse.put("d/2", "x|a\n")
    error = refusal(warehouse, "COPY t_all FROM 's3://lake/d/' AUTH")
    assert error.load_errors[0].file_name.endswith("/d/2")
    warehouse.backend.connection.rollback()
    assert warehouse.sql("SELECT count(*) FROM t_all") == [("0",)]
    warehouse.sql("DROP TABLE t_all")
    warehouse.backend.connection.commit()


def test_copy_with_rejected_rows_says_so(warehouse: Any) -> None:
    """Source: AWS tutorial-loading-run-copy."""
    warehouse.sql(PAIR)
    warehouse.put("d", "x|a\n1|b\n")
    assert warehouse.copy("COPY t FROM 's3://lake/d' AUTH MAXERROR 10").notices == (
        "Load into table 't' completed, 1 record(s) loaded successfully.",
        "Load into table 't' completed, 1 record(s) could not be loaded.  "
        "Check 'stl_load_errors' system table for details.",
    )


def test_copy_jsonpaths_by_position(warehouse: Any) -> None:
    """Source: AWS copy-usage_notes-copy-from-json."""
    warehouse.sql("CREATE TEMP TABLE t (a int, b varchar(10), c int)")
    warehouse.put("paths", json.dumps({"jsonpaths": ["$.x.y", "$.name", "$.list[1]"]}))
    warehouse.put("d", '{"x": {"y": 1}, "name": "n", "list": [5, 6]}\n{"list": [0, 1]}')
    warehouse.copy("COPY t FROM 's3://lake/d' AUTH JSON 's3://lake/paths'")
    assert warehouse.rows("t") == [("1", "n", "6"), (None, None, "1")]


def test_copy_jsonpaths_of_arrays_in_brackets(warehouse: Any) -> None:
    warehouse.sql("CREATE TEMP TABLE t (a int, b varchar(10))")
    warehouse.put("paths", json.dumps({"jsonpaths": ["$[0]", "$[1]['k']"]}))
    warehouse.put("d", '[1, {"k": "v"}]')
    warehouse.copy("COPY t FROM 's3://lake/d' AUTH JSON 's3://lake/paths'")
    assert warehouse.rows("t") == [("1", "v")]


@pytest.mark.parametrize(
    ("paths", "is_mixed"),
    [
        (["$[0]['k']", "$['b']"], False),
        (["$[0]['k.l']", '$["b"]', "$[0]"], False),
        (["$[0].k", "$.b[1]", "$[1]"], False),
        (["$[1].a", "$['x']"], True),
        (["$[0].a", '$["x"]'], True),
        (["$.a", "$[0]['x']"], True),
    ],
)
def test_parse_jsonpaths_of_both_notations_are_refused_and_positions_go_with_each(
    paths: list[str], is_mixed: bool
) -> None:
    """Source: AWS copy-parameters-data-format, "JSONPath expressions"."""
    content = json.dumps({"jsonpaths": paths}).encode()
    if not is_mixed:
        assert len(parse_jsonpaths(content) or []) == len(paths)
        return
    with pytest.raises(RedshiftError, match="cannot be mixed"):
        parse_jsonpaths(content)


def test_copy_jsonpaths_array_element_missing_is_a_load_error(warehouse: Any) -> None:
    warehouse.sql("CREATE TEMP TABLE t (a int)")
    warehouse.put("paths", json.dumps({"jsonpaths": ["$.l[1]"]}))
    warehouse.put("d", '{"l": [1]}')
    [error] = refusal(warehouse, "COPY t FROM 's3://lake/d' AUTH JSON 's3://lake/paths'").load_errors
    assert error.error_message == "Invalid JSONPath format: Not an array or index out of range."


@pytest.mark.parametrize("character", ["x", "é"])
def test_copy_json_object_of_4_mb_is_the_longest(warehouse: Any, character: str) -> None:
    """Also where it comes in several pieces, and counted in bytes. Source: AWS copy-parameters-data-format, JSON."""
    warehouse.sql("CREATE TEMP TABLE t (id int)")
    frame = len('{"id": 2, "pad": ""}')
    pad = character * ((4 * 1024 * 1024 - frame) // len(character.encode()))
    record = '{"id": 1}\n{"id": 2, "pad": "%s"}\n{"id": 3}'
    warehouse.put("d", record % pad)
    warehouse.copy("COPY t FROM 's3://lake/d' AUTH JSON")
    assert warehouse.rows("t") == [("1",), ("2",), ("3",)]
    warehouse.put("d", record % (pad + character))
    [error] = refusal(warehouse, "COPY t FROM 's3://lake/d' AUTH JSON").load_errors
    found = error.file_name[-2:], error.line_number, error.error_code, error.error_message
    assert found == ("/d", 2, 1204, "JSON record exceeds 4 MB")


def test_copy_jsonpaths_with_other_key_is_ignored(warehouse: Any) -> None:
    """Source: AWS copy-parameters-data-format, "JSONPaths file"."""
    warehouse.sql("CREATE TEMP TABLE t (a int)")
    warehouse.put("paths", json.dumps({"paths": ["$.x"]}))
    warehouse.put("d", '{"a": 1, "x": 2}')
    warehouse.copy("COPY t FROM 's3://lake/d' AUTH JSON 's3://lake/paths'")
    assert warehouse.rows("t") == [("1",)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "malformed"),
        ('{"jsonpaths": [""]}', "empty or not a string"),
        ('{"jsonpaths": ["$.a", "$.b"]}', "should match"),
        ('{"jsonpaths": ["$.a[*]"]}', "Invalid JSONPath format"),
        ('{"jsonpaths": ["$..a"]}', "Invalid JSONPath format"),
        ('{"jsonpaths": ["a"]}', "Invalid JSONPath format"),
        ('{"jsonpaths": "$.a"}', "an element is empty or not a string"),
        ('{"jsonpaths": [["$.a"]]}', "an element is empty or not a string"),
        ('["$.a"]', "not a JSON object"),
    ],
)
def test_copy_jsonpaths_malformed_is_refused(warehouse: Any, content: str, reason: str) -> None:
    warehouse.sql("CREATE TEMP TABLE t (a int)")
    warehouse.put("paths", content)
    warehouse.put("d", '{"a": 1}')
    assert reason in refusal(warehouse, "COPY t FROM 's3://lake/d' AUTH JSON 's3://lake/paths'").message


IDENTITY = "CREATE TEMP TABLE t (id bigint GENERATED {} AS IDENTITY (START 10), name varchar(10))"


def test_copy_identity_column_is_left_out(warehouse: Any) -> None:
    """Source: AWS copy-parameters-column-mapping."""
    warehouse.sql(IDENTITY.format("ALWAYS"))
    warehouse.put("d", "a\n")
    warehouse.copy("COPY t FROM 's3://lake/d' AUTH")
    assert warehouse.rows("t") == [("10", "a")]


def test_copy_explicit_ids_loads_the_identity_column(warehouse: Any) -> None:
    """Source: AWS copy-parameters-data-conversion, EXPLICIT_IDS."""
    warehouse.sql(IDENTITY.format("ALWAYS"))
    warehouse.put("d", "5|a\n")
    warehouse.copy("COPY t FROM 's3://lake/d' AUTH EXPLICIT_IDS")
    assert warehouse.rows("t") == [("5", "a")]


@pytest.mark.parametrize(
    ("columns", "option"), [("(id, name)", ""), ("(name)", "EXPLICIT_IDS")], ids=["listed", "not listed"]
)
def test_copy_identity_list_and_explicit_ids_must_agree(warehouse: Any, columns: str, option: str) -> None:
    warehouse.sql(IDENTITY.format("ALWAYS"))
    warehouse.put("d", "5|a\n")
    assert "EXPLICIT_IDS" in refusal(warehouse, f"COPY t {columns} FROM 's3://lake/d' AUTH {option}").message


def test_copy_default_identity_needs_no_explicit_ids(warehouse: Any) -> None:
    warehouse.sql(IDENTITY.format("BY DEFAULT"))
    warehouse.put("d", "5|a\n")
    assert warehouse.copy("COPY t (id, name) FROM 's3://lake/d' AUTH").row_count == 1


def test_copy_explicit_ids_without_identity_is_refused(warehouse: Any) -> None:
    warehouse.sql(PAIR)
    assert "EXPLICIT_IDS" in refusal(warehouse, "COPY t FROM 's3://lake/d' AUTH EXPLICIT_IDS").message


def test_copy_unknown_column_is_refused(warehouse: Any) -> None:
    warehouse.sql(PAIR)
    assert refusal(warehouse, "COPY t (id, x) FROM 's3://lake/d' AUTH").sqlstate == "42703"
    assert refusal(warehouse, "COPY t (id, id) FROM 's3://lake/d' AUTH").sqlstate == "42701"


def test_copy_many_blocks_keep_lines_and_order(warehouse: Any) -> None:
    """Lines, multi-line records and rejected ones across many blocks and read pieces."""
    warehouse.sql("CREATE TEMP TABLE t (id int, v varchar(300))")
    filler = "é" * 100
    records = [f'{n},"{filler}\n{n}"\n' if n % 7 else f"{n},\n" for n in range(1, 60_001)]
    records[41_234] = "x,y\n"
    line = "".join(records[:41_235]).count("\n")
    warehouse.put("d", "".join(records))
    result = warehouse.copy("COPY t FROM 's3://lake/d' AUTH CSV MAXERROR 2")
    assert result.row_count == 59_999
    assert [(error.line_number, error.raw_line) for error in result.load_errors] == [(line, "x,y")]
    total = sum(n for n in range(1, 60_001) if n != 41_235)
    assert warehouse.sql("SELECT sum(id), count(*) FILTER (WHERE v = '') FROM t") == [
        (str(total), str(60_000 // 7 - (41_235 % 7 == 0)))
    ]


def test_copy_json_objects_across_read_pieces(warehouse: Any) -> None:
    warehouse.sql("CREATE TEMP TABLE t (id int, v varchar(300))")
    objects = [json.dumps({"id": n, "v": "\u00e9" * (n % 90)}, indent=n % 3 or None) for n in range(30_000)]
    warehouse.put("d", " ".join(objects))
    assert warehouse.copy("COPY t FROM 's3://lake/d' AUTH JSON").row_count == 30_000
    assert warehouse.sql("SELECT sum(id) FROM t") == [(str(sum(range(30_000))),)]
