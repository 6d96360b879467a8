-- merge_both_branches | r_MERGE.md C1
@pair
merge into t using s on t.id = s.id when matched then update set v = s.v when not matched then insert values (s.id, s.v)
select * from t order by id
=> rows [[1, "a"], [2, "B"], [3, "C"]]

-- merge_source_alias | r_MERGE.md C1
@pair
merge into t using s as x on t.id = x.id when matched then delete when not matched then insert (id) values (x.id)
=> ok

-- merge_schema_in_on | sqlflow_public#88 C2
@pair
create schema if not exists m
create table m.t (id int, v varchar(20))
merge into m.t using s on m.t.id = s.id when matched then update set v = s.v when not matched then insert values (s.id, s.v)
drop schema m cascade
=> ok

-- merge_target_as_alias | SQLMesh#3607 C2
@pair
merge into t as x using s on x.id = s.id when matched then update set v = s.v when not matched then insert values (s.id, s.v)
=> refused 42601

-- merge_target_alias | SQLMesh#3607 C2
@pair
merge into t x using s on x.id = s.id when matched then update set v = s.v when not matched then insert values (s.id, s.v)
=> refused 42601

-- merge_matched_only | jOOQ#18351 C3
@pair
merge into t using s on t.id = s.id when matched then update set v = s.v
=> refused 0A000 MERGE statement with a single WHEN clause is not enabled.

-- merge_missing_only | jOOQ#18351 C3
@pair
merge into t using s on t.id = s.id when not matched then insert values (s.id, s.v)
=> refused 0A000 MERGE statement with a single WHEN clause is not enabled.

-- merge_wrong_order | r_MERGE.md C3
@pair
merge into t using s on t.id = s.id when not matched then insert values (s.id, s.v) when matched then delete
=> refused 42601

-- merge_condition | r_MERGE.md C4
@pair
merge into t using s on t.id = s.id when matched and s.v = 'x' then delete when not matched then insert values (1, 'a')
=> refused 42601

-- merge_three_branches | r_MERGE.md C4
@pair
merge into t using s on t.id = s.id when matched then delete when matched then update set v = 'x' when not matched then insert values (1, 'a')
=> refused 42601

-- merge_do_nothing | r_MERGE.md C4
@pair
merge into t using s on t.id = s.id when matched then do nothing when not matched then insert values (1, 'a')
=> refused 42601

-- merge_not_matched_by_source | r_MERGE.md C4
@pair
merge into t using s on t.id = s.id when matched then delete when not matched by source then delete
=> refused 42601

-- merge_returning | r_MERGE.md C4
@pair
merge into t using s on t.id = s.id when matched then update set v = s.v when not matched then insert values (s.id, s.v) returning *
=> refused 0A000 RETURNING

-- merge_default_values | r_MERGE.md C4
@pair
merge into t using s on t.id = s.id when matched then delete when not matched then insert default values
=> refused 42601

-- merge_with_in_front | r_MERGE.md C4
@pair
with x as (select 1) merge into t using s on t.id = s.id when matched then update set v = s.v when not matched then insert values (s.id, s.v)
=> refused 0A000

-- merge_qualified_set | r_MERGE.md C5
@pair
merge into t using s on t.id = s.id when matched then update set t.v = s.v when not matched then insert values (1, 'a')
=> refused 42601

-- merge_qualified_insert | r_MERGE.md C5
@pair
merge into t using s on t.id = s.id when matched then delete when not matched then insert (t.id) values (1)
=> refused 42601

-- merge_subquery_source | r_MERGE.md C6
@pair
merge into t using (select * from s) s on t.id = s.id when matched then update set v = s.v when not matched then insert values (s.id, s.v)
=> refused 0A000

-- merge_view_source | r_MERGE.md C6
@pair
create view w as select * from s
merge into t using w on t.id = w.id when matched then delete when not matched then insert values (w.id, w.v)
=> refused 0A000

-- merge_same_table | r_MERGE.md C7
@pair
merge into t using t on t.id = t.id when matched then delete when not matched then insert values (1, 'a')
=> refused 0A000

-- merge_system_target | r_MERGE.md C7
@pair
merge into pg_class using s on pg_class.oid = s.id when matched then delete when not matched then insert values (1)
=> refused 42501

-- merge_duplicate_match | r_MERGE.md C8
@pair
insert into s values (2, 'BB')
merge into t using s on t.id = s.id when matched then update set v = s.v when not matched then insert values (s.id, s.v)
=> refused XX000 Found multiple matches to update the same tuple.

-- merge_duplicate_match_delete | r_MERGE.md C8
@pair
insert into s values (2, 'BB')
merge into t using s on t.id = s.id when matched then delete when not matched then insert values (s.id, s.v)
=> refused XX000 Found multiple matches to update the same tuple.

-- merge_duplicates_inserted | r_MERGE.md C9
@pair
insert into s values (3, 'CC')
merge into t using s on t.id = s.id when matched then update set v = s.v when not matched then insert values (s.id, s.v)
select count(*) from t where id = 3
=> rows [[2]]

-- merge_null_keys_inserted | r_MERGE.md C9
@pair
insert into s values (null, 'n')
merge into t using s on t.id = s.id when matched then update set v = s.v when not matched then insert values (s.id, s.v)
delete from s where id is not null
merge into t using s on t.id = s.id when matched then update set v = s.v when not matched then insert values (s.id, s.v)
select count(*) from t where id is null
=> rows [[2]]

-- merge_remove_duplicates | r_MERGE web page C10
@pair
insert into t values (2, 'b')
merge into t using s on t.id = s.id remove duplicates
select * from t order by id
=> rows [[1, "a"], [2, "B"], [3, "C"]]

-- merge_delete_insert_pattern | merge-replacing-existing-rows.md C15
@pair
begin
delete from t using s where t.id = s.id
insert into t select * from s
end
select * from t order by id
=> rows [[1, "a"], [2, "B"], [3, "C"]]

-- update_from_equijoin | r_UPDATE.md D25
@pair
update t set v = s.v from s where t.id = s.id
select v from t where id = 2
=> rows [["B"]]

-- merge_view_target | r_MERGE.md C7
@pair
create view w as select * from t
merge into w using s on w.id = s.id when matched then update set v = s.v when not matched then insert values (s.id, s.v)
=> refused 0A000 cannot merge into a view

-- merge_remove_duplicates_view_target | r_MERGE.md C7
@pair
create view w as select * from t
merge into w using s on w.id = s.id remove duplicates
=> refused 0A000 cannot merge into a view

-- merge_on_two_equalities | r_MERGE.md C5
@pair
merge into t using s on (s.id = t.id and (t.v = s.v)) when matched then update set v = s.v when not matched then insert values (s.id, s.v)
select count(*) from t
=> rows [[4]]

-- merge_on_bare_columns | r_MERGE.md C5
@pair
create table u (key int, w varchar(20))
merge into t using u on id = key when matched then update set v = w when not matched then insert values (key, w)
=> ok

-- merge_on_bare_columns_of_one_side | r_MERGE.md C5
@pair
create table u (key int, w int)
merge into t using u on key = w when matched then delete when not matched then insert values (key, 'x')
=> refused 0A000 MERGE ON

-- merge_on_inequality | r_MERGE.md C5
@pair
merge into t using s on t.id > s.id when matched then update set v = s.v when not matched then insert values (s.id, s.v)
=> refused 0A000 MERGE ON

-- merge_on_constant | r_MERGE.md C5
@pair
merge into t using s on t.id = s.id and t.v = 'a' when matched then update set v = s.v when not matched then insert values (s.id, s.v)
=> refused 0A000 MERGE ON

-- merge_on_true | r_MERGE.md C5
@pair
merge into t using s on true when matched then update set v = s.v when not matched then insert values (s.id, s.v)
=> refused 0A000 MERGE ON

-- merge_on_or | r_MERGE.md C5
@pair
merge into t using s on t.id = s.id or t.v = s.v when matched then update set v = s.v when not matched then insert values (s.id, s.v)
=> refused 0A000 MERGE ON

-- merge_on_expression | r_MERGE.md C5
@pair
merge into t using s on t.id = s.id + 1 when matched then update set v = s.v when not matched then insert values (s.id, s.v)
=> refused 0A000 MERGE ON

-- merge_on_target_only | r_MERGE.md C5
@pair
merge into t using s on t.id = t.id when matched then update set v = s.v when not matched then insert values (s.id, s.v)
=> refused 0A000 MERGE ON

-- merge_on_subquery | r_MERGE.md C5
@pair
merge into t using s on t.id = (select max(id) from s) when matched then update set v = s.v when not matched then insert values (s.id, s.v)
=> refused 0A000 MERGE ON

-- merge_remove_duplicates_on_inequality | r_MERGE web page C10
@pair
merge into t using s on t.id > s.id remove duplicates
=> refused 0A000 MERGE ON

-- merge_remove_duplicates_schema_in_on | r_MERGE web page C10
@pair
merge into r.t using r.s on r.t.id = r.s.id remove duplicates
select * from t order by id
=> rows [[1, "a"], [2, "B"], [3, "C"]]

-- merge_temporary_source | r_MERGE.md C6
@pair
create temp table #s (like s)
insert into #s select * from s
merge into r.t using #s on r.t.id = #s.id and t.v = #s.v when matched then update set v = #s.v when not matched then insert values (#s.id, #s.v)
select count(*) from t
=> rows [[4]]
