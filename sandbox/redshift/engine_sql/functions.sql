-- Redshift's functions and operators where PostgreSQL lacks them or gives them another meaning.
-- Every function here is called by its qualified name; operators are found through the search path.

CREATE OR REPLACE FUNCTION rs.getdate() RETURNS timestamp LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT date_trunc('second', statement_timestamp())::timestamp; END;
CREATE OR REPLACE FUNCTION rs.sysdate() RETURNS timestamp LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT transaction_timestamp()::timestamp; END;
CREATE OR REPLACE FUNCTION rs.timeofday() RETURNS varchar LANGUAGE sql VOLATILE
    BEGIN ATOMIC SELECT timeofday(); END;

-- Lengths are characters; OCTET_LENGTH counts bytes (r_LEN.md).
CREATE OR REPLACE FUNCTION rs.len(text) RETURNS int LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT length($1); END;
CREATE OR REPLACE FUNCTION rs.len(bpchar) RETURNS int LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT length($1); END;
CREATE OR REPLACE FUNCTION rs.length(text) RETURNS int LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT length($1); END;
CREATE OR REPLACE FUNCTION rs.length(bpchar) RETURNS int LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT length($1); END;
CREATE OR REPLACE FUNCTION rs.textlen(text) RETURNS int LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT length($1); END;
CREATE OR REPLACE FUNCTION rs.charindex(varchar, varchar) RETURNS int LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT strpos($2, $1); END;

-- LEFT, RIGHT, SUBSTRING take dates and numbers by implicit cast.
DO $do$
DECLARE kind text;
BEGIN
    FOREACH kind IN ARRAY '{varchar,timestamp,timestamptz,date,int8,numeric}'::text[] LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION rs."left"(%s, int) RETURNS varchar LANGUAGE sql STABLE
            BEGIN ATOMIC SELECT pg_catalog."left"($1::text, $2); END', kind);
        EXECUTE format('CREATE OR REPLACE FUNCTION rs."right"(%s, int) RETURNS varchar LANGUAGE sql STABLE
            BEGIN ATOMIC SELECT pg_catalog."right"($1::text, $2); END', kind);
        EXECUTE format('CREATE OR REPLACE FUNCTION rs."substring"(%s, int, int) RETURNS varchar LANGUAGE sql STABLE
            BEGIN ATOMIC SELECT pg_catalog."substring"($1::text, $2, $3); END', kind);
        EXECUTE format('CREATE OR REPLACE FUNCTION rs."substring"(%s, int) RETURNS varchar LANGUAGE sql STABLE
            BEGIN ATOMIC SELECT pg_catalog."substring"($1::text, $2); END', kind);
        EXECUTE format('CREATE OR REPLACE FUNCTION rs.substr(%s, int, int) RETURNS varchar LANGUAGE sql STABLE
            BEGIN ATOMIC SELECT pg_catalog."substring"($1::text, $2, $3); END', kind);
        EXECUTE format('CREATE OR REPLACE FUNCTION rs.substr(%s, int) RETURNS varchar LANGUAGE sql STABLE
            BEGIN ATOMIC SELECT pg_catalog."substring"($1::text, $2); END', kind);
    END LOOP;
END $do$;

-- An explicit cast to VARCHAR(n) or CHAR(n) cuts at n bytes, on a character's edge. What fits the planner does inline.
CREATE OR REPLACE FUNCTION rs.cut_long(value text, size int) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog AS $$
DECLARE
    low int := 0;
    high int := length(value);
    middle int;
BEGIN
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF octet_length(left(value, middle)) <= size THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN left(value, low);
END $$;
CREATE OR REPLACE FUNCTION rs.cut(value text, size int) RETURNS text LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT CASE WHEN octet_length(value) <= size THEN value ELSE rs.cut_long(value, size) END; END;

-- AVG and SUM are computed by the engine; the second argument, a MIN of the same column, carries the type.
-- AVG of integers is BIGINT, truncated; of decimals it keeps the scale; SUM of integers is BIGINT (r_AVG.md, r_SUM.md).
DO $do$
DECLARE kind text;
BEGIN
    FOREACH kind IN ARRAY '{int2,int4,int8}'::text[] LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION rs.avg_of(numeric, %s) RETURNS bigint LANGUAGE sql IMMUTABLE
            BEGIN ATOMIC SELECT trunc($1)::bigint; END', kind);
        EXECUTE format('CREATE OR REPLACE FUNCTION rs.sum_of(numeric, %s) RETURNS bigint LANGUAGE sql IMMUTABLE
            BEGIN ATOMIC SELECT $1::bigint; END', kind);
    END LOOP;
    FOREACH kind IN ARRAY '{float4,float8,interval}'::text[] LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION rs.avg_of(%s, %s) RETURNS %s LANGUAGE sql IMMUTABLE
            BEGIN ATOMIC SELECT $1; END', replace(kind, 'float4', 'float8'), kind, replace(kind, 'float4', 'float8'));
        EXECUTE format('CREATE OR REPLACE FUNCTION rs.sum_of(%s, %s) RETURNS %s LANGUAGE sql IMMUTABLE
            BEGIN ATOMIC SELECT $1; END', kind, kind, kind);
    END LOOP;
END $do$;
CREATE OR REPLACE FUNCTION rs.avg_of(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT trunc($1, scale($2)); END;
CREATE OR REPLACE FUNCTION rs.sum_of(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT $1; END;

CREATE OR REPLACE FUNCTION rs.listagg_limit(value text) RETURNS varchar LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog AS $$
BEGIN
    IF octet_length(value) > 65535 THEN
        RAISE EXCEPTION 'Result size exceeds LISTAGG limit' USING ERRCODE = 'XX000';
    END IF;
    RETURN value;
END $$;

-- Dates. DATEADD returns TIMESTAMP even for DATE; DATEDIFF counts boundaries (r_DATEADD_function.md, D40).
CREATE OR REPLACE FUNCTION rs.dateadd(part text, count bigint, value timestamp) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT
    BEGIN ATOMIC SELECT value + CASE part
        WHEN 'millisecond' THEN count * interval '1 millisecond' WHEN 'microsecond' THEN count * interval '1 microsecond'
        WHEN 'millennium' THEN count * interval '1000 years' WHEN 'century' THEN count * interval '100 years'
        WHEN 'decade' THEN count * interval '10 years' WHEN 'year' THEN count * interval '1 year'
        WHEN 'quarter' THEN count * interval '3 months' WHEN 'month' THEN count * interval '1 month'
        WHEN 'week' THEN count * interval '7 days' WHEN 'day' THEN count * interval '1 day'
        WHEN 'dow' THEN count * interval '1 day' WHEN 'doy' THEN count * interval '1 day'
        WHEN 'hour' THEN count * interval '1 hour' WHEN 'minute' THEN count * interval '1 minute'
        WHEN 'second' THEN count * interval '1 second' END; END;
CREATE OR REPLACE FUNCTION rs.dateadd(part text, count bigint, value timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE STRICT
    BEGIN ATOMIC SELECT rs.dateadd(part, count, value::timestamp)::timestamptz; END;
CREATE OR REPLACE FUNCTION rs.dateadd(part text, count bigint, value date) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT
    BEGIN ATOMIC SELECT rs.dateadd(part, count, value::timestamp); END;
CREATE OR REPLACE FUNCTION rs.month_number(timestamp) RETURNS bigint LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT date_part('year', $1)::bigint * 12 + date_part('month', $1)::bigint - 1; END;
CREATE OR REPLACE FUNCTION rs.datediff(part text, a timestamp, b timestamp) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT
    BEGIN ATOMIC SELECT CASE part
        WHEN 'microsecond' THEN (extract(epoch FROM b) * 1000000)::bigint - (extract(epoch FROM a) * 1000000)::bigint
        WHEN 'millisecond' THEN floor(extract(epoch FROM b) * 1000)::bigint - floor(extract(epoch FROM a) * 1000)::bigint
        WHEN 'second' THEN floor(extract(epoch FROM b))::bigint - floor(extract(epoch FROM a))::bigint
        WHEN 'minute' THEN floor(extract(epoch FROM b) / 60)::bigint - floor(extract(epoch FROM a) / 60)::bigint
        WHEN 'hour' THEN floor(extract(epoch FROM b) / 3600)::bigint - floor(extract(epoch FROM a) / 3600)::bigint
        WHEN 'day' THEN b::date - a::date
        WHEN 'dow' THEN b::date - a::date
        WHEN 'doy' THEN b::date - a::date
        WHEN 'week' THEN ((date_trunc('week', b + interval '1 day'))::date - (date_trunc('week', a + interval '1 day'))::date) / 7
        WHEN 'month' THEN rs.month_number(b) - rs.month_number(a)
        WHEN 'quarter' THEN rs.month_number(b) / 3 - rs.month_number(a) / 3
        WHEN 'year' THEN date_part('year', b)::bigint - date_part('year', a)::bigint
        WHEN 'decade' THEN date_part('decade', b)::bigint - date_part('decade', a)::bigint
        WHEN 'century' THEN date_part('century', b)::bigint - date_part('century', a)::bigint
        WHEN 'millennium' THEN date_part('millennium', b)::bigint - date_part('millennium', a)::bigint
    END; END;
CREATE OR REPLACE FUNCTION rs.datediff(part text, a timestamptz, b timestamptz) RETURNS bigint
LANGUAGE sql STABLE STRICT
    BEGIN ATOMIC SELECT rs.datediff(part, a::timestamp, b::timestamp); END;
CREATE OR REPLACE FUNCTION rs.date_part(part text, value timestamp) RETURNS float8 LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT pg_catalog.date_part(part, value); END;
CREATE OR REPLACE FUNCTION rs.date_part(part text, value timestamptz) RETURNS float8 LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT pg_catalog.date_part(part, value); END;
CREATE OR REPLACE FUNCTION rs.date_part(part text, value date) RETURNS float8 LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT pg_catalog.date_part(part, value::timestamp); END;
CREATE OR REPLACE FUNCTION rs.date_part(part text, value interval) RETURNS float8 LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT pg_catalog.date_part(part, value); END;
CREATE OR REPLACE FUNCTION rs.date_part(part text, value time) RETURNS float8 LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT pg_catalog.date_part(part, value); END;
CREATE OR REPLACE FUNCTION rs.extract(part text, value timestamp) RETURNS int8 LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT floor(pg_catalog.date_part(part, value))::int8; END;
CREATE OR REPLACE FUNCTION rs.extract(part text, value date) RETURNS int8 LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT floor(pg_catalog.date_part(part, value::timestamp))::int8; END;
CREATE OR REPLACE FUNCTION rs.extract(part text, value timestamptz) RETURNS float8 LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT pg_catalog.date_part(part, value); END;
CREATE OR REPLACE FUNCTION rs.extract(part text, value time) RETURNS int8 LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT floor(pg_catalog.date_part(part, value))::int8; END;
CREATE OR REPLACE FUNCTION rs.extract(part text, value interval) RETURNS int8 LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT floor(pg_catalog.date_part(part, value))::int8; END;
CREATE OR REPLACE FUNCTION rs.date_trunc(part text, value timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT pg_catalog.date_trunc(part, value); END;
CREATE OR REPLACE FUNCTION rs.date_trunc(part text, value timestamptz) RETURNS timestamptz LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT pg_catalog.date_trunc(part, value); END;
CREATE OR REPLACE FUNCTION rs.date_trunc(part text, value date) RETURNS timestamp LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT pg_catalog.date_trunc(part, value::timestamp); END;
CREATE OR REPLACE FUNCTION rs.last_day(value timestamp) RETURNS date LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT (pg_catalog.date_trunc('month', value) + interval '1 month - 1 day')::date; END;
-- ADD_MONTHS keeps the end of a month (D40).
CREATE OR REPLACE FUNCTION rs.add_months(value timestamp, count int) RETURNS timestamp LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT CASE WHEN value::date = rs.last_day(value)
        THEN rs.last_day(value + count * interval '1 month') + value::time
        ELSE value + count * interval '1 month' END; END;
CREATE OR REPLACE FUNCTION rs.months_between(a timestamp, b timestamp) RETURNS float8 LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT rs.month_number(a) - rs.month_number(b) + CASE
        WHEN date_part('day', a) = date_part('day', b) OR (a::date = rs.last_day(a) AND b::date = rs.last_day(b)) THEN 0
        ELSE (date_part('day', a) - date_part('day', b)) / 31 END; END;
CREATE OR REPLACE FUNCTION rs.next_day(value timestamp, day text) RETURNS date LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT d::date FROM generate_series(value::date + 1, value::date + 7, interval '1 day') d
    WHERE to_char(d, 'day') LIKE lower(left(day, 2)) || '%' LIMIT 1; END;
CREATE OR REPLACE FUNCTION rs.trunc(value timestamp) RETURNS date LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT value::date; END;
CREATE OR REPLACE FUNCTION rs.trunc(value numeric) RETURNS numeric LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT pg_catalog.trunc(value); END;
CREATE OR REPLACE FUNCTION rs.trunc(value float8) RETURNS float8 LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT pg_catalog.trunc(value); END;
CREATE OR REPLACE FUNCTION rs.trunc(value numeric, digits int) RETURNS numeric LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT pg_catalog.trunc(value, digits); END;
CREATE OR REPLACE FUNCTION rs.convert_timezone(source text, target text, value timestamp) RETURNS timestamp
LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT (value AT TIME ZONE source) AT TIME ZONE target; END;
CREATE OR REPLACE FUNCTION rs.convert_timezone(target text, value timestamp) RETURNS timestamp
LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT (value AT TIME ZONE 'UTC') AT TIME ZONE target; END;
CREATE OR REPLACE FUNCTION rs.date_cmp(a date, b date) RETURNS int LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT sign(a - b)::int; END;
-- TO_DATE rolls an impossible day over unless it is strict (D42).
CREATE OR REPLACE FUNCTION rs.to_date(value text, format text, is_strict boolean DEFAULT false) RETURNS date
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
DECLARE
    day int;
BEGIN
    RETURN pg_catalog.to_date(value, format);
EXCEPTION WHEN datetime_field_overflow THEN
    IF is_strict OR format !~ '^YYYY.?MM.?DD$' THEN
        RAISE;
    END IF;
    day := right(value, 2)::int;
    IF day > 31 OR day < 1 THEN
        RAISE;
    END IF;
    RETURN pg_catalog.to_date(left(value, length(value) - 2) || '01', format) + day - 1;
END $$;

-- Text.
CREATE OR REPLACE FUNCTION rs.regexp_replace(value varchar, pattern varchar, replacement varchar DEFAULT '',
    start int DEFAULT 1) RETURNS varchar LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT pg_catalog.regexp_replace($1, $2, regexp_replace($3, '\$([0-9])', '\\\1', 'g'), $4, 0); END;
CREATE OR REPLACE FUNCTION rs.strtol(value varchar, base int) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog AS $$
DECLARE
    total bigint := 0;
    digit int;
BEGIN
    FOR i IN 1..length(value) LOOP
        digit := strpos('0123456789abcdefghijklmnopqrstuvwxyz', lower(substr(value, i, 1))) - 1;
        IF digit NOT BETWEEN 0 AND base - 1 THEN
            RAISE EXCEPTION 'The input % is not valid to be converted to base %', value, base USING ERRCODE = 'XX000';
        END IF;
        total := total * base + digit;
    END LOOP;
    RETURN total;
END $$;
CREATE OR REPLACE FUNCTION rs.sha2(value varchar, bits int) RETURNS varchar LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT encode(CASE bits WHEN 224 THEN sha224(value::bytea) WHEN 384 THEN sha384(value::bytea)
        WHEN 512 THEN sha512(value::bytea) ELSE sha256(value::bytea) END, 'hex'); END;
CREATE OR REPLACE FUNCTION rs.dexp(float8) RETURNS float8 LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT exp($1); END;
CREATE OR REPLACE FUNCTION rs.dlog1(float8) RETURNS float8 LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT ln($1); END;
CREATE OR REPLACE FUNCTION rs.dlog10(float8) RETURNS float8 LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT log($1); END;
CREATE OR REPLACE FUNCTION rs.to_varbyte(value text) RETURNS bytea LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT convert_to(value, 'UTF8'); END;
CREATE OR REPLACE FUNCTION rs.from_hex(value varchar) RETURNS bytea LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT decode(value, 'hex'); END;

-- SUPER is jsonb. Text becomes a JSON string unless JSON_PARSE reads it (D35).
CREATE OR REPLACE FUNCTION rs.to_super(anyelement) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
    $$ SELECT pg_catalog.to_jsonb($1) $$;
CREATE OR REPLACE FUNCTION rs.json_parse(value text) RETURNS jsonb LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT value::jsonb; END;
CREATE OR REPLACE FUNCTION rs.json_serialize(value jsonb) RETURNS varchar LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog AS $$
DECLARE
    parts text;
BEGIN
    CASE jsonb_typeof(value)
        WHEN 'object' THEN
            SELECT '{' || coalesce(string_agg(to_json(key)::text || ':' || rs.json_serialize(item), ','), '') || '}'
            INTO parts FROM jsonb_each(value) e(key, item);
        WHEN 'array' THEN
            SELECT '[' || coalesce(string_agg(rs.json_serialize(item), ',' ORDER BY ord), '') || ']'
            INTO parts FROM jsonb_array_elements(value) WITH ORDINALITY e(item, ord);
        ELSE parts := value::text;
    END CASE;
    RETURN parts;
END $$;
CREATE OR REPLACE FUNCTION rs.json_typeof(value jsonb) RETURNS varchar LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT jsonb_typeof(value); END;
CREATE OR REPLACE FUNCTION rs.is_array(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT jsonb_typeof(value) = 'array'; END;
CREATE OR REPLACE FUNCTION rs.is_object(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT jsonb_typeof(value) = 'object'; END;
CREATE OR REPLACE FUNCTION rs.get_array_length(value jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT CASE WHEN jsonb_typeof(value) = 'array' THEN jsonb_array_length(value)::bigint END; END;
CREATE OR REPLACE FUNCTION rs.is_valid_json(value varchar) RETURNS boolean LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT value IS JSON OBJECT; END;
CREATE OR REPLACE FUNCTION rs.is_valid_json_array(value varchar) RETURNS boolean LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT value IS JSON ARRAY; END;
CREATE OR REPLACE FUNCTION rs.json_array_length(value varchar) RETURNS int LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT jsonb_array_length(value::jsonb); END;
CREATE OR REPLACE FUNCTION rs.json_extract_path_text(value varchar, VARIADIC path text[]) RETURNS varchar
LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT coalesce(jsonb_extract_path_text(value::jsonb, VARIADIC path), ''); END;
CREATE OR REPLACE FUNCTION rs.json_extract_array_element_text(value varchar, place int) RETURNS varchar
LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT coalesce(value::jsonb ->> place, ''); END;

-- What the session did last (PG_LAST_COPY_COUNT.md). The endpoint keeps it in settings of the connection.
CREATE OR REPLACE FUNCTION rs.last(name text, fallback bigint) RETURNS bigint LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT coalesce(nullif(current_setting('rs.last_' || name, true), '')::bigint, fallback); END;
CREATE OR REPLACE FUNCTION rs.pg_last_copy_count() RETURNS bigint LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT rs.last('copy_count', 0); END;
CREATE OR REPLACE FUNCTION rs.pg_last_copy_id() RETURNS int LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT rs.last('copy_id', -1)::int; END;
CREATE OR REPLACE FUNCTION rs.pg_last_unload_count() RETURNS bigint LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT rs.last('unload_count', 0); END;
CREATE OR REPLACE FUNCTION rs.pg_last_unload_id() RETURNS int LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT rs.last('unload_id', -1)::int; END;

-- Trailing blanks do not count when VARCHAR values are compared (r_Character_types.md). The planner inlines these
-- functions, so that joins can still hash and merge.
DO $do$
DECLARE
    kind text;
    pair text[];
BEGIN
    FOREACH kind IN ARRAY '{varchar,text}'::text[] LOOP
        FOREACH pair SLICE 1 IN ARRAY '{{=,eq,<>,=},{<>,ne,=,<>},{<,lt,>=,>},{<=,le,>,>=},{>,gt,<=,<},{>=,ge,<,<=}}'::text[] LOOP
            EXECUTE format('CREATE OR REPLACE FUNCTION rs.text_%s(%s, %s) RETURNS boolean LANGUAGE sql IMMUTABLE
            BEGIN ATOMIC SELECT pg_catalog.rtrim($1, '' '') OPERATOR(pg_catalog.%s) pg_catalog.rtrim($2, '' ''); END',
                pair[2], kind, kind, pair[1]);
            IF NOT EXISTS (SELECT FROM pg_operator WHERE oprname = pair[1] AND oprleft = kind::regtype
                    AND oprnamespace = 'rs'::regnamespace AND oprcode <> 0) THEN
                EXECUTE format('CREATE OPERATOR rs.%s (FUNCTION = rs.text_%s, LEFTARG = %s, RIGHTARG = %s,
                    COMMUTATOR = OPERATOR(rs.%s))', pair[1], pair[2], kind, kind, pair[4]);
            END IF;
        END LOOP;
    END LOOP;
END $do$;
-- Comparisons of whole rows look their operators up in an operator class.
DO $do$
DECLARE kind text;
BEGIN
    FOREACH kind IN ARRAY '{varchar,text}'::text[] LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION rs.text_cmp(%s, %s) RETURNS int LANGUAGE sql IMMUTABLE AS
            $f$ SELECT pg_catalog.bttextcmp(pg_catalog.rtrim($1, '' ''), pg_catalog.rtrim($2, '' '')) $f$', kind, kind);
        IF NOT EXISTS (SELECT FROM pg_opclass WHERE opcname = kind || '_blank_ops') THEN
            EXECUTE format('CREATE OPERATOR CLASS rs.%s_blank_ops FOR TYPE %s USING btree AS
                OPERATOR 1 rs.<, OPERATOR 2 rs.<=, OPERATOR 3 rs.=, OPERATOR 4 rs.>=, OPERATOR 5 rs.>,
                FUNCTION 1 rs.text_cmp(%s, %s)', kind, kind, kind, kind);
        END IF;
    END LOOP;
END $do$;
