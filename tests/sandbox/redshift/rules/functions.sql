-- concat_two | r_CONCAT.md D38
select concat('a', 'b'), concat('a', null)
=> rows [["ab", null]]

-- concat_three | r_CONCAT.md D38
select concat('a', 'b', 'c')
=> refused 42883

-- getdate_type | Date_functions_header.md D39
select left(getdate(), 2), left(sysdate, 2)
=> rows [["20", "20"]]

-- sysdate_is_transaction_start | r_SYSDATE.md D39
begin
create table x as select sysdate as a
select count(*) from x where a = sysdate
=> rows [[1]]

-- datediff_boundaries | r_DATEDIFF_function.md D40
select datediff(year, '2019-12-31', '2020-01-01'), datediff(day, '2025-01-01 23:59', '2025-01-02 00:01'), datediff(qtr, '1998-07-01', '2025-01-01'), datediff('hour', '2025-01-01 00:59', '2025-01-01 01:00')
=> rows [[1, 1, 106, 1]]

-- dateadd_of_date | r_DATEADD_function.md D40
select dateadd(day, 1, '2025-01-31'::date)::varchar, dateadd(month, 1, '2025-01-31'::date)::varchar
=> rows [["2025-02-01 00:00:00", "2025-02-28 00:00:00"]]

-- dateadd_m_is_minutes | r_DATEADD_function.md D40
select dateadd(m, 90, '2025-01-01')::varchar
=> rows [["2025-01-01 01:30:00"]]

-- dateadd_unknown_part | r_Dateparts_for_datetime_functions.md D40
select dateadd(fortnight, 1, '2025-01-01')
=> refused 22023

-- add_months_keeps_end | r_ADD_MONTHS.md D40
select add_months('2025-02-28', 1)::varchar
=> rows [["2025-03-31 00:00:00"]]

-- date_part | r_DATE_PART_function.md
select date_part(year, '2025-03-04'::timestamp), date_part('dow', '2025-03-04'::date), extract(epoch from '1970-01-02'::timestamp)
=> rows [[2025, 2, 86400]]

-- date_trunc_of_date | r_DATE_TRUNC.md
select date_trunc('month', '2025-03-04'::date)::varchar
=> rows [["2025-03-01 00:00:00"]]

-- last_day | r_LAST_DAY.md
select last_day('2024-02-03')::varchar
=> rows [["2024-02-29"]]

-- listagg | r_LISTAGG.md D41
@pair
select listagg(v, ',') within group (order by id desc), listagg(distinct v) from t
=> rows [["b,a", "ab"]]

-- listagg_limit | r_LISTAGG.md D41
create table x (a varchar(max))
insert into x values (repeat('x', 60000)), (repeat('x', 60000))
select listagg(a) from x
=> refused XX000 Result size exceeds LISTAGG limit

-- lengths | r_LEN.md D41
select len('éé'), length('éé'), octet_length('éé'), len('a '), len('a '::char(5))
=> rows [[2, 2, 4, 2, 1]]

-- integer_division | r_numeric_computations201.md D42
select 7 / 2
=> rows [[3]]

-- avg_of_integers | r_AVG.md D42
@pair
select avg(id), avg(id::bigint) from t
=> rows [[1, 1]]

-- sum_of_bigint | r_SUM.md D42
@pair
create table x as select sum(id::bigint) as a from t
select type from pg_table_def where tablename = 'x'
=> rows [["bigint"]]

-- avg_column_name | r_AVG.md
@pair
create table x as select avg(id), sum(id) from t
select "column" from pg_table_def where tablename = 'x' order by 1
=> rows [["avg"], ["sum"]]

-- to_date_rolls_over | r_TO_DATE_function.md D42
select to_date('2020-02-30', 'YYYY-MM-DD')::varchar
=> rows [["2020-03-01"]]

-- to_date_strict | r_TO_DATE_function.md D42
select to_date('2020-02-30', 'YYYY-MM-DD', true)
=> refused 22008

-- trunc_timestamp | r_TRUNC_date.md D43
select trunc('2025-03-04 10:00'::timestamp)::varchar, trunc(1.27, 1)::varchar
=> rows [["2025-03-04", "1.2"]]

-- left_substring_timestamp | r_LEFT.md D43
select left('2025-03-04 10:00'::timestamp, 4), substring('2025-03-04'::date, 6, 2)
=> rows [["2025", "03"]]

-- convert_timezone | CONVERT_TIMEZONE.md D28
select convert_timezone('Europe/Berlin', '2025-01-01 00:00'::timestamp)::varchar, convert_timezone('Europe/Berlin', 'UTC', '2025-07-01 00:00'::timestamp)::varchar
=> rows [["2025-01-01 01:00:00", "2025-06-30 22:00:00"]]

-- charindex | r_CHARINDEX.md
select charindex('b', 'abc'), strpos('abc', 'c'), position('a' in 'abc')
=> rows [[2, 3, 1]]

-- regexp | REGEXP_REPLACE.md
select regexp_replace('a@b.org', '@.*\\.(org)$'), regexp_substr('x12', '[0-9]+'), 'abc' ~ '^a'
=> rows [["a", "12", true]]

-- json_functions | json-functions.md
select json_extract_path_text('{"a": {"b": "c"}}', 'a', 'b'), is_valid_json('{}'), json_array_length('[1, 2]')
=> rows [["c", true, 2]]

-- md5_and_sha2 | r_MD5.md
select md5('a'), left(sha2('a', 256), 6)
=> rows [["0cc175b9c0f1b6a831c399e269772661", "ca9781"]]

-- strtol | r_STRTOL.md
select strtol('ff', 16)
=> rows [[255]]

-- greatest_least | r_GREATEST_LEAST.md
select greatest(1, null, 3), least(2, 1)
=> rows [[3, 1]]
