"""Blocks go to the processes of a task runner, and are there what they were."""

import cloudpickle
from prefect_aws import AwsCredentials, S3Bucket
from prefect_sqlalchemy import ConnectionComponents, SqlAlchemyConnector

from blocks.lake import Lake
from blocks.source_database import SourceDatabase


def test_source_database_pickled_has_the_same_address():
    components = ConnectionComponents(
        driver="mysql+pymysql", host="h", port=3307, username="u", password="se:cret", database="d"
    )
    source = SourceDatabase(connector=SqlAlchemyConnector(connection_info=components), tls="off")
    arrived = cloudpickle.loads(cloudpickle.dumps(source))
    assert arrived.address == source.address
    assert arrived.address.password.get_secret_value() == "se:cret"
    assert dict(arrived)["statement_timeout_seconds"] == 3600


def test_lake_pickled_leaves_its_client_behind():
    credentials = AwsCredentials(aws_access_key_id="k", aws_secret_access_key="s", region_name="eu-west-1")
    lake = Lake(bucket=S3Bucket(bucket_name="lake", credentials=credentials))
    assert lake.client is lake.client
    arrived = cloudpickle.loads(cloudpickle.dumps(lake))
    assert arrived.name == "lake"
    assert arrived.client.meta.region_name == "eu-west-1"
