-- engine_schema_hidden | sandbox
select rs.getdate()
=> refused 42883

-- engine_tables_hidden | sandbox
select * from rs.query_log
=> refused 3F000

-- engine_catalog_hidden | sandbox
select * from pg_catalog.pg_authid
=> refused 42P01

-- identifiers_fold_quoted | r_names.md D29
create table "Foo" ("Bar" int)
select bar from foo
=> ok

-- identifiers_case_sensitive | r_names.md D29
set enable_case_sensitive_identifier to true
create table "Foo2" (a int)
select a from foo2
=> refused 42P01

-- reserved_tag | r_pg_keywords.md D30
create table x (tag int)
=> refused 42601

-- reserved_timestamp | r_pg_keywords.md D30
create table x (timestamp int)
=> refused 42601

-- reserved_open | r_pg_keywords.md D30
create table x (open int)
=> refused 42601

-- reserved_system | r_pg_keywords.md D30
create table x (system int)
=> refused 42601

-- reserved_top | r_pg_keywords.md D30
create table x (top int)
=> refused 42601

-- reserved_verbose | r_pg_keywords.md D30
create table x (verbose int)
=> refused 42601

-- reserved_language | r_pg_keywords.md D30
create table x (language int)
=> refused 42601

-- reserved_partition | r_pg_keywords.md D30
create table x (partition int)
=> refused 42601

-- reserved_new | r_pg_keywords.md D30
create table x (new int)
=> refused 42601

-- reserved_old | r_pg_keywords.md D30
create table x (old int)
=> refused 42601

-- reserved_offset | r_pg_keywords.md D30
create table x (offset int)
=> refused 42601

-- reserved_identity | r_pg_keywords.md D30
create table x (identity int)
=> refused 42601

-- reserved_default | r_pg_keywords.md D30
create table x (default int)
=> refused 42601

-- reserved_snapshot | r_pg_keywords.md D30
create table x (snapshot int)
=> refused 42601

-- reserved_percent | r_pg_keywords.md D30
create table x (percent int)
=> refused 42601

-- reserved_quoted | r_pg_keywords.md D30
create table x ("tag" int, "timestamp" int)
select "tag", "timestamp" from x
=> ok

-- reserved_table | r_pg_keywords.md D30
create table tag (a int)
=> refused 42601

-- system_column_oid | r_CREATE_TABLE_NEW.md D30
create table x ("oid" int)
=> refused 42701

-- system_column_ctid | r_CREATE_TABLE_NEW.md D30
create table x ("ctid" int)
=> refused 42701

-- system_column_xmin | r_CREATE_TABLE_NEW.md D30
create table x ("xmin" int)
=> refused 42701

-- backslash_escape | r_patternmatching_condition_like.md D31
select len('a\\b'), 'it\'s', 'a\tb'
=> rows [[3, "it's", "a\tb"]]

-- reserved_quoted_behind_schema | r_pg_keywords.md D30
create table r."order" ("select" int)
create table if not exists "r"."order" ("select" int)
insert into r."order" values (1)
insert into r."order" ("select") select "select" + 1 from r."order"
update r."order" set "select" = 3 where r."order"."select" = 2
delete from r."order" where "select" = 1
create table r."group" (like r."order")
create view r."user" as select "order"."select" from r."order"
comment on column r."order"."select" is 'x'
alter table r."order" add column "end" int
alter table r."group" rename to "table"
truncate r."table"
drop table r."table"
select "user"."select" from r."user"
=> rows [[3]]

-- reserved_bare_behind_quoted_schema | r_pg_keywords.md D30
create table "r".order (a int)
=> refused 42601

-- reserved_bare_behind_schema_in_query | r_pg_keywords.md D30
create table r."order" (a int)
select * from "r".order
=> refused 42601

-- reserved_temporary_quoted | r_pg_keywords.md D30
create temp table "order" (a int)
select count(*) from "order"
=> rows [[0]]

-- system_column_xmin_read | r_CREATE_TABLE_NEW.md D30
@t
select xmin from t
=> refused 42703

-- system_column_ctid_read | r_CREATE_TABLE_NEW.md D30
@t
select t.ctid from t
=> refused 42703

-- system_column_tableoid_in_where | r_CREATE_TABLE_NEW.md D30
@t
delete from t where tableoid = 1
=> refused 42703
