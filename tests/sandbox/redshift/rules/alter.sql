-- add_column | r_ALTER_TABLE.md D21
@t
alter table t add column c varchar(5) default 'x' encode lzo
=> ok

-- add_column_twice | r_ALTER_TABLE.md D21
@t
alter table t add column c int, add column d int
=> refused 42601

-- add_column_if_not_exists | r_ALTER_TABLE.md D21
@t
alter table t add column if not exists c int
=> refused 42601

-- add_column_not_null | r_ALTER_TABLE.md D21
@t
alter table t add column c int not null
=> refused 0A000

-- add_column_checks_bytes | r_Character_types.md D21
@t
alter table t add column c varchar(2)
insert into t values (1, 'a', 'éé')
=> refused 22001

-- alter_type_varchar | r_ALTER_TABLE.md D21
@t
alter table t alter column v type varchar(30)
insert into t values (1, 'aaaaaaaaaaaaaaaaaaaaaaaaa')
=> ok

-- alter_type_keeps_bytes | r_ALTER_TABLE.md D21
@t
alter table t alter column v type varchar(2)
insert into t values (1, 'éé')
=> refused 22001 value too long for type character varying(2)

-- alter_type_int | r_ALTER_TABLE.md D21
@t
alter table t alter column id type bigint
=> refused 0A000

-- alter_type_using | r_ALTER_TABLE.md D21
@t
alter table t alter column v type int using 1
=> refused 42601

-- alter_type_below_data | r_ALTER_TABLE.md D21
@t
insert into t values (1, 'abcdef')
alter table t alter column v type varchar(3)
=> refused 0A000

-- alter_type_with_default | r_ALTER_TABLE.md D21
create table x (a varchar(3) default 'x')
alter table x alter column a type varchar(5)
=> refused 0A000

-- alter_type_of_key | r_ALTER_TABLE.md D21
create table x (a varchar(3) primary key)
alter table x alter column a type varchar(5)
=> refused 0A000

-- set_not_null | r_ALTER_TABLE.md D21
@t
alter table t alter column v set not null
=> refused 42601

-- set_default | r_ALTER_TABLE.md D21
@t
alter table t alter column v set default 'x'
=> refused 42601

-- drop_sortkey_column | r_ALTER_TABLE.md D21
create table x (a int sortkey, b int)
alter table x drop column a
=> refused 0A000

-- add_primary_key_nullable | r_ALTER_TABLE.md D21
@t
alter table t add primary key (id)
=> refused 0A000

-- append_moves | r_ALTER_TABLE_APPEND.md D22
@pair
alter table t append from s
select (select count(*) from t), (select count(*) from s)
=> rows [[4, 0]]

-- append_mismatch | r_ALTER_TABLE_APPEND.md D22
@t
create table s2 (id int)
alter table t append from s2
=> refused 0A000

-- append_filltarget | r_ALTER_TABLE_APPEND.md D22
@t
create table s2 (id int)
insert into s2 values (9)
alter table t append from s2 filltarget
select * from t
=> rows [[9, null]]
