import pytest

from blocks.from_environment import block_from_environment, is_from_environment
from blocks.lake import Lake
from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from model.errors import ConfigError

CLUSTER = "postgres://loader:p%40ss%2Fword@wh.abc123.eu-west-1.redshift.amazonaws.com/dev"


def warehouse(url: str, **more: str) -> Warehouse:
    block = block_from_environment({"DATA_WAREHOUSE_ETL": url, **more}, Warehouse, "warehouse")
    assert isinstance(block, Warehouse)
    return block


def source(url: str) -> SourceDatabase:
    block = block_from_environment({"DATA_SOURCE_SHOP_POSTGRES": url}, SourceDatabase, "shop-postgres")
    assert isinstance(block, SourceDatabase)
    return block


def test_is_from_environment_where_a_warehouse_is_named():
    assert is_from_environment({"DATA_WAREHOUSE_ETL": CLUSTER}, "lake")
    assert is_from_environment({"DATA_WAREHOUSE_ADMIN": CLUSTER}, "warehouse-admin")
    assert not is_from_environment({"DATA_WAREHOUSE_ADMIN": CLUSTER}, "warehouse")
    assert not is_from_environment({"DATA_WAREHOUSE_ETL": "", "LAKE_BUCKET": "lake"}, "lake")


def test_warehouse_of_a_cluster_is_read_off_its_host_name():
    block = warehouse(CLUSTER)
    assert (block.cluster_identifier, block.workgroup_name, block.aws.region_name) == ("wh", None, "eu-west-1")
    assert (block.components.port, block.components.username) == (5439, "loader")
    assert block.components.password.get_secret_value() == "p@ss/word"
    assert block.connector.connect_args == {"sslmode": "verify-full"}
    assert block.iam_role == "default"


def test_warehouse_of_a_workgroup_is_read_off_its_host_name():
    url = "redshift://loader:p@wg.123456789012.eu-west-1.redshift-serverless.amazonaws.com:5439/dev"
    block = warehouse(url, REDSHIFT_IAM_ROLE="arn:aws:iam::1:role/r", AWS_DEFAULT_REGION="eu-west-2")
    assert (block.cluster_identifier, block.workgroup_name, block.aws.region_name) == (None, "wg", "eu-west-2")
    assert block.iam_role == "arn:aws:iam::1:role/r"


def test_warehouse_on_this_machine_goes_without_tls_and_needs_a_name():
    block = warehouse("postgres://u:p@127.0.0.1:5439/dev", REDSHIFT_WORKGROUP="sandbox")
    assert (block.workgroup_name, block.connector.connect_args) == ("sandbox", {"ssl": False})
    with pytest.raises(ConfigError, match=r"'127\.0\.0\.1' is no host name of Redshift's own"):
        warehouse("postgres://u:p@127.0.0.1:5439/dev")


def test_source_kinds_ports_and_tls():
    mysql, postgres = source("mysql://u:p@db.example.com/shop"), source("postgres://u:p@db/shop?sslmode=verify-ca")
    assert (mysql.kind, mysql.address.port, mysql.tls) == ("mysql", 3306, "verify-full")
    assert (postgres.kind, postgres.address.port, postgres.tls) == ("postgresql", 5432, "verify-ca")
    assert source("mysql://u:p@localhost:3307/shop").tls == "off"


def test_lake_takes_the_credentials_that_boto3_finds():
    block = block_from_environment({"LAKE_BUCKET": "lake", "AWS_DEFAULT_REGION": "eu-west-1"}, Lake, "lake")
    assert isinstance(block, Lake)
    assert (block.name, block.bucket.credentials.aws_access_key_id) == ("lake", None)


@pytest.mark.parametrize(
    ("block_type", "name", "variable"),
    [
        (Lake, "lake", "LAKE_BUCKET"),
        (Warehouse, "warehouse-admin", "DATA_WAREHOUSE_ADMIN"),
        (SourceDatabase, "shop", "DATA_SOURCE_SHOP"),
    ],
)
def test_block_without_its_variable_is_refused_with_its_name(block_type, name, variable):
    with pytest.raises(ConfigError, match=f"Cannot connect to '{name}': {variable} is not set"):
        block_from_environment({"DATA_WAREHOUSE_ETL": CLUSTER}, block_type, name)


@pytest.mark.parametrize(
    "url",
    [
        "hunter2",
        "oracle://u:hunter2@h/d",
        "mysql://u:hunter2@h:x/d",
        "mysql://:hunter2@h/d",
        "mysql://u:hunter2@h",
        "mysql://u:p@hunter2@h/d",
        "mysql://u:p@s/hunter2@h/d",
        "mysql://u:p@h/d?hunter2@h/d",
        "mysql://u:hunter2@h/d?ssl=on",
        "mysql://u:hunter2@h/d?sslmode=prefer",
    ],
)
def test_url_that_is_wrong_is_refused_without_its_password(url):
    with pytest.raises(ConfigError, match="Cannot read DATA_SOURCE_SHOP_POSTGRES") as refused:
        source(url)
    assert "hunter2" not in str(refused.value)
