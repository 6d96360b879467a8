"""Rules that COPY's and UNLOAD's texts alone decide. Sources: sections A and B of the facts, with AWS's pages."""

from __future__ import annotations

from typing import NamedTuple


class StatementRule(NamedTuple):
    """A statement's text with its verdict; SQLSTATE '' means accepted."""

    source: str
    text: str
    sqlstate: str = ""
    message: str = ""


ROLE = "IAM_ROLE 'arn:aws:iam::123456789012:role/RedshiftLoader'"
COPY = "COPY t FROM 's3://lake/p' "
UNLOAD = "UNLOAD ('select * from t') TO 's3://lake/p' "
KEYS = "ACCESS_KEY_ID 'AKIA' SECRET_ACCESS_KEY 'secret'"
REDUNDANT = "conflicting or redundant options"

COPY_TEXTS = [
    StatementRule("A1 r_COPY", COPY + ROLE),
    StatementRule("A1 r_COPY", "/* tag: a:b */ -- note\ncopy S.\"T\" (a, B) from 's3://lake/p' iam_role default csv"),
    StatementRule("A1 r_COPY", "COPY #stage FROM 's3://lake/p' IAM_ROLE DEFAULT"),
    StatementRule("A3 auth", COPY, "XX000", "CREDENTIALS argument is required but not provided"),
    StatementRule("A3 auth", COPY + KEYS),
    StatementRule("A3 auth", COPY + KEYS + " SESSION_TOKEN 'x'"),
    StatementRule("A3 auth", COPY + "ACCESS_KEY_ID 'AKIA'", "XX000", "CREDENTIALS argument is required"),
    StatementRule("A3 auth", COPY + ROLE + " " + KEYS, "42601", REDUNDANT),
    StatementRule("A3 auth", COPY + ROLE + " CREDENTIALS 'aws_iam_role=arn:x'", "42601", REDUNDANT),
    StatementRule("A3 auth", COPY + ROLE + " " + ROLE, "42601", REDUNDANT),
    StatementRule("A3 auth", COPY + "IAM_ROLE 'arn:aws:iam::1:role/a,arn:aws:iam::1:role/b'"),
    StatementRule("A4 auth", COPY + "WITH CREDENTIALS AS 'aws_iam_role=arn:aws:iam::1:role/a'"),
    StatementRule("A4 auth", COPY + "CREDENTIALS 'aws_access_key_id=a;aws_secret_access_key=b;token=c'"),
    StatementRule("A4 auth", COPY + "CREDENTIALS 'aws_access_key_id=a'", "XX000", "Invalid credentials. Must be of"),
    StatementRule("A4 auth", COPY + "CREDENTIALS 'AWS_IAM_ROLE=x'", "XX000", "Invalid credentials"),
    StatementRule("A4 auth", COPY + "CREDENTIALS 'aws_iam_role= x'", "XX000", "Invalid credentials"),
    StatementRule("A1 r_COPY", "COPY t FROM 'dynamodb://x' " + ROLE, "0A000", "not an S3 address"),
    StatementRule("A1 r_COPY", "COPY t FROM s3 " + ROLE, "42601", 'syntax error at or near "s3"'),
    StatementRule("A1 r_COPY", "COPY t " + ROLE, "42601", "syntax error"),
    StatementRule("A1 r_COPY", COPY + ROLE + " SUPERFAST", "42601", 'syntax error at or near "SUPERFAST"'),
    StatementRule("A1 r_COPY", COPY + ROLE + " DELIMITER", "42601", "syntax error at end of input"),
    StatementRule("A1 r_COPY", COPY + ROLE + " DELIMITER ,", "42601", "syntax error"),
    StatementRule("A1 r_COPY", COPY + ROLE + " GZIP GZIP", "42601", REDUNDANT),
    StatementRule("A1 r_COPY", COPY + ROLE + " CSV JSON 'auto'", "42601", REDUNDANT),
    StatementRule("A1 r_COPY", COPY + ROLE + " FORMAT AS XML", "42601", 'syntax error at or near "XML"'),
    StatementRule("A15 fmt", COPY + ROLE + " DELIMITER AS '\\t'"),
    StatementRule("A15 fmt", COPY + ROLE + " DELIMITER '\\001'"),
    StatementRule("A15 fmt", COPY + ROLE + " DELIMITER '||'", "42601", "single ASCII character"),
    StatementRule("A15 fmt", COPY + ROLE + " DELIMITER 'é'", "42601", "single ASCII character"),
    StatementRule("A16 fmt", COPY + ROLE + " CSV QUOTE AS '%' DELIMITER ';'"),
    StatementRule("A16 fmt", COPY + ROLE + " QUOTE '%'", "0A000", "only supported with CSV"),
    StatementRule("A16 fmt", COPY + ROLE + " CSV FIXEDWIDTH 'a:1'", "0A000", "CSV option is not supported"),
    StatementRule("A16 fmt", COPY + ROLE + " CSV REMOVEQUOTES", "0A000", "not supported with REMOVEQUOTES"),
    StatementRule("A16 fmt", COPY + ROLE + " CSV ESCAPE", "0A000", "not supported with ESCAPE"),
    StatementRule("A17 conv", COPY + ROLE + " FIXEDWIDTH 'a:1' ESCAPE", "0A000", "not supported with ESCAPE"),
    StatementRule("A18 fmt", COPY + ROLE + " FIXEDWIDTH 'a:1' DELIMITER ','", "0A000", "not supported with DELIMITER"),
    StatementRule("A18 fmt", COPY + ROLE + " FIXEDWIDTH 'a'", "XX000", "Invalid fixedwidth"),
    StatementRule("A21 conv", COPY + ROLE + " NULL AS '\\n'", "22023", "newline"),
    StatementRule("A21 conv", COPY + ROLE + " NULL '\\000'"),
    StatementRule("A28 conv", COPY + ROLE + " ACCEPTINVCHARS"),
    StatementRule("A28 conv", COPY + ROLE + " ACCEPTINVCHARS AS '^'"),
    StatementRule("A28 conv", COPY + ROLE + " ACCEPTINVCHARS '^^'", "22023", "single ASCII"),
    StatementRule("A31 conv", COPY + ROLE + " ENCODING AS utf16le"),
    StatementRule("A31 conv", COPY + ROLE + " ENCODING latin1", "42601", "Unsupported encoding"),
    StatementRule("A32 compression", COPY + ROLE + " GZIP ZSTD", "42601", REDUNDANT),
    StatementRule("A32 sandbox", COPY + ROLE + " LZOP", "0A000", "sandbox"),
    StatementRule("A14 sandbox", COPY + ROLE + " ENCRYPTED", "0A000", "sandbox"),
    StatementRule("A33 fmt", COPY + ROLE + " JSON"),
    StatementRule("A33 fmt", COPY + ROLE + " FORMAT AS JSON AS 'auto ignorecase'"),
    StatementRule("A33 fmt", COPY + ROLE + " JSON 'Auto'", "22023", "Invalid JSON option"),
    StatementRule("A35 fmt", COPY + ROLE + " FORMAT JSON 's3://lake/paths.json' MANIFEST"),
    *[
        StatementRule("A37 fmt", f"{COPY}{ROLE} JSON 'auto' {option}", "0A000", "JSON option is not supported with")
        for option in (
            *("DELIMITER ','", "ESCAPE", "FILLRECORD", "FIXEDWIDTH 'a:1'", "IGNOREBLANKLINES"),
            *("NULL AS ''", "READRATIO 5", "REMOVEQUOTES"),
        )
    ],
    StatementRule("A37 fmt", COPY + ROLE + " JSON 'auto' CSV", "42601", REDUNDANT),
    StatementRule("A39 columnar", COPY + ROLE + " FORMAT AS PARQUET MANIFEST STATUPDATE OFF FILLRECORD"),
    StatementRule("A39 columnar", COPY + ROLE + " PARQUET ACCEPTINVCHARS EXPLICIT_IDS SERIALIZETOJSON"),
    *[
        StatementRule("A39 columnar", f"{COPY}{ROLE} PARQUET {option}", "0A000", "for PARQUET based COPY")
        for option in (
            *("GZIP", "IGNOREHEADER 1", "MAXERROR 5", "NULL AS 'x'", "TRUNCATECOLUMNS", "ACCEPTANYDATE"),
            *("REGION 'us-east-1'", "DELIMITER ','", "DATEFORMAT 'auto'", "TIMEFORMAT 'auto'", "EMPTYASNULL"),
            *("COMPUPDATE OFF", "NOLOAD", "IGNOREALLERRORS", "ENCODING utf8", "ROUNDEC", "ESCAPE"),
        )
    ],
    StatementRule("A39 columnar", COPY + ROLE + " SERIALIZETOJSON", "0A000", "only supported for columnar formats"),
    StatementRule("A39 sandbox", COPY + ROLE + " FORMAT AS ORC", "0A000", "Cannot load format ORC"),
    StatementRule("A39 sandbox", COPY + ROLE + " FORMAT AS AVRO 'auto'", "0A000", "Cannot load format AVRO"),
    StatementRule("A49 load", COPY + ROLE + " MAXERROR AS 100000"),
    StatementRule("A49 load", COPY + ROLE + " MAXERROR 100001", "22023", "out of range"),
    StatementRule("A49 load", COPY + ROLE + " MAXERROR -1", "42601", "syntax error"),
    StatementRule("A49 load", COPY + ROLE + " IGNOREALLERRORS MAXERROR 5", "0A000", "not supported with MAXERROR"),
    StatementRule("A50 load", COPY + ROLE + " COMPUPDATE PRESET STATUPDATE TRUE COMPROWS 1000"),
    StatementRule("A50 load", COPY + ROLE + " COMPUPDATE STATUPDATE OFF"),
    StatementRule("A50 load", COPY + ROLE + " COMPROWS 999", "22023", "out of range"),
    StatementRule("A3 r_COPY", COPY + "GZIP CSV " + ROLE + " IGNOREHEADER AS 1"),
]

UNLOAD_TEXTS = [
    StatementRule("B1 r_UNLOAD", UNLOAD + ROLE),
    StatementRule("B1 r_UNLOAD", UNLOAD + ROLE + " PARQUET PARTITION BY (a, b) INCLUDE MANIFEST VERBOSE"),
    StatementRule("B1 r_UNLOAD", UNLOAD + ROLE + " FORMAT AS CSV HEADER DELIMITER AS ';' NULL AS 'x' EXTENSION 'csv'"),
    StatementRule("B1 r_UNLOAD", UNLOAD, "XX000", "CREDENTIALS argument is required"),
    StatementRule("B1 r_UNLOAD", UNLOAD + ROLE + " SUPERFAST", "42601", 'syntax error at or near "SUPERFAST"'),
    StatementRule("B1 r_UNLOAD", "UNLOAD ('drop table t') TO 's3://lake/p' " + ROLE, "42601", "syntax error"),
    StatementRule("B1 r_UNLOAD", "UNLOAD select 1 TO 's3://lake/p' " + ROLE, "42601", "syntax error"),
    StatementRule("B2 r_UNLOAD", "UNLOAD ('select ''NV''') TO 's3://lake/p' " + ROLE),
    StatementRule("B2 r_UNLOAD", "UNLOAD ($$select 'NV'$$) TO 's3://lake/p' " + ROLE),
    StatementRule("B3 limit", "UNLOAD ('select * from t limit 10') TO 's3://lake/p' " + ROLE, "0A000", "Limit clause"),
    StatementRule("B3 limit", "UNLOAD ('(select 1) limit 10') TO 's3://lake/p' " + ROLE, "0A000", "Limit clause"),
    StatementRule("B3 limit", "UNLOAD ('select top 5 * from t') TO 's3://lake/p' " + ROLE, "0A000", "Limit clause"),
    StatementRule("B3 limit", "UNLOAD ('with a as (select 1 limit 1) select * from a') TO 's3://lake/p' " + ROLE),
    StatementRule("B3 limit", "UNLOAD ('select ''limit'' from (select 1 limit 1) -- limit') TO 's3://lake/p' " + ROLE),
    *[
        StatementRule("B7 r_UNLOAD", f"{UNLOAD}{ROLE} PARQUET {option}", "0A000", "PARQUET option is not supported")
        for option in (
            *("DELIMITER ','", "FIXEDWIDTH 'a:1'", "ADDQUOTES", "ESCAPE", "NULL AS 'x'", "HEADER"),
            *("GZIP", "BZIP2", "ZSTD"),
        )
    ],
    *[
        StatementRule("B7 r_UNLOAD", f"{UNLOAD}{ROLE} JSON {option}", "0A000", "JSON option is not supported")
        for option in ("DELIMITER ','", "HEADER", "FIXEDWIDTH 'a:1'", "ADDQUOTES", "ESCAPE", "NULL AS 'x'")
    ],
    StatementRule("B7 r_UNLOAD", UNLOAD + ROLE + " CSV ADDQUOTES", "0A000", "CSV option is not supported"),
    StatementRule("B7 r_UNLOAD", UNLOAD + ROLE + " CSV FIXEDWIDTH 'a:1'", "0A000", "CSV option is not supported"),
    StatementRule("B7 r_UNLOAD", UNLOAD + ROLE + " FIXEDWIDTH 'a:1' DELIMITER ','", "0A000", "not supported"),
    StatementRule("B7 r_UNLOAD", UNLOAD + ROLE + " FIXEDWIDTH 'a:1' HEADER", "0A000", "not supported"),
    StatementRule("B7 r_UNLOAD", UNLOAD + ROLE + " ALLOWOVERWRITE CLEANPATH", "0A000", "not supported with CLEANPATH"),
    StatementRule("B7 r_UNLOAD", UNLOAD + ROLE + " VERBOSE", "42601", 'syntax error at or near "VERBOSE"'),
    StatementRule("B7 r_UNLOAD", UNLOAD + ROLE + " GZIP ZSTD", "0A000", "not supported with ZSTD"),
    StatementRule("B8 r_UNLOAD", UNLOAD + ROLE + " MAXFILESIZE AS 6.2 GB"),
    StatementRule("B8 r_UNLOAD", UNLOAD + ROLE + " MAXFILESIZE 5"),
    StatementRule("B8 r_UNLOAD", UNLOAD + ROLE + " MAXFILESIZE 4 MB", "22023", "between 5 MB and 6.2 GB"),
    StatementRule("B8 r_UNLOAD", UNLOAD + ROLE + " MAXFILESIZE 7 GB", "22023", "between 5 MB and 6.2 GB"),
    StatementRule("B8 r_UNLOAD", UNLOAD + ROLE + " PARQUET ROWGROUPSIZE 64 MB"),
    StatementRule("B8 r_UNLOAD", UNLOAD + ROLE + " ROWGROUPSIZE 64 MB", "0A000", "only supported for PARQUET"),
    StatementRule("B8 r_UNLOAD", UNLOAD + ROLE + " PARQUET ROWGROUPSIZE 256 MB", "22023", "between 32 MB and 128 MB"),
    StatementRule("B10 r_UNLOAD", UNLOAD + ROLE + " PARALLEL OFF"),
    StatementRule("B10 r_UNLOAD", UNLOAD + ROLE + " PARALLEL FALSE PARALLEL ON", "42601", REDUNDANT),
    StatementRule("B16 r_UNLOAD", UNLOAD + ROLE + " PARTITION BY ('a')", "42601", "syntax error"),
    StatementRule("B17 r_UNLOAD", UNLOAD + ROLE + " ENCRYPTED AUTO"),
    StatementRule("B17 r_UNLOAD", UNLOAD + ROLE + " ENCRYPTED", "42601", "ENCRYPTED requires one of"),
    StatementRule("B17 r_UNLOAD", UNLOAD + ROLE + " KMS_KEY_ID 'x'", "42601", "requires the ENCRYPTED option"),
    StatementRule("B17 sandbox", UNLOAD + ROLE + " ENCRYPTED KMS_KEY_ID 'x'", "0A000", "sandbox"),
]
