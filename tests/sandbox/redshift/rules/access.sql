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

-- alter_database_owner | r_ALTER_DATABASE.md
create user u9 password 'Abcdefg1'
alter database dev owner to u9
alter database dev owner to awsuser
drop user u9
select u.usename from pg_database d join pg_user u on u.usesysid = d.datdba where d.datname = 'dev'
=> rows [["awsuser"]]

-- schema_acl_names_groups | PG_NAMESPACE, v_get_schema_priv_by_user of amazon-redshift-utils
create group g6
create schema if not exists near
grant usage on schema near to group g6
grant usage, create on schema near to public
select array_to_string(nspacl, ',') from pg_namespace where nspname = 'near'
revoke usage on schema near from group g6
drop group g6
select array_to_string(nspacl, ',') from pg_namespace where nspname = 'near'
=> rows [["awsuser=UC/awsuser,=UC/awsuser"]]

-- table_acl_of_group | PG_CLASS, v_get_tbl_priv_by_group of amazon-redshift-utils
create group g7
create table t (id int, v varchar(20))
grant select, insert on t to group g7
select split_part(array_to_string(relacl, ','), ',', 2) from pg_class where relname = 't' and relnamespace = (select oid from pg_namespace where nspname = 'r')
=> rows [["group g7=ar/awsuser"]]

-- default_acl | PG_DEFAULT_ACL.md
create group g8
create user u10 password 'Abcdefg1'
alter default privileges for user u10 in schema public grant select on tables to group g8
select u.usename, n.nspname, d.defaclobjtype, array_to_string(d.defaclacl, ',') from pg_default_acl d join pg_user u on u.usesysid = d.defacluser join pg_namespace n on n.oid = d.defaclnamespace where u.usename = 'u10'
=> rows [["u10", "public", "r", "group g8=r/u10"]]

-- group_members | PG_GROUP
create user u11 password 'Abcdefg1'
create group g9 with user u11
select g.groname, u.usename from pg_group g join pg_user u on u.usesysid = any(g.grolist) where g.groname = 'g9'
=> rows [["g9", "u11"]]

-- session_authorization | r_SET_SESSION_AUTHORIZATION.md
create user u12 password 'Abcdefg1'
set session authorization u12
select current_user
=> rows [["u12"]]

-- session_authorization_text_and_default | r_SET_SESSION_AUTHORIZATION.md
create user u13 password 'Abcdefg1'
set session authorization 'u13'
set session authorization default
select current_user, session_user
=> rows [["awsuser", "awsuser"]]

-- session_authorization_unknown | r_SET_SESSION_AUTHORIZATION.md
set session authorization nobody_of_that_name
=> refused 42704 user "nobody_of_that_name" does not exist
