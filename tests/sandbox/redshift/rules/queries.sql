-- is_distinct_from | unsup-feat.md D26
@pair
select id is distinct from 1 from t
=> refused 0A000

-- arrays | unsup-feat.md D26
@pair
select array[id] from t
=> refused 0A000

-- lateral | unsup-feat.md D26
@pair
select * from t, lateral (select 1) x
=> refused 0A000

-- distinct_on | D26
@pair
select distinct on (id) v from t
=> refused 0A000

-- filter | D26
@pair
select count(*) filter (where id = 1) from t
=> refused 0A000

-- values_as_table | unsup-feat.md D26
select * from (values (1)) as x (a)
=> refused 0A000

-- row_constructor | unsup-feat.md D26
@pair
select row(id, v) from t
=> refused 42

-- for_update | unsup-feat.md
@pair
select * from t for update
=> refused 0A000

-- tablesample | unsup-feat.md
@pair
select * from t tablesample system (1)
=> refused 0A000

-- function_string_agg_missing | unsup-fn.md D26
@pair
select string_agg(v, ',') from t
=> refused 42883

-- function_array_agg_missing | unsup-fn.md D26
@pair
select array_agg(v) from t
=> refused 42883

-- function_regexp_matches_missing | unsup-fn.md D26
@pair
select regexp_matches(v, 'a') from t
=> refused 42883

-- function_regexp_split_to_array_missing | unsup-fn.md D26
@pair
select regexp_split_to_array(v, 'a') from t
=> refused 42883

-- function_format_missing | unsup-fn.md D26
@pair
select format('%s', v) from t
=> refused 42883

-- function_encode_missing | unsup-fn.md D26
@pair
select encode(v, 'hex') from t
=> refused 42883

-- function_pg_sleep_missing | unsup-fn.md D26
@pair
select pg_sleep(1) from t
=> refused 42883

-- function_clock_timestamp_missing | unsup-fn.md D26
@pair
select clock_timestamp() from t
=> refused 42883

-- function_pg_advisory_lock_missing | unsup-fn.md D26
@pair
select pg_advisory_lock(1) from t
=> refused 42883

-- function_nextval_missing | unsup-fn.md D26
@pair
select nextval('x') from t
=> refused 42883

-- function_to_tsvector_missing | unsup-fn.md D26
@pair
select to_tsvector(v) from t
=> refused 42883

-- function_pg_read_file_missing | unsup-fn.md D26
@pair
select pg_read_file('/etc/passwd') from t
=> refused 42883

-- function_gen_random_uuid_missing | unsup-fn.md D26
@pair
select gen_random_uuid() from t
=> refused 42883

-- function_query_to_xml_missing | unsup-fn.md D26
@pair
select query_to_xml('select 1', true, true, '') from t
=> refused 42883

-- function_wibble_missing | unsup-fn.md D26
@pair
select wibble(1) from t
=> refused 42883

-- leader_generate_series | c_sql-functions-leader-node.md D27
select generate_series(1, 2)
=> rows [[1], [2]]

-- leader_with_table | c_sql-functions-leader-node.md D27
@pair
select id, generate_series(1, 2) from t
=> refused 0A000 Specified types or functions (one per INFO message) not supported on Redshift tables.

-- leader_now_insert | c_sql-functions-leader-node.md D27
create table x (a timestamp)
insert into x select now()
=> refused 0A000 Specified types or functions

-- compute_without_table | r_LISTAGG.md D27
select listagg('a', ',')
=> refused 0A000 One or more of the used functions must be applied on at least one user created table.

-- median | r_MEDIAN.md D28
@pair
select median(id) from t
=> rows [[1.5]]

-- approximate_count | c_SQL_functions.md D28
@pair
select approximate count(distinct v) from t
=> rows [[2]]

-- nvl_nvl2_decode | c_SQL_functions.md D28
select nvl(null, 2), nvl2(null, 1, 2), decode(null, null, 'n', 'x'), decode(3, 1, 'a', 'z')
=> rows [[2, 2, "n", "z"]]

-- top | r_SELECT_list.md D5
@pair
select top 1 id from t order by id
=> rows [[1]]

-- minus | r_UNION.md D5
select 1 minus select 1
=> rows []

-- qualify | r_QUALIFY_clause.md D5
@pair
select id from t qualify row_number() over (order by id desc) = 1
=> rows [[2]]

-- pivot_is_not_known | r_FROM_clause-pivot-unpivot-examples.md D5
@pair
select * from t pivot (count(id) for v in ('a', 'b'))
=> refused 0A000 PIVOT and UNPIVOT are not known to the sandbox

-- unpivot_is_not_known | r_FROM_clause-pivot-unpivot-examples.md D5
@pair
select * from t unpivot (n for c in (id))
=> refused 0A000 PIVOT and UNPIVOT are not known to the sandbox

-- where_one | S D5
@pair
select count(*) from t where 1
=> rows [[2]]

-- lateral_alias | whats-new lateral column alias D5
select 2 as a, a + 1 as b, a * b as c
=> rows [[2, 3, 6]]

-- lateral_alias_column_wins | whats-new lateral column alias D5
@pair
select id + 10 as id, id as same from t order by 2
=> rows [[11, 1], [12, 2]]

-- lateral_alias_where | S D5
@pair
select id * 2 as twice from t where twice = 4
=> rows [[4]]

-- nulls_last | c_collation_sequences.md D33
@pair
insert into t values (null, 'n')
select id from t order by id
=> rows [[1], [2], [null]]

-- is_true_in_list | r_Boolean_type.md D37
create table x (a bool)
select a is true from x
=> refused 0A000

-- is_true_in_where | r_Boolean_type.md D37
create table x (a bool)
select count(*) from x where a is true
=> rows [[0]]

-- window_needs_frame | r_Window_function_synopsis.md
@pair
select sum(id) over (order by id) from t
=> refused 0A000 Aggregate window functions with an ORDER BY clause require a frame clause

-- window_with_frame | r_Window_function_synopsis.md
@pair
select sum(id) over (order by id rows unbounded preceding), avg(id) over (partition by v) from t order by 1
=> rows [[1, 1], [3, 2]]

-- with_recursive | r_WITH_clause.md
with recursive n (i) as (select 1 union all select i + 1 from n where i < 3) select max(i) from n
=> rows [[3]]

-- tag_comment | D5
/* orders:mart.orders:2025-01-01 */ /* note */  select 1
=> rows [[1]]

-- nested_comment | lexical structure
select /* a /* b */ c */ 1
=> rows [[1]]

-- select_into_temp | r_SELECT_INTO.md
@pair
select id into #n from t
select count(*) from #n
=> rows [[2]]

-- cursor_outside | declare.md D45
declare c cursor for select 1
=> refused 25P01

-- cursor_inside | declare.md D45
begin
declare c cursor for select 1 as a
fetch forward 5 from c
=> rows [[1]]

-- union_all | r_UNION.md
select 1 as a union all select 2 order by a
=> rows [[1], [2]]

-- do_block | unsup-feat.md
do $$ begin null; end $$
=> refused 0A000

-- listen | unsup-feat.md
listen x
=> refused 0A000

-- unknown_command | r_SQL_commands.md
frobnicate the table
=> refused 42601 syntax error at or near "frobnicate"

-- create_function | sandbox
create function f() returns int as $$ select 1 $$ language sql
=> refused 0A000

-- pair_in_subquery | r_in_condition.md
@pair
select id from t where (id, v) in (select 1, 'a')
=> rows [[1]]

-- row_constructor_bare | unsup-feat.md D26
select (1, 2)
=> refused 0A000

-- pairs_compared | S E12
@pair
select id from t where (id, v) = (1, 'a')
=> rows [[1]]

-- row_constructor_in_function | unsup-feat.md D26
@pair
select count((id, v)) from t
=> refused 0A000

-- pair_in_list | r_in_condition.md
@pair
select id from t where (id, v) in ((1, 'a'), (2, 'x'))
=> rows [[1]]

-- grouping_sets | r_GROUP_BY_aggregation-extensions.md
@pair
select count(*) from t group by grouping sets ((id, v), ())
=> ok

-- whole_row | unsup-feat.md D26
@pair
select t from t
=> refused 0A000

-- whole_row_of_alias | unsup-feat.md D26
@pair
select count(x) from t as x
=> refused 0A000

-- whole_row_field | unsup-feat.md D26
@pair
select (t).id from t
=> refused 0A000

-- column_named_as_its_table | r_names.md
create table x (x int)
insert into x values (1)
select x, count(x) from x group by x order by x
=> rows [[1, 1]]

-- alias_named_as_a_table | r_ORDER_BY_clause.md
@pair
select id as t from t order by t
=> rows [[1], [2]]

-- window_groups_frame | r_Window_function_synopsis.md
@pair
select sum(id) over (order by id groups 1 preceding) from t
=> refused 0A000 GROUPS

-- cursor_second | declare.md D45
begin
declare c cursor for select 1
declare d cursor for select 2
=> refused 0A000

-- cursor_after_close | declare.md D45
begin
declare c cursor for select 1
close c
declare d cursor for select 2 as a
fetch next from d
=> rows [[2]]

-- nesting_too_deep | sandbox
select ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))
=> refused 54001

-- date_part_named_as_a_table | r_DATEADD_function.md D40
create table day (at timestamp)
select dateadd(day, 1, at), extract(day from at) from day
=> rows []

-- leader_function_as_a_table | c_sql-functions-leader-node.md D27
select n from generate_series(1, 2) as n
=> rows [[1], [2]]
