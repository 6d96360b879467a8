-- begin_isolation_levels | r_BEGIN.md D2
begin isolation level read uncommitted
commit
=> ok

-- begin_isolation_repeatable | r_BEGIN.md D2
begin transaction isolation level repeatable read, read write
end
=> ok

-- start_transaction | r_BEGIN.md
start transaction
abort
=> ok

-- truncate_commits | r_TRUNCATE.md D3
@t
insert into t values (1, 'a')
create table u (id int)
begin
insert into u values (1)
truncate t
rollback
select (select count(*) from t), (select count(*) from u)
=> rows [[0, 1]]

-- truncate_two_tables | r_TRUNCATE.md D3
@pair
truncate t, s
=> refused 42601

-- truncate_cascade | r_TRUNCATE.md D3
@pair
truncate t cascade
=> refused 42601

-- truncate_restart | r_TRUNCATE.md D3
@pair
truncate t restart identity
=> refused 42601

-- vacuum_in_transaction | r_VACUUM_command.md D4
begin
vacuum
=> refused 25001 VACUUM cannot run inside a transaction block

-- create_database_in_transaction | r_CREATE_DATABASE.md D4
begin
create database x
=> refused 25001

-- append_in_transaction | r_ALTER_TABLE_APPEND.md D4
@pair
begin
alter table t append from s
=> refused 25001

-- alter_type_in_transaction | r_ALTER_TABLE.md D4
@t
begin
alter table t alter column v type varchar(30)
=> refused 25001

-- savepoint | alembic_utils#123 D5
begin
savepoint a
=> refused 0A000 SQL command

-- release_savepoint | unsup-fn.md D5
begin
release savepoint a
=> refused 0A000 SQL command

-- rollback_to | unsup-fn.md D5
begin
rollback to savepoint a
=> refused 0A000 SQL command

-- several_statements_simple | redshift_connector#46 D6
@t
insert into t values (1, 'a'); insert into t values (2, 'b')
select count(*) from t
=> rows [[2]]

-- several_statements_atomic | protocol-flow D6
@t
insert into t values (1, 'a'); insert into t values ('x', 'b')
=> refused 22P02

-- failed_transaction | r_ROLLBACK.md
begin
select nothing
select 1
=> refused 25P02

-- failed_transaction_vacuum | r_ROLLBACK.md
begin
select nothing
vacuum
=> refused 25P02

-- dialect_error_aborts | r_ROLLBACK.md
begin
savepoint a
select 1
=> refused 25P02

-- isolation_level_view | c_serial_isolation.md D7
select trim(isolation_level) from stv_db_isolation_level where db_name = 'dev'
=> rows [["Snapshot Isolation"]]

-- lock_outside | r_LOCK.md D10
@t
lock t
=> refused 25P01

-- lock_inside | r_LOCK.md D10
@pair
begin
lock table t, s
commit
=> ok

-- ddl_transactional | D11
begin
create table t (id int, v varchar(20))
rollback
select * from t
=> refused 42P01

-- rename_swap | D11
@t
create table t2 (like t)
begin
alter table t rename to old_t
alter table t2 rename to t
commit
=> ok
