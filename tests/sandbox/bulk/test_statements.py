"""Each rule of the statement tables, and the parsed statements themselves."""

from __future__ import annotations

import pytest

from sandbox.backend import RedshiftError
from sandbox.bulk.authorization import Authorization
from sandbox.bulk.copy_statement import CopyStatement, parse_copy
from sandbox.bulk.s3_url import S3Url
from sandbox.bulk.unload_statement import MEGABYTE, UnloadStatement, parse_unload
from tests.sandbox.bulk.statement_rules import COPY_TEXTS, ROLE, UNLOAD, UNLOAD_TEXTS, StatementRule

ARN = "arn:aws:iam::123456789012:role/RedshiftLoader"


def short(rule: StatementRule) -> str:
    return f"{rule.source} {rule.text[-40:]}"


@pytest.mark.parametrize("rule", COPY_TEXTS, ids=short)
def test_parse_copy_rule_holds(rule: StatementRule) -> None:
    if not rule.sqlstate:
        parse_copy(rule.text)
        return
    with pytest.raises(RedshiftError, match=rule.message) as caught:
        parse_copy(rule.text)
    assert caught.value.sqlstate == rule.sqlstate


@pytest.mark.parametrize("rule", UNLOAD_TEXTS, ids=short)
def test_parse_unload_rule_holds(rule: StatementRule) -> None:
    if not rule.sqlstate:
        parse_unload(rule.text)
        return
    with pytest.raises(RedshiftError, match=rule.message) as caught:
        parse_unload(rule.text)
    assert caught.value.sqlstate == rule.sqlstate


def test_parse_copy_every_setting_is_read() -> None:
    text = (
        "/* x */ COPY A.\"B\" (Id, \"Name\") FROM 's3://lake/k/' IAM_ROLE 'r1,r2' MANIFEST REGION 'eu-west-1' GZIP"
        " DELIMITER '\\t' NULL AS 'nil' IGNOREHEADER 2 MAXERROR 3 DATEFORMAT 'auto' TIMEFORMAT 'epochsecs'"
        " ACCEPTINVCHARS '^' ESCAPE REMOVEQUOTES ROUNDEC NOLOAD TRIMBLANKS TRUNCATECOLUMNS FILLRECORD"
        " EMPTYASNULL BLANKSASNULL IGNOREBLANKLINES ACCEPTANYDATE EXPLICIT_IDS ENCODING UTF16"
    )
    assert parse_copy(text) == CopyStatement(
        schema="a",
        table="b",
        columns=("id", "name"),
        source=S3Url("lake", "k/"),
        authorization=Authorization(("r1", "r2")),
        is_manifest=True,
        region="eu-west-1",
        compression="GZIP",
        delimiter="\t",
        encoding="utf-16",
        null_as="nil",
        date_format="auto",
        time_format="epochsecs",
        invalid_characters="^",
        ignore_header=2,
        max_error=3,
        accepts_any_date=True,
        blanks_as_null=True,
        empty_as_null=True,
        escape=True,
        explicit_ids=True,
        fill_record=True,
        ignore_blank_lines=True,
        is_dry=True,
        remove_quotes=True,
        round_decimals=True,
        trim_blanks=True,
        truncate_columns=True,
    )


def test_parse_unload_every_setting_is_read() -> None:
    text = (
        "UNLOAD ('select ''a'', \\'b\\' from t') TO 's3://lake/p_' IAM_ROLE default FORMAT AS CSV HEADER MANIFEST"
        " DELIMITER ';' NULL AS 'x' PARALLEL OFF MAXFILESIZE 10 MB EXTENSION 'txt' ALLOWOVERWRITE ZSTD"
        " PARTITION BY (Y, m) INCLUDE REGION AS 'eu-west-1'"
    )
    assert parse_unload(text) == UnloadStatement(
        query="select 'a', 'b' from t",
        target=S3Url("lake", "p_"),
        authorization=Authorization(("default",)),
        format="CSV",
        region="eu-west-1",
        partition_by=("y", "m"),
        keeps_partition_columns=True,
        manifest="plain",
        has_header=True,
        delimiter=";",
        compression="ZSTD",
        null_as="x",
        allows_overwrite=True,
        is_parallel=False,
        max_file_size=10 * MEGABYTE,
        extension="txt",
    )


def test_parse_unload_parquet_file_size_is_a_multiple_of_32_mb() -> None:
    assert parse_unload(f"{UNLOAD}{ROLE} PARQUET MAXFILESIZE 200 MB").max_file_size == 192 * MEGABYTE


def test_parse_copy_keys_are_not_kept() -> None:
    statement = parse_copy("COPY t FROM 's3://lake/p' ACCESS_KEY_ID 'AKIACANARY' SECRET_ACCESS_KEY 'CANARY'")
    assert statement.authorization.has_keys
    assert "CANARY" not in repr(statement)


def test_parse_copy_refusal_shows_no_key() -> None:
    with pytest.raises(RedshiftError) as caught:
        parse_copy("COPY t FROM 's3://lake/p' CREDENTIALS 'aws_access_key_id=AKIACANARY'")
    assert "CANARY" not in f"{caught.value.message}{caught.value.detail}"
