import pytest

from deployments.prefect_file import PREFECT_FILE, ROOT, read_prefect_file
from model.errors import ConfigError

TEXT = PREFECT_FILE.read_text()
GIVEN = {
    "PREFECT_FLOWS_DIRECTORY": str(ROOT),
    "PREFECT_FLOWS_IMAGE": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/redshift-flows:1",
    "ECS_CLUSTER": "flows",
    "ECS_TASK_ROLE_ARN": "arn:aws:iam::123456789012:role/flows",
    "ECS_EXECUTION_ROLE_ARN": "arn:aws:iam::123456789012:role/execution",
    "ECS_PREFECT_LOGIN_SECRET_ARN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prefect-login",
    "ECS_VPC_ID": "vpc-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
}


def read(tmp_path, text, environment=GIVEN):
    (tmp_path / "prefect.yaml").write_text(text)
    return read_prefect_file(tmp_path / "prefect.yaml", environment)


def test_read_prefect_file_as_it_stands_has_no_flaw():
    file = read_prefect_file(PREFECT_FILE, {"PREFECT_FLOWS_DIRECTORY": "/srv/flows"})
    assert file.pull == [{"prefect.deployments.steps.set_working_directory": {"directory": "/srv/flows"}}]
    assert list(file.used_pools) == ["redshift-flows"]


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("tags: [redshift-flows, orders", "tagz: [redshift-flows, orders", "daily.tagz: found an unknown field"),
        ("limit: 1, collision", "limit: 2, collision", "daily.concurrency_limit.limit: found 2"),
        ("collision_strategy: ENQUEUE", "colision: ENQUEUE", "concurrency_limit.colision: found an unknown field"),
        ("ENQUEUE}", "QUEUE}", "collision_strategy: found 'QUEUE' (expected 'ENQUEUE' or 'CANCEL_NEW')"),
        ("slug: nightly}", "slug: nightly, cronn: x}", "daily.schedules.0.cronn: found an unknown field"),
        ('cron: "0 3 * * *"', 'cron: "0 33 * * *"', "daily.schedules.0: cron is '0 33 * * *' (expected"),
        ('"0 3 * * *", timezone: UTC', '"0 3 * * *", timezone: Mars', "daily.schedules.0: timezone is 'Mars'"),
        ("slug: nps-full", "slug: nps-incremental", "schedules: the slug 'nps-incremental' stands twice"),
        ("name: nps-full", "name: nps-incremental", "'nps-incremental' of flows/sync.py:sync stands twice"),
        ("tags: [redshift-flows, orders", "tags: [orders", "deployments.daily.tags: found ['orders', "),
        ("name: redshift-flows\n      job", "name: elsewhere\n      job", "daily.work_pool: found 'elsewhere'"),
        ("      time_zone: UTC", "      time_zne: UTC", "daily.parameters: found 'time_zne' (expected one of run_date"),
        ("{retries: 2,", "{retries: many,", "deployments.daily.parameters: Flow run received invalid parameters"),
        (
            "flows/orders.py:orders",
            "flows/order.py:orders",
            "entrypoint: found 'flows/order.py:orders', which does not",
        ),
        ("$PREFECT_FLOWS_DIRECTORY", "$NOWHERE_SET", "it names NOWHERE_SET, not set in the environment"),
        ("deployments:\n", "deployments:\n- [", "Cannot read 'prefect.yaml'"),
    ],
)
def test_read_prefect_file_with_a_mistake_is_refused_before_anything_is_sent(tmp_path, old, new, finding):
    assert old in TEXT
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, TEXT.replace(old, new, 1))
    assert "prefect.yaml" in str(caught.value)
    assert finding in str(caught.value)


def test_read_prefect_file_lists_placeholders_of_what_is_used_only(tmp_path):
    with pytest.raises(ConfigError, match=r"ECS_CLUSTER, .*ECS_VPC_ID, PREFECT_FLOWS_IMAGE, not set"):
        read(tmp_path, TEXT.replace("work_pool: *process", "work_pool: *ecs"), {"PREFECT_FLOWS_DIRECTORY": "/srv"})


@pytest.mark.parametrize(("pool", "code"), [("process", "checkout"), ("process", "git"), ("ecs", "image")])
def test_read_prefect_file_each_machine_has_the_variables_that_the_file_gives(tmp_path, pool, code):
    text = TEXT.replace("work_pool: *process", f"work_pool: *{pool}").replace("pull: *checkout", f"pull: *{code}")
    file = read(tmp_path, text, GIVEN | {"PREFECT_FLOWS_REPOSITORY": "git@example.com:team/flows.git"})

    [declared] = file.used_pools.values()
    variables = declared.job_template()["variables"]["properties"]
    for one in file.deployments:
        assert one.work_pool.job_variables.keys() <= variables.keys()
