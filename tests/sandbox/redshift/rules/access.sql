-- user_without_password | r_CREATE_USER.md F1
create user u1
=> refused 42601

-- user_password_disable | r_CREATE_USER.md F1
create user u2 password disable
drop user u2
=> ok

-- user_options | r_CREATE_USER.md F1
create group g1
create user u3 with password 'Abcdefg1' createdb syslog access unrestricted in group g1 valid until '2030-01-01' connection limit 5
drop user u3
drop group g1
=> ok

-- user_createuser_is_super | r_CREATE_USER.md F1
create user u4 createuser password 'Abcdefg1'
select usesuper from pg_user where usename = 'u4'
=> rows [[true]]

-- password_short | r_CREATE_USER.md F2
create user u5 password 'Abc1'
=> refused 22023

-- password_no_upper | r_CREATE_USER.md F2
create user u5 password 'abcdefg1'
=> refused 22023

-- password_no_lower | r_CREATE_USER.md F2
create user u5 password 'ABCDEFG1'
=> refused 22023

-- password_no_digit | r_CREATE_USER.md F2
create user u5 password 'Abcdefgh'
=> refused 22023

-- password_at_sign | r_CREATE_USER.md F2
create user u5 password 'Abcdefg1@'
=> refused 22023

-- password_long | r_CREATE_USER.md F2
create user u5 password 'Ab1xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'
=> refused 22023

-- password_md5 | r_CREATE_USER.md F1
create user u6 password 'md5153c434b4b77c89e6b94f12c5393af5b'
drop user u6
=> ok

-- group_reserved | r_CREATE_GROUP.md F4
create group __x
=> refused 42939

-- drop_user_owner | r_DROP_USER.md F5
create user u7 password 'Abcdefg1'
create table t (id int, v varchar(20))
alter table t owner to u7
drop user u7
=> refused 55006 user "u7" can't be dropped because the user owns some object

-- drop_user_privilege | r_DROP_USER.md F5
create user u8 password 'Abcdefg1'
create table t (id int, v varchar(20))
grant select on t to u8
drop user u8
=> refused 55006 user "u8" can't be dropped because the user has a privilege on some object

-- grant_group_keyword | r_GRANT.md F6
create group g2
create table t (id int, v varchar(20))
grant select on t to g2
=> refused 42704 user "g2" does not exist

-- grant_group | r_GRANT.md F6
create group g3
create table t (id int, v varchar(20))
grant select, insert on t to group g3
revoke all on t from group g3
drop group g3
=> ok

-- grant_option_group | r_GRANT.md F6
create group g4
create table t (id int, v varchar(20))
grant select on t to group g4 with grant option
=> refused 0LP01

-- grant_public | r_GRANT.md F6
@t
grant select on t to public
=> ok

-- grant_all_tables | r_GRANT.md F7
@t
grant select on all tables in schema public to public
=> ok

-- grant_schema | r_GRANT.md F7
create schema if not exists far
grant usage on schema far to public
=> ok

-- grant_role_unknown | sandbox
@t
grant select on t to role r
=> refused 0A000

-- default_privileges | r_ALTER_DEFAULT_PRIVILEGES.md F8
create group g5
alter default privileges in schema public grant select on tables to group g5
alter default privileges in schema public revoke select on tables from group g5
drop group g5
=> ok
