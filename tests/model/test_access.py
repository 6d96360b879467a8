import pytest

from model.access import Access, SchemaAccess, User, read_access
from model.errors import ConfigError
from model.password import make_password, password_flaw

DECLARED = """
database: dev
owner: loader
groups: [etl, analysts]
etl_group: etl
user_group: analysts
users:
  loader: {groups: [etl]}
  ann: {groups: [analysts], personal_schema: true}
schemas:
  mart: {readers: [analysts], writers: [etl]}
"""


def read(folder, text) -> Access:
    (folder / "access.yaml").write_text(text)
    return read_access(folder)


def test_read_access_of_this_repository():
    access = read_access()
    assert access.creators("mart") == ["loader"]
    assert access.table_privileges("mart") == {
        "analysts": ("SELECT",),
        "etl": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    }
    assert "analysts" not in access.table_privileges("staging")


def test_read_access_fields_become_a_model(tmp_path):
    access = read(tmp_path, DECLARED)
    assert access.users["ann"] == User(groups=("analysts",), personal_schema=True)
    assert access.schemas["mart"] == SchemaAccess(readers=("analysts",), writers=("etl",))


def test_creators_are_the_owner_and_the_members_of_writing_groups(tmp_path):
    access = read(tmp_path, DECLARED).with_user("eve", User(groups=("etl",))).with_user("bob", User(groups=("etl",)))
    assert access.creators("mart") == ["loader", "bob", "eve"]


@pytest.mark.parametrize(
    ("found", "changed", "said"),
    [
        ("owner: loader", "owner: nobody", "owner: 'nobody' is not among the users (expected one of ann, loader)"),
        ("etl_group: etl", "etl_group: e", "etl_group: 'e' is not among the groups (expected one of analysts, etl)"),
        ("readers: [analysts]", "readers: [all]", "schemas.mart: 'all' is not among the groups"),
        ("{groups: [etl]}", "{groups: [dba]}", "users.loader.groups: 'dba' is not among the groups"),
        ("  ann:", "  mart:", "users.mart.personal_schema: schemas has 'mart' already"),
        ("  ann:", "  Ann:", "expected a name of lower-case letters"),
        ("{groups: [etl]}", "{password: Secret123}", "users.loader.password: found an unknown field"),
        ("database: dev", "database: [dev]", "database: found ['dev']"),
    ],
)
def test_read_access_contradictions_are_refused(tmp_path, found, changed, said):
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, DECLARED.replace(found, changed))
    assert said in str(refused.value)
    assert "access.yaml" in str(refused.value)


def test_read_access_without_a_file_says_what_to_write(tmp_path):
    with pytest.raises(ConfigError, match=r"access\.yaml': there is no such file \(expected database, owner, groups\)"):
        read_access(tmp_path)


def test_make_password_is_allowed_and_never_the_same():
    made = {make_password() for _ in range(50)}
    assert len(made) == 50
    assert not any(map(password_flaw, made))


@pytest.mark.parametrize(
    "password", ["Abcdef1", "abcdefg1", "ABCDEFG1", "Abcdefgh", "Abc def1", "Abcdef1@", "Äbcdefg1"]
)
def test_password_flaw_names_what_the_warehouse_refuses(password):
    assert password_flaw(password)
