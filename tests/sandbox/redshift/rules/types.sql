-- varchar_bytes | r_Character_types.md D32
create table x (a varchar(5))
insert into x values ('ééééé')
=> refused 22001 value too long for type character varying(5)

-- varchar_fits | r_Character_types.md D32
create table x (a varchar(5))
insert into x values ('éé')
select octet_length(a) from x
=> rows [[4]]

-- varchar_surplus_blanks | r_Character_types.md D32
create table x (a varchar(3))
insert into x values ('abc   ')
select octet_length(a) from x
=> rows [[3]]

-- varchar_too_long | r_Character_types.md D32
create table x (a varchar(3))
insert into x values ('abcd')
=> refused 22001 value too long for type character varying(3)

-- varchar_update | r_Character_types.md D32
create table x (a varchar(3))
insert into x values ('a')
update x set a = 'ééé'
=> refused 22001 value too long for type character varying(3)

-- text_is_256 | r_Character_types.md D32
create table x (a text)
insert into x values (repeat('x', 257))
=> refused 22001 value too long for type character varying(256)

-- varchar_default_256 | r_Character_types.md D32
create table x (a varchar)
select type from pg_table_def where tablename = 'x'
=> rows [["character varying(256)"]]

-- varchar_max | r_Character_types.md D32
create table x (a varchar(max))
select type from pg_table_def where tablename = 'x'
=> rows [["character varying(65535)"]]

-- varchar_over_max | r_Character_types.md D32
create table x (a varchar(65536))
=> refused 22023

-- nvarchar_bytes | r_Character_types.md D32
create table x (a nvarchar(4))
insert into x values ('ééé')
=> refused 22001

-- char_default_1 | r_Character_types.md D32
create table x (a char, b bpchar)
select type from pg_table_def where tablename = 'x' order by 1
=> rows [["character(1)"], ["character(256)"]]

-- char_over_max | r_Character_types.md D32
create table x (a char(4097))
=> refused 22023

-- char_single_byte | r_Character_types.md D32
create table x (a char(5))
insert into x values ('é')
=> refused XX000 CHAR string contains invalid ASCII character

-- cast_cuts | r_CAST_function.md D32
select 'abcdef'::varchar(3), cast('ééé' as varchar(5)), 'abc'::char(2)
=> rows [["abc", "éé", "ab"]]

-- trailing_blanks | r_Character_types.md D33
create table x (a varchar(9))
insert into x values ('ab  ')
select count(*) from x where a = 'ab'
=> rows [[1]]

-- trailing_blanks_literals | r_Character_types.md D33
select 1 where 'ab'::varchar(9) = 'ab  '::varchar(9)
=> rows [[1]]

-- trailing_blanks_join | r_Character_types.md D33
create table x (a varchar(9))
create table y (a varchar(9))
insert into x values ('ab  ')
insert into y values ('ab')
select count(*) from x join y on x.a = y.a
=> rows [[1]]

-- trailing_blanks_in | r_Character_types.md D33
create table x (a varchar(9))
insert into x values ('ab  ')
select count(*) from x where a in ('ab', 'c')
=> rows [[1]]

-- blanks_inside_count | r_Character_types.md D33
select 1 where 'a b'::varchar = 'ab'::varchar
=> rows []

-- decimal_default | r_Numeric_types201.md D34
create table x (a decimal, b numeric(10))
select type from pg_table_def where tablename = 'x' order by 1
=> rows [["numeric(10,0)"], ["numeric(18,0)"]]

-- decimal_rounds_insert | r_Numeric_types201.md A27
create table x (a decimal(5, 2))
insert into x values (20.259)
select a::varchar from x
=> rows [["20.26"]]

-- decimal_over_38 | r_Numeric_types201.md D34
create table x (a decimal(39, 0))
=> refused 22023

-- decimal_overflow | r_numeric_computations201.md D44
create table x (a decimal(4, 2))
insert into x values (123.45)
=> refused XX000 Numeric data overflow (result precision)

-- timestamp_ignores_zone | r_Datetime_types.md D34
create table x (a timestamp)
insert into x values ('2025-01-01 10:00:00+05')
select a::varchar from x
=> rows [["2025-01-01 10:00:00"]]

-- timestamp_microseconds | r_Datetime_types.md D34
select '2025-01-01 23:59:59.999999'::timestamp::varchar
=> rows [["2025-01-01 23:59:59.999999"]]

-- time_types | r_Datetime_types.md D34
create table x (a time, b timetz, c timestamptz)
=> ok

-- super_json_parse_is_object | limitations-super.md D35
create table x (a super)
insert into x select json_parse('{"k": [1, 2]}')
select json_serialize(a) from x
=> rows [["{\"k\":[1,2]}"]]

-- varbyte | r_VARBYTE_type.md D35
create table x (a varbyte(10))
=> ok

-- varbyte_over_max | r_VARBYTE_type.md D35
create table x (a varbyte(1024001))
=> refused 22023

-- boolean_output | r_Boolean_type.md D37
select true::bool
=> rows [[true]]

-- double_and_real | r_Numeric_types201.md
create table x (a float, b float4, c real, d float8, e double precision, f float(10))
=> ok

-- interval_literal | r_interval_literals.md
select '2025-01-31'::date + interval '1 day'
=> rows [["2025-02-01 00:00:00"]]

-- trailing_blanks_full_join | r_Character_types.md D33
@pair
insert into s values (9, 'a  ')
select t.id, s.id from t full join s on t.v = s.v where t.id = 1
=> rows [[1, 9]]

-- varchar_order_comparisons | r_Character_types.md D33
@pair
select count(*) from t where v > 'a' and v >= 'b ' and v < 'c' and v <= 'b'
=> rows [[1]]

-- varbyte_prints_hex | r_VARBYTE_type.md D35
create table x (a varbyte(10), b int, c varbyte(10))
insert into x values ('abc'::varbyte, 1, null), (''::varbyte, 2, from_hex('00ff'))
select a, b, c, 'd'::varbyte from x order by b
=> rows [["616263", 1, null, "64"], ["", 2, "00ff", "64"]]

-- varbyte_fetch_prints_hex | r_VARBYTE_type.md D35
begin
declare c cursor for select 'abc'::varbyte
fetch next from c
=> rows [["616263"]]
