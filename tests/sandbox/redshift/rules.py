"""Rules of Redshift as data: statements, and what the last of them must do. Sources are AWS pages and issues."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rule:
    """`expected` is rows (text), a refusal `SQLSTATE text…`, or OK. `source` names the page."""

    name: str
    source: str
    statements: tuple[str, ...]
    expected: list[tuple[object, ...]] | str = "OK"
    tables: tuple[str, ...] = field(default=())


TARGET = "create table t (id int, v varchar(20))"
SOURCE = "create table s (id int, v varchar(20))"
FILL = ("insert into t values (1, 'a'), (2, 'b')", "insert into s values (2, 'B'), (3, 'C')")
PAIR = (TARGET, SOURCE, *FILL)
MERGE = "when matched then update set v = s.v when not matched then insert values (s.id, s.v)"


def rule(name: str, source: str, *statements: str, expected: list[tuple[object, ...]] | str = "OK") -> Rule:
    return Rule(name, source, statements, expected)


MERGE_RULES = [
    rule(
        "merge_both_branches",
        "r_MERGE.md C1",
        *PAIR,
        f"merge into t using s on t.id = s.id {MERGE}",
        "select * from t order by id",
        expected=[(1, "a"), (2, "B"), (3, "C")],
    ),
    rule("merge_source_alias", "r_MERGE.md C1", *PAIR, "merge into t using s as x on t.id = x.id when matched then delete when not matched then insert (id) values (x.id)"),
    rule("merge_schema_in_on", "sqlflow_public#88 C2", *PAIR, "create schema if not exists m", "create table m.t (id int, v varchar(20))", f"merge into m.t using s on m.t.id = s.id {MERGE}", "drop schema m cascade"),
    rule("merge_target_as_alias", "SQLMesh#3607 C2", *PAIR, f"merge into t as x using s on x.id = s.id {MERGE}", expected="42601"),
    rule("merge_target_alias", "SQLMesh#3607 C2", *PAIR, f"merge into t x using s on x.id = s.id {MERGE}", expected="42601"),
    rule("merge_matched_only", "jOOQ#18351 C3", *PAIR, "merge into t using s on t.id = s.id when matched then update set v = s.v", expected="0A000 MERGE statement with a single WHEN clause is not enabled."),
    rule("merge_missing_only", "jOOQ#18351 C3", *PAIR, "merge into t using s on t.id = s.id when not matched then insert values (s.id, s.v)", expected="0A000 MERGE statement with a single WHEN clause is not enabled."),
    rule("merge_wrong_order", "r_MERGE.md C3", *PAIR, "merge into t using s on t.id = s.id when not matched then insert values (s.id, s.v) when matched then delete", expected="42601"),
    rule("merge_condition", "r_MERGE.md C4", *PAIR, "merge into t using s on t.id = s.id when matched and s.v = 'x' then delete when not matched then insert values (1, 'a')", expected="42601"),
    rule("merge_three_branches", "r_MERGE.md C4", *PAIR, "merge into t using s on t.id = s.id when matched then delete when matched then update set v = 'x' when not matched then insert values (1, 'a')", expected="42601"),
    rule("merge_do_nothing", "r_MERGE.md C4", *PAIR, "merge into t using s on t.id = s.id when matched then do nothing when not matched then insert values (1, 'a')", expected="42601"),
    rule("merge_not_matched_by_source", "r_MERGE.md C4", *PAIR, "merge into t using s on t.id = s.id when matched then delete when not matched by source then delete", expected="42601"),
    rule("merge_returning", "r_MERGE.md C4", *PAIR, f"merge into t using s on t.id = s.id {MERGE} returning *", expected="0A000 RETURNING"),
    rule("merge_default_values", "r_MERGE.md C4", *PAIR, "merge into t using s on t.id = s.id when matched then delete when not matched then insert default values", expected="42601"),
    rule("merge_with_in_front", "r_MERGE.md C4", *PAIR, f"with x as (select 1) merge into t using s on t.id = s.id {MERGE}", expected="0A000"),
    rule("merge_qualified_set", "r_MERGE.md C5", *PAIR, "merge into t using s on t.id = s.id when matched then update set t.v = s.v when not matched then insert values (1, 'a')", expected="42601"),
    rule("merge_qualified_insert", "r_MERGE.md C5", *PAIR, "merge into t using s on t.id = s.id when matched then delete when not matched then insert (t.id) values (1)", expected="42601"),
    rule("merge_subquery_source", "r_MERGE.md C6", *PAIR, f"merge into t using (select * from s) s on t.id = s.id {MERGE}", expected="0A000"),
    rule("merge_view_source", "r_MERGE.md C6", *PAIR, "create view w as select * from s", "merge into t using w on t.id = w.id when matched then delete when not matched then insert values (w.id, w.v)", expected="0A000"),
    rule("merge_same_table", "r_MERGE.md C7", *PAIR, "merge into t using t on t.id = t.id when matched then delete when not matched then insert values (1, 'a')", expected="0A000"),
    rule("merge_system_target", "r_MERGE.md C7", *PAIR, "merge into pg_class using s on pg_class.oid = s.id when matched then delete when not matched then insert values (1)", expected="42501"),
    rule("merge_duplicate_match", "r_MERGE.md C8", *PAIR, "insert into s values (2, 'BB')", f"merge into t using s on t.id = s.id {MERGE}", expected="XX000 Found multiple matches to update the same tuple."),
    rule("merge_duplicate_match_delete", "r_MERGE.md C8", *PAIR, "insert into s values (2, 'BB')", "merge into t using s on t.id = s.id when matched then delete when not matched then insert values (s.id, s.v)", expected="XX000 Found multiple matches to update the same tuple."),
    rule("merge_duplicates_inserted", "r_MERGE.md C9", *PAIR, "insert into s values (3, 'CC')", f"merge into t using s on t.id = s.id {MERGE}", "select count(*) from t where id = 3", expected=[(2,)]),
    rule("merge_null_keys_inserted", "r_MERGE.md C9", *PAIR, "insert into s values (null, 'n')", f"merge into t using s on t.id = s.id {MERGE}", "delete from s where id is not null", f"merge into t using s on t.id = s.id {MERGE}", "select count(*) from t where id is null", expected=[(2,)]),
    rule("merge_remove_duplicates", "r_MERGE web page C10", *PAIR, "insert into t values (2, 'b')", "merge into t using s on t.id = s.id remove duplicates", "select * from t order by id", expected=[(1, "a"), (2, "B"), (3, "C")]),
    rule("merge_delete_insert_pattern", "merge-replacing-existing-rows.md C15", *PAIR, "begin", "delete from t using s where t.id = s.id", "insert into t select * from s", "end", "select * from t order by id", expected=[(1, "a"), (2, "B"), (3, "C")]),
    rule("update_from_equijoin", "r_UPDATE.md D25", *PAIR, "update t set v = s.v from s where t.id = s.id", "select v from t where id = 2", expected=[("B",)]),
]

TRANSACTION_RULES = [
    rule("begin_isolation_levels", "r_BEGIN.md D2", "begin isolation level read uncommitted", "commit"),
    rule("begin_isolation_repeatable", "r_BEGIN.md D2", "begin transaction isolation level repeatable read, read write", "end"),
    rule("start_transaction", "r_BEGIN.md", "start transaction", "abort"),
    rule("truncate_commits", "r_TRUNCATE.md D3", TARGET, "insert into t values (1, 'a')", "create table u (id int)", "begin", "insert into u values (1)", "truncate t", "rollback", "select (select count(*) from t), (select count(*) from u)", expected=[(0, 1)]),
    rule("truncate_two_tables", "r_TRUNCATE.md D3", *PAIR, "truncate t, s", expected="42601"),
    rule("truncate_cascade", "r_TRUNCATE.md D3", *PAIR, "truncate t cascade", expected="42601"),
    rule("truncate_restart", "r_TRUNCATE.md D3", *PAIR, "truncate t restart identity", expected="42601"),
    rule("vacuum_in_transaction", "r_VACUUM_command.md D4", "begin", "vacuum", expected="25001 VACUUM cannot run inside a transaction block"),
    rule("create_database_in_transaction", "r_CREATE_DATABASE.md D4", "begin", "create database x", expected="25001"),
    rule("append_in_transaction", "r_ALTER_TABLE_APPEND.md D4", *PAIR, "begin", "alter table t append from s", expected="25001"),
    rule("alter_type_in_transaction", "r_ALTER_TABLE.md D4", TARGET, "begin", "alter table t alter column v type varchar(30)", expected="25001"),
    rule("savepoint", "alembic_utils#123 D5", "begin", "savepoint a", expected="0A000 SQL command"),
    rule("release_savepoint", "unsup-fn.md D5", "begin", "release savepoint a", expected="0A000 SQL command"),
    rule("rollback_to", "unsup-fn.md D5", "begin", "rollback to savepoint a", expected="0A000 SQL command"),
    rule("several_statements_simple", "redshift_connector#46 D6", TARGET, "insert into t values (1, 'a'); insert into t values (2, 'b')", "select count(*) from t", expected=[(2,)]),
    rule("several_statements_atomic", "protocol-flow D6", TARGET, "insert into t values (1, 'a'); insert into t values ('x', 'b')", expected="22P02"),
    rule("failed_transaction", "r_ROLLBACK.md", "begin", "select nothing", "select 1", expected="25P02"),
    rule("failed_transaction_vacuum", "r_ROLLBACK.md", "begin", "select nothing", "vacuum", expected="25P02"),
    rule("dialect_error_aborts", "r_ROLLBACK.md", "begin", "savepoint a", "select 1", expected="25P02"),
    rule("isolation_level_view", "c_serial_isolation.md D7", "select trim(isolation_level) from stv_db_isolation_level where db_name = 'dev'", expected=[("Snapshot Isolation",)]),
    rule("lock_outside", "r_LOCK.md D10", TARGET, "lock t", expected="25P01"),
    rule("lock_inside", "r_LOCK.md D10", *PAIR, "begin", "lock table t, s", "commit"),
    rule("ddl_transactional", "D11", "begin", TARGET, "rollback", "select * from t", expected="42P01"),
    rule("rename_swap", "D11", TARGET, "create table t2 (like t)", "begin", "alter table t rename to old_t", "alter table t2 rename to t", "commit"),
]

TABLE_RULES = [
    rule("column_attributes", "r_CREATE_TABLE_NEW.md D12", "create table x (a int identity(0, 1) not null encode raw, b varchar(max) encode lzo sortkey, c date default current_date null, d int distkey, e int unique, primary key (a))"),
    rule("generated_by_default", "r_CREATE_TABLE_NEW.md D12", "create table x (a bigint generated by default as identity(1, 1), b int)", "insert into x values (7, 1)", "insert into x (b) values (2)", "select a from x order by b", expected=[(7,), (1,)]),
    rule("table_attributes", "r_CREATE_TABLE_NEW.md D12", "create table x (a int, b int) backup no diststyle key distkey (a) interleaved sortkey (a, b)"),
    rule("encode_auto", "r_CREATE_TABLE_NEW.md D12", "create table x (a int) diststyle even sortkey auto encode auto"),
    rule("collate_sensitive", "r_CREATE_TABLE_NEW.md D12", "create table x (a varchar(3) collate case_sensitive)"),
    rule("distkey_with_even", "r_CREATE_TABLE_NEW.md D13", "create table x (a int distkey) diststyle even", expected="0A000"),
    rule("two_distkeys", "r_CREATE_TABLE_NEW.md D13", "create table x (a int distkey, b int distkey)", expected="42601"),
    rule("key_without_distkey", "r_CREATE_TABLE_NEW.md D13", "create table x (a int) diststyle key", expected="0A000"),
    rule("distkey_missing_column", "r_CREATE_TABLE_NEW.md D13", "create table x (a int) distkey (b)", expected="42703"),
    rule("interleaved_nine", "r_CREATE_TABLE_NEW.md D13", "create table x (a int, b int, c int, d int, e int, f int, g int, h int, i int) interleaved sortkey (a, b, c, d, e, f, g, h, i)", expected="54011"),
    rule("super_sortkey", "r_CREATE_TABLE_NEW.md D13", "create table x (a super sortkey)", expected="0A000"),
    rule("unknown_encoding", "c_Compression_encodings.md D13", "create table x (a int encode gzip)", expected="0A000"),
    rule("primary_key_not_enforced", "t_Defining_constraints.md D14", "create table x (a int primary key, b int unique)", "insert into x values (1, 1), (1, 1)", "select count(*) from x", expected=[(2,)]),
    rule("foreign_key_not_enforced", "t_Defining_constraints.md D14", "create table p (a int primary key)", "create table x (a int references p (a))", "insert into x values (5)"),
    rule("not_null_enforced", "t_Defining_constraints.md D14", "create table x (a int not null)", "insert into x values (null)", expected="23502 Cannot insert a NULL value into column a"),
    rule("check_refused", "django-redshift-backend#21 D15", "create table x (a int check (a > 0))", expected="0A000"),
    rule("table_check_refused", "django-redshift-backend#21 D15", "create table x (a int, check (a > 0))", expected="0A000"),
    rule("serial_refused", "node-pg-migrate#767 D15", "create table x (id serial)", expected='0A000 Column "id" has unsupported type "serial"'),
    *(rule(f"type_{kind.replace('[]', '_array')}_refused", "c_unsupported-postgresql-datatypes.md D36", f"create table x (a {kind})", expected="0A000 unsupported type") for kind in ("json", "jsonb", "uuid", "int[]", "bytea", "xml", "money", "inet", "bigserial", "hstore", "bit")),
    rule("type_unknown", "c_Supported_data_types.md", "create table x (a wibble)", expected="42704"),
    *(rule(f"create_{kind}_refused", "c_unsupported-postgresql-features.md D15", statement, expected="0A000 not supported") for kind, statement in {"index": "create index i on t (id)", "sequence": "create sequence q", "trigger": "create trigger g before insert on t execute procedure f()", "domain": "create domain d as int", "type": "create type e as enum ('a')", "tablespace": "create tablespace z location '/x'", "rule": "create rule r as on insert to t do nothing"}.items()),
    rule("inherits_refused", "c_unsupported-postgresql-features.md D15", TARGET, "create table x (a int) inherits (t)", expected="42601"),
    rule("partition_refused", "c_unsupported-postgresql-features.md D15", "create table x (a int) partition by range (a)", expected="42601"),
    rule("exclude_refused", "c_unsupported-postgresql-features.md D15", "create table x (a int, exclude using gist (a with =))", expected="42601"),
    rule("identity_type", "r_CREATE_TABLE_NEW.md D16", "create table x (a smallint identity(1, 1))", expected="0A000"),
    rule("identity_not_addable", "r_ALTER_TABLE.md D16", TARGET, "alter table t add column n int identity(1, 1)", expected="0A000"),
    rule("identity_value_refused", "r_CREATE_TABLE_NEW.md D16", "create table x (a int identity(1, 1), b int)", "insert into x (a, b) values (1, 1)", expected="0A000 cannot set an identity column to a value"),
    rule("identity_step", "r_CREATE_TABLE_NEW.md D16", "create table x (a int identity(10, 5), b int)", "insert into x (b) values (1), (2)", "select a from x order by a", expected=[(10,), (15,)]),
    rule("like_copies", "r_CREATE_TABLE_NEW.md D17", "create table p (a int not null distkey, b timestamp default getdate() sortkey, primary key (a))", "create table x (like p)", "select \"column\", distkey, sortkey, \"notnull\" from pg_table_def where tablename = 'x' order by \"column\"", expected=[("a", True, 0, True), ("b", False, 1, False)]),
    rule("like_without_defaults", "r_CREATE_TABLE_NEW.md D17", "create table p (a int, b int default 3)", "create table x (like p)", "insert into x (a) values (1)", "select b from x", expected=[(None,)]),
    rule("like_including_defaults", "r_CREATE_TABLE_NEW.md D17", "create table p (a int, b int default 3)", "create table x (like p including defaults)", "insert into x (a) values (1)", "select b from x", expected=[(3,)]),
    rule("like_without_keys", "r_CREATE_TABLE_NEW.md D17", "create table p (a int primary key)", "create table x (like p)", "select count(*) from pg_constraint c join pg_class r on r.oid = c.conrelid where r.relname = 'x'", expected=[(0,)]),
    rule("like_with_distkey", "r_CREATE_TABLE_NEW.md D17", "create table p (a int)", "create table x (like p) distkey (a)", expected="0A000"),
    rule("like_keeps_byte_length", "r_Character_types.md D17", "create table p (a varchar(5))", "create table x (like p)", "insert into x values ('ééééé')", expected="22001"),
    rule("ctas", "r_CREATE_TABLE_AS.md D18", *PAIR, "create table x distkey (id) sortkey (id) as select id, count(*) as n from t group by id", "select * from x order by id", expected=[(1, 1), (2, 1)]),
    rule("ctas_column_names", "r_CREATE_TABLE_AS.md D18", TARGET, "create table x (k, w) as (select * from t)"),
    rule("ctas_column_types", "r_CREATE_TABLE_AS.md D18", TARGET, "create table x (k int) as select id from t", expected="42601"),
    rule("ctas_if_not_exists", "r_CREATE_TABLE_AS.md D18", TARGET, "create table if not exists x as select id from t", expected="42601"),
    rule("ctas_no_not_null", "r_CREATE_TABLE_AS.md D18", "create table p (a int not null default 1)", "create table x as select * from p", "insert into x values (null)"),
    rule("temp_hash", "r_CREATE_TABLE_NEW.md D19", "create table #x (a int)", "insert into #x values (1)", "select a from #x", expected=[(1,)]),
    rule("temp_schema", "r_CREATE_TABLE_NEW.md D19", "create temp table public.x (a int)", expected="42P16"),
    rule("temp_shadows", "r_CREATE_TABLE_NEW.md D19", "create table sh (a int)", "create temp table sh (b int)", "insert into sh values (1)", "select b from sh", expected=[(1,)]),
    rule("temp_like", "r_CREATE_TABLE_NEW.md D19", TARGET, "create temp table stage (like t)", "insert into stage values (1, 'x')", "insert into t select * from stage", "select * from t", expected=[(1, "x")]),
    rule("name_128_bytes", "r_names.md D20", f"create table {'n' * 128} (a int)", expected="42622"),
    rule("name_100_bytes", "r_names.md D20", f"create table {'n' * 63} (a int)"),
    rule("add_column", "r_ALTER_TABLE.md D21", TARGET, "alter table t add column c varchar(5) default 'x' encode lzo"),
    rule("add_column_twice", "r_ALTER_TABLE.md D21", TARGET, "alter table t add column c int, add column d int", expected="42601"),
    rule("add_column_if_not_exists", "r_ALTER_TABLE.md D21", TARGET, "alter table t add column if not exists c int", expected="42601"),
    rule("add_column_not_null", "r_ALTER_TABLE.md D21", TARGET, "alter table t add column c int not null", expected="0A000"),
    rule("add_column_checks_bytes", "r_Character_types.md D21", TARGET, "alter table t add column c varchar(2)", "insert into t values (1, 'a', 'éé')", expected="22001"),
    rule("alter_type_varchar", "r_ALTER_TABLE.md D21", TARGET, "alter table t alter column v type varchar(30)", "insert into t values (1, 'aaaaaaaaaaaaaaaaaaaaaaaaa')"),
    rule("alter_type_keeps_bytes", "r_ALTER_TABLE.md D21", TARGET, "alter table t alter column v type varchar(2)", "insert into t values (1, 'éé')", expected="22001 value too long for type character varying(2)"),
    rule("alter_type_int", "r_ALTER_TABLE.md D21", TARGET, "alter table t alter column id type bigint", expected="0A000"),
    rule("alter_type_using", "r_ALTER_TABLE.md D21", TARGET, "alter table t alter column v type int using 1", expected="42601"),
    rule("alter_type_below_data", "r_ALTER_TABLE.md D21", TARGET, "insert into t values (1, 'abcdef')", "alter table t alter column v type varchar(3)", expected="0A000"),
    rule("alter_type_with_default", "r_ALTER_TABLE.md D21", "create table x (a varchar(3) default 'x')", "alter table x alter column a type varchar(5)", expected="0A000"),
    rule("alter_type_of_key", "r_ALTER_TABLE.md D21", "create table x (a varchar(3) primary key)", "alter table x alter column a type varchar(5)", expected="0A000"),
    rule("set_not_null", "r_ALTER_TABLE.md D21", TARGET, "alter table t alter column v set not null", expected="42601"),
    rule("set_default", "r_ALTER_TABLE.md D21", TARGET, "alter table t alter column v set default 'x'", expected="42601"),
    rule("drop_sortkey_column", "r_ALTER_TABLE.md D21", "create table x (a int sortkey, b int)", "alter table x drop column a", expected="0A000"),
    rule("add_primary_key_nullable", "r_ALTER_TABLE.md D21", TARGET, "alter table t add primary key (id)", expected="0A000"),
    rule("append_moves", "r_ALTER_TABLE_APPEND.md D22", *PAIR, "alter table t append from s", "select (select count(*) from t), (select count(*) from s)", expected=[(4, 0)]),
    rule("append_mismatch", "r_ALTER_TABLE_APPEND.md D22", TARGET, "create table s2 (id int)", "alter table t append from s2", expected="0A000"),
    rule("append_filltarget", "r_ALTER_TABLE_APPEND.md D22", TARGET, "create table s2 (id int)", "insert into s2 values (9)", "alter table t append from s2 filltarget", "select * from t", expected=[(9, None)]),
    rule("view_binds", "r_CREATE_VIEW.md D23", TARGET, "create view w as select * from t", "drop table t", expected="2BP01 because other objects depend on it"),
    rule("view_no_schema_binding", "r_CREATE_VIEW.md D23", TARGET, "create view w as select 1 as a from public.nowhere with no schema binding", "drop view w"),
    rule("view_unqualified_late", "r_CREATE_VIEW.md D23", TARGET, "create view w as select id from t with no schema binding", expected="0A000"),
    rule("create_or_replace_view", "r_CREATE_VIEW.md", TARGET, "create view w as select id from t", "create or replace view w as select id from t where id > 1"),
    rule("schema_quota", "r_CREATE_SCHEMA.md F11", "create schema if not exists q quota 10 gb", "drop schema q"),
    rule("schema_pg_prefix", "r_CREATE_SCHEMA.md", "create schema pg_mine", expected="42939"),
]
