"""Airflow's own operators, run as a task would run them; in Airflow's environment.

    run_airflow.py extract <statement> <table> csv|parquet
    run_airflow.py replace|merge <statement> <table>

The provider's MySQL hook needs a C client, so pandas reads through PyMySQL: the same DataFrame on the same path.
Prints a JSON object: seconds, row_count.
"""

import json
import os
import sys
import tempfile
import time

os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow")
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "False"
os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "ERROR"
os.environ["AIRFLOW_CONN_AWS_DEFAULT"] = json.dumps(
    {
        "conn_type": "aws",
        "login": os.environ["AWS_ACCESS_KEY_ID"],
        "password": os.environ["AWS_SECRET_ACCESS_KEY"],
        "extra": {
            "endpoint_url": os.environ["AWS_ENDPOINT_URL"],
            "region_name": os.environ["AWS_DEFAULT_REGION"],
            "role_arn": "",
        },
    }
)
os.environ["AIRFLOW_CONN_REDSHIFT"] = json.dumps(
    {
        "conn_type": "redshift",
        "host": os.environ["REDSHIFT_HOST"],
        "port": int(os.environ["REDSHIFT_PORT"]),
        "login": os.environ["REDSHIFT_USER"],
        "password": os.environ["REDSHIFT_PASSWORD"],
        "schema": os.environ["REDSHIFT_DATABASE"],
        "extra": {"ssl": False},
    }
)

import pandas
import sqlalchemy
from airflow.providers.amazon.aws.transfers.s3_to_redshift import S3ToRedshiftOperator
from airflow.providers.amazon.aws.transfers.sql_to_s3 import SqlToS3Operator

SOURCE = "mysql+pymysql://{MYSQL_USER}:{MYSQL_PASSWORD}@{MYSQL_HOST}:{MYSQL_PORT}/{MYSQL_DATABASE}".format(**os.environ)


class Hook:
    """The part of a hook that the operator uses."""

    def __init__(self):
        self.row_count = 0

    def get_df(self, sql, parameters=None, df_type="pandas", **options):
        with sqlalchemy.create_engine(SOURCE).connect() as connection:
            frame = pandas.read_sql(sqlalchemy.text(sql), connection, params=parameters, **options)
        self.row_count = len(frame)
        return frame


def extract(statement, table, file_format):
    hook = Hook()
    operator = SqlToS3Operator(
        task_id="extract",
        query=statement,
        s3_bucket=os.environ["LAKE_BUCKET"],
        s3_key=f"peers/airflow/{table}.{file_format}",
        sql_conn_id="mysql",
        file_format=file_format,
        replace=True,
        df_kwargs={"index": False},
    )
    operator._get_hook = lambda: hook
    operator.execute({})
    return hook.row_count


def load(statement, table, method):
    rows = extract(statement, table, "csv")
    S3ToRedshiftOperator(
        task_id="load",
        s3_bucket=os.environ["LAKE_BUCKET"],
        s3_key=f"peers/airflow/{table}.csv",
        schema="public",
        table=table,
        redshift_conn_id="redshift",
        aws_conn_id="aws_default",
        copy_options=["CSV", "IGNOREHEADER 1", "DATEFORMAT 'auto'", "TIMEFORMAT 'auto'"],
        method={"replace": "REPLACE", "merge": "UPSERT"}[method],
        upsert_keys=["id"] if method == "merge" else None,
        # The operator's UPSERT stages in a temporary table, so that all runs in one session.
        autocommit=True,
    ).execute({})
    return rows


started = time.perf_counter()
command, arguments = sys.argv[1], sys.argv[2:]
count = extract(*arguments) if command == "extract" else load(*arguments, command)
print(json.dumps({"seconds": time.perf_counter() - started, "row_count": count}))
