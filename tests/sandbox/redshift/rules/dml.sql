-- insert_on_conflict | r_INSERT_30.md D24
@t
insert into t values (1, 'a') on conflict do nothing
=> refused 0A000 ON CONFLICT

-- insert_returning | r_INSERT_30.md D24
@t
insert into t values (1, 'a') returning id
=> refused 0A000 RETURNING

-- insert_multi_row | r_INSERT_30.md D24
@t
insert into t (v, id) values ('a', 1), (default, 2)
select * from t order by id
=> rows [[1, "a"], [2, null]]

-- insert_default_values | r_INSERT_30.md D24
@t
insert into t default values
=> ok

-- insert_select | r_INSERT_30.md D24
@pair
insert into t select * from s
select count(*) from t
=> rows [[4]]

-- delete_alias | sling-cli#765 D25
@t
delete from t as x where x.id = 1
=> refused 42601

-- delete_bare_alias | sling-cli#765 D25
@t
delete from t x where x.id = 1
=> refused 42601

-- delete_without_from | r_DELETE.md D25
@pair
delete t where id = 1
select count(*) from t
=> rows [[1]]

-- delete_using | r_DELETE.md D25
@pair
delete from t using s where t.id = s.id
select id from t
=> rows [[1]]

-- delete_with | r_DELETE.md D25
@pair
with x as (select id from s) delete from t using x where t.id = x.id
select id from t
=> rows [[1]]

-- update_qualified_set | r_UPDATE.md D25
@t
update t set t.v = 'x'
=> refused 42601

-- update_alias | r_UPDATE.md D25
@t
update t as x set v = 'x'
=> refused 42601

-- update_returning | r_UPDATE.md D25
@t
update t set v = 'x' returning id
=> refused 0A000

-- update_to_default | r_UPDATE.md
create table x (a int default 7, b int)
insert into x (a, b) values (1, 1)
update x set a = default where b = 1
select a from x
=> rows [[7]]

-- insert_into_view | r_CREATE_VIEW.md D23
@t
create view w as select * from t
insert into w values (1, 'a')
=> refused 0A000 cannot insert into a view

-- insert_select_into_view | r_CREATE_VIEW.md D23
@pair
create view w as select * from t
insert into w select * from s
=> refused 0A000 cannot insert into a view

-- update_view | r_CREATE_VIEW.md D23
@pair
create view w as select * from t
update w set v = 'x'
=> refused 0A000 cannot update a view

-- delete_from_view | r_CREATE_VIEW.md D23
@pair
create view w as select * from t
delete from w where id = 1
=> refused 0A000 cannot delete from a view

-- append_to_view | r_ALTER_TABLE_APPEND.md D22
@pair
create view w as select * from t
alter table w append from s
=> refused 0A000 cannot insert into a view

-- insert_into_missing_table | r_INSERT_30.md D24
insert into nowhere values (1)
=> refused 42P01
