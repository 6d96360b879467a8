-- version | E1
select version() like 'PostgreSQL 8.0.2 %Redshift 1.0.%'
=> rows [[true]]

-- version_qualified | S E11
select pg_catalog.version() like '%Redshift%'
=> rows [[true]]

-- current_schema | S E11
set search_path to public
select current_schema()
=> rows [["public"]]

-- table_def_search_path | r_PG_TABLE_DEF.md E2
create schema if not exists far
create table far.only_there (a int)
select count(*) from pg_table_def where tablename = 'only_there'
=> rows [[0]]

-- table_def_interleaved | r_PG_TABLE_DEF.md E2
create table x (a int, b int) interleaved sortkey (a, b)
select "column", sortkey from pg_table_def where tablename = 'x' order by 1
=> rows [["a", 1], ["b", -2]]

-- table_info_omits_empty | r_SVV_TABLE_INFO.md E3
@t
select count(*) from svv_table_info where "table" = 't' and schema = current_schema()
=> rows [[0]]

-- table_info_diststyle | r_SVV_TABLE_INFO.md E3
create table x (a int distkey)
insert into x values (1)
select diststyle from svv_table_info where "table" = 'x'
=> rows [["KEY(a)"]]

-- svv_tables | r_SVV_TABLES.md E4
@t
select table_type from svv_tables where table_name = 't' and table_schema = 'r'
=> rows [["BASE TABLE"]]

-- svv_columns | r_SVV_COLUMNS.md E4
@t
select data_type, character_maximum_length from svv_columns where table_name = 't' and table_schema = 'r' and column_name = 'v'
=> rows [["character varying", 20]]

-- stv_recents | r_STV_RECENTS.md E5
select count(*) > 0 from stv_recents where status = 'Running' and query like '%stv_recents%'
=> rows [[true]]

-- statementtext_keeps_tag | r_SVL_STATEMENTTEXT.md E6
/* tag-e6 */ select 6
select count(*) > 0 from svl_statementtext where text like '/* tag-e6 */ select 6%'
=> rows [[true]]

-- stl_query | r_STL_QUERY.md
/* tag-q */ select 7
select aborted from stl_query where querytxt like '/* tag-q */%' limit 1
=> rows [[0]]

-- query_history_rows | SYS_QUERY_HISTORY
/* tag-h */ select 1 union all select 2
select trim(status), returned_rows from sys_query_history where query_text like '/* tag-h */%' limit 1
=> rows [["success", 2]]

-- query_history_error | SYS_QUERY_HISTORY
@t
select trim(status) from sys_query_history where query_text = 'x'
=> rows []

-- pg_user | pg_user_info.md E8
select passwd, usesuper from pg_user where usename = 'awsuser'
=> rows [["********", true]]

-- pg_group | pg_user_info.md E8
create group readers
select count(*) from pg_group where groname = 'readers'
drop group readers
=> ok

-- has_table_privilege | r_HAS_TABLE_PRIVILEGE.md E9
@t
select has_table_privilege('t', 'select')
=> rows [[true]]

-- has_table_privilege_with_table | r_HAS_TABLE_PRIVILEGE.md E9
@pair
select has_table_privilege('t', 'select') from t
=> refused 0A000

-- cancel_unknown | r_CANCEL.md E10
cancel 999999
=> ok

-- hstore_probe | S E11
SELECT t.oid, NULL FROM pg_type t JOIN pg_namespace ns ON typnamespace = ns.oid WHERE typname = 'hstore'
=> rows []

-- show_isolation | S E11
show transaction isolation level
=> rows [["serializable"]]

-- set_query_group | cm_chap_ConfigurationRef.md E14
set query_group to 'loads'
show query_group
=> rows [["loads"]]

-- set_enable_result_cache_for_session | cm_chap_ConfigurationRef.md E14
set enable_result_cache_for_session to off
show enable_result_cache_for_session
=> rows [["off"]]

-- set_statement_timeout | cm_chap_ConfigurationRef.md E14
set statement_timeout to 60000
show statement_timeout
=> rows [["1min"]]

-- set_timezone | cm_chap_ConfigurationRef.md E14
set timezone to 'UTC'
show timezone
=> rows [["UTC"]]

-- set_wlm_query_slot_count | cm_chap_ConfigurationRef.md E14
set wlm_query_slot_count to 3
show wlm_query_slot_count
=> rows [["3"]]

-- set_json_serialization_enable | cm_chap_ConfigurationRef.md E14
set json_serialization_enable to true
show json_serialization_enable
=> rows [["on"]]

-- set_error_on_nondeterministic_update | cm_chap_ConfigurationRef.md E14
set error_on_nondeterministic_update to true
show error_on_nondeterministic_update
=> rows [["on"]]

-- set_extra_float_digits | cm_chap_ConfigurationRef.md E14
set extra_float_digits to 0
show extra_float_digits
=> rows [["0"]]

-- set_search_path | cm_chap_ConfigurationRef.md E14
set search_path to public, pg_temp_1
show search_path
=> rows [["public, pg_temp_1"]]

-- set_unknown | r_SET.md
set wibble to 1
=> refused 42704 unrecognized configuration parameter "wibble"

-- set_engine_parameter | r_SET.md
set work_mem to '1GB'
=> refused 42704

-- reset_query_group | r_RESET.md
set query_group to 'x'
reset query_group
show query_group
=> rows [["unset"]]

-- last_copy_defaults | PG_LAST_COPY_COUNT.md A61
select pg_last_copy_count(), pg_last_copy_id(), pg_last_unload_count()
=> rows [[0, -1, 0]]

-- vacuum_forms | r_VACUUM_command.md
@t
vacuum delete only t to 75 percent
vacuum sort only t
vacuum reindex t
vacuum full t boost
=> ok

-- vacuum_analyze | r_VACUUM_command.md
@t
vacuum analyze t
=> refused 42601

-- analyze_forms | r_ANALYZE.md
@t
analyze t (id)
analyze verbose t
analyze t predicate columns
=> ok

-- comment | r_COMMENT.md
@t
comment on table t is 'orders'
comment on column t.id is 'key'
select remarks from svv_tables where table_name = 't' and table_schema = 'r'
=> rows [["orders"]]

-- operator_qualified | psql 15
select count(*) from pg_class where relname operator(pg_catalog.~) '^pg_x$'
=> rows [[0]]

-- operator_qualified_elsewhere | sandbox
select 1 operator(public.+) 1
=> refused 42883

-- late_binding_columns_once | E12
@t
create view r.late as select id, v from r.t with no schema binding
select count(*) from pg_attribute where attrelid = 'r.late'::regclass::oid and attnum > 0
=> rows [[0]]

-- late_binding_definition_is_the_statement | amazon-redshift-utils v_generate_view_ddl.sql
@t
create or replace view r.late as select id, 'it''s' as v from r.t with no schema binding
select definition from pg_views where viewname = 'late'
=> rows [["create view \"r\".\"late\" as select id , 'it''s' as v from r . t with no schema binding;"]]
