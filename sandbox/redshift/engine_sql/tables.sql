-- What Redshift knows about tables beyond PostgreSQL, and what the endpoint logs.
CREATE TABLE IF NOT EXISTS rs.table_design (
    relid oid PRIMARY KEY, diststyle text NOT NULL);
CREATE TABLE IF NOT EXISTS rs.view_text (relid oid PRIMARY KEY, body text NOT NULL, is_late_binding boolean NOT NULL);
CREATE TABLE IF NOT EXISTS rs.column_design (
    relid oid, attnum int2, encoding text, is_distkey boolean NOT NULL, sortkey int NOT NULL,
    PRIMARY KEY (relid, attnum));
CREATE TABLE IF NOT EXISTS rs.key (
    id oid PRIMARY KEY, relid oid NOT NULL, kind "char" NOT NULL, name name NOT NULL, columns int2[] NOT NULL,
    referred oid, referred_columns int2[]);
CREATE SEQUENCE IF NOT EXISTS rs.key_id START 1000000;
CREATE TABLE IF NOT EXISTS rs.query_log (
    query_id bigint PRIMARY KEY, username text, database text, pid int, text text, verb text,
    started timestamptz, ended timestamptz, status text, row_count bigint, error text);
CREATE TABLE IF NOT EXISTS rs.loaded_file (
    query_id bigint, table_name text, file_name text, size_bytes bigint, line_count bigint, at timestamptz,
    format text);
CREATE TABLE IF NOT EXISTS rs.load_error (
    query_id bigint, table_name text, file_name text, line_number bigint, column_name text, column_type text,
    column_length text, position int, raw_line text, raw_field_value text, error_code int, error_message text,
    at timestamptz);
GRANT SELECT ON ALL TABLES IN SCHEMA rs TO public;

-- Adds a check of the byte length to every character column that has none.
-- A result (CREATE TABLE AS, SELECT INTO) also gets declared lengths for columns that have no length.
CREATE OR REPLACE FUNCTION rs.adopt(tbl regclass, is_result boolean) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog AS $$
DECLARE
    col record;
    changes text[] := '{}';
    size int;
BEGIN
    IF is_result THEN
        SELECT coalesce(array_agg(format('ALTER COLUMN %I TYPE varchar(65535)', attname)), '{}') INTO changes
        FROM pg_attribute WHERE attrelid = tbl AND attnum > 0 AND NOT attisdropped
            AND (atttypid = 'text'::regtype OR (atttypid = 'varchar'::regtype AND atttypmod < 0));
        IF changes <> '{}' THEN
            EXECUTE format('ALTER TABLE %s %s', tbl, array_to_string(changes, ', '));
            changes := '{}';
        END IF;
    END IF;
    FOR col IN
        SELECT a.attname, a.attnum, a.atttypid, a.atttypmod - 4 AS size FROM pg_attribute a
        WHERE a.attrelid = tbl AND a.attnum > 0 AND NOT a.attisdropped
            AND (a.atttypid = 'bytea'::regtype
                OR a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod > 0)
            AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = tbl AND c.contype = 'c'
                AND c.conkey = ARRAY[a.attnum] AND c.conname LIKE 'rs\_%')
    LOOP
        changes := changes || CASE
            WHEN col.atttypid = 'varchar'::regtype THEN format(
                'ADD CONSTRAINT rs_varchar_%s_%s CHECK (octet_length(%I) <= %s)',
                col.size, col.attnum, col.attname, col.size)
            WHEN col.atttypid = 'bpchar'::regtype THEN format(
                'ADD CONSTRAINT rs_char_%s_%s CHECK (octet_length(%I) <= %s)',
                col.size, col.attnum, col.attname, col.size)
            ELSE format('ADD CONSTRAINT rs_varbyte_1024000_%s CHECK (octet_length(%I) <= 1024000)',
                col.attnum, col.attname)
        END;
    END LOOP;
    IF changes <> '{}' THEN
        EXECUTE format('ALTER TABLE %s %s', tbl, array_to_string(changes, ', '));
    END IF;
END $$;

CREATE OR REPLACE FUNCTION rs.column_numbers(tbl oid, names jsonb) RETURNS int2[] LANGUAGE sql STABLE
SET search_path = pg_catalog AS $$
    SELECT coalesce(array_agg(a.attnum ORDER BY n.ord), '{}')
    FROM jsonb_array_elements_text(names) WITH ORDINALITY n(name, ord)
    JOIN pg_attribute a ON a.attrelid = tbl AND a.attname = n.name AND NOT a.attisdropped
$$;

-- What Redshift finds by the distribution key and by zone maps, the engine finds in a large table by indexes that nobody
-- sees: so that what is cheap there is cheap here. A small table has none: they cost half the speed of COPY.
CREATE OR REPLACE FUNCTION rs.index_keys(tbl regclass, large_bytes bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    col record;
BEGIN
    IF pg_relation_size(tbl) < large_bytes OR EXISTS (SELECT FROM pg_index WHERE indrelid = tbl) THEN
        RETURN;
    END IF;
    FOR col IN
        -- A hash takes values of any length, a tree does not.
        SELECT a.attname, CASE WHEN t.typlen > 0 THEN 'btree' ELSE 'hash' END AS method
        FROM rs.column_design d
        JOIN pg_attribute a ON a.attrelid = d.relid AND a.attnum = d.attnum JOIN pg_type t ON t.oid = a.atttypid
        WHERE d.relid = tbl AND (d.is_distkey OR (d.sortkey = 1 AND t.typlen > 0))
    LOOP
        EXECUTE format('CREATE INDEX ON %s USING %s (%I)', tbl, col.method, col.attname);
    END LOOP;
END $$;

-- Until the transaction ends or it is called with false: no nested loops but where the engine has nothing else, unless
-- there are indexes to loop by.
CREATE OR REPLACE FUNCTION rs.loop_only_by_index(is_on boolean) RETURNS text LANGUAGE sql
BEGIN ATOMIC
    SELECT set_config('enable_nestloop', (NOT is_on OR EXISTS (
        SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
        WHERE c.relnamespace NOT IN (SELECT oid FROM pg_catalog.pg_namespace
            WHERE nspname IN ('rs', 'pg_catalog', 'pg_toast', 'information_schema'))))::text, true);
END;

-- Records the design of a new table. A table that has one already (IF NOT EXISTS) keeps it.
-- `refs` are the tables that the foreign keys name, in their order; `source` is the table of LIKE.
CREATE OR REPLACE FUNCTION rs.declare(tbl regclass, design jsonb, source regclass, VARIADIC refs regclass[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    key jsonb;
    number int := 1;
BEGIN
    INSERT INTO rs.table_design SELECT tbl, coalesce(
        (SELECT diststyle FROM rs.table_design WHERE relid = source), design->>'diststyle')
        ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO rs.column_design
    SELECT tbl, a.attnum,
        coalesce((SELECT encoding FROM rs.column_design s WHERE s.relid = source AND s.attnum = b.attnum),
            design->'encodings'->>a.attname),
        coalesce((SELECT is_distkey FROM rs.column_design s WHERE s.relid = source AND s.attnum = b.attnum),
            design->>'distkey' = a.attname),
        coalesce((SELECT sortkey FROM rs.column_design s WHERE s.relid = source AND s.attnum = b.attnum),
            CASE WHEN (design->'interleaved')::boolean AND k.ord % 2 = 0 THEN -k.ord ELSE k.ord END, 0)
    FROM pg_attribute a
    LEFT JOIN jsonb_array_elements_text(design->'sortkey') WITH ORDINALITY k(name, ord) ON k.name = a.attname
    LEFT JOIN pg_attribute b ON b.attrelid = source AND b.attname = a.attname
    WHERE a.attrelid = tbl AND a.attnum > 0 AND NOT a.attisdropped;
    FOR key IN SELECT jsonb_array_elements(design->'keys') LOOP
        PERFORM rs.add_key(tbl, key, refs[number]);
        number := number + 1;
    END LOOP;
END $$;

-- Records a primary, unique or foreign key; nothing enforces it.
CREATE OR REPLACE FUNCTION rs.add_key(tbl regclass, key jsonb, target regclass) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    relation name := (SELECT relname FROM pg_class WHERE oid = tbl);
    kind text := key->>'type';
    columns int2[] := rs.column_numbers(tbl, key->'columns');
    first text := key->'columns'->>0;
BEGIN
    IF cardinality(columns) < jsonb_array_length(key->'columns') THEN
        RAISE EXCEPTION 'column "%" named in key does not exist', first USING ERRCODE = '42703';
    END IF;
    IF kind = 'p' AND EXISTS (SELECT FROM rs.key WHERE relid = tbl AND rs.key.kind = 'p') THEN
        RAISE EXCEPTION 'multiple primary keys for table "%" are not allowed', relation USING ERRCODE = '42P16';
    END IF;
    IF kind = 'p' AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = tbl AND attnum = ANY (columns) AND NOT attnotnull) THEN
        RAISE EXCEPTION 'cannot add a primary key on a nullable column of table "%"', relation USING ERRCODE = '0A000';
    END IF;
    INSERT INTO rs.key VALUES (
        nextval('rs.key_id')::bigint::oid, tbl, kind::"char",
        coalesce(nullif(key->>'name', ''), CASE kind WHEN 'p' THEN relation || '_pkey'
            WHEN 'u' THEN relation || '_' || first || '_key' ELSE relation || '_' || first || '_fkey' END),
        columns, target,
        CASE WHEN kind = 'f' THEN coalesce(nullif(rs.column_numbers(target, key->'referred'), '{}'),
            (SELECT k.columns FROM rs.key k WHERE k.relid = target AND k.kind = 'p')) END);
END $$;

-- A late-binding view runs its text when it is read, so that it depends on no table.
CREATE OR REPLACE FUNCTION rs.run_late(body text) RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY EXECUTE body;
END $$;
CREATE OR REPLACE FUNCTION rs.set_view_text(view regclass, body text, is_late boolean) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = pg_catalog AS $$
    INSERT INTO rs.view_text VALUES (view, body, is_late)
    ON CONFLICT (relid) DO UPDATE SET body = excluded.body, is_late_binding = excluded.is_late_binding
$$;
CREATE OR REPLACE FUNCTION rs.create_late(head text, body text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    columns text;
BEGIN
    EXECUTE 'CREATE TEMP VIEW rs_probe AS ' || body;
    SELECT pg_catalog.string_agg(pg_catalog.format('%I %s', attname, pg_catalog.format_type(atttypid, atttypmod)), ', '
        ORDER BY attnum) INTO columns FROM pg_catalog.pg_attribute WHERE attrelid = 'pg_temp.rs_probe'::regclass;
    DROP VIEW pg_temp.rs_probe;
    EXECUTE pg_catalog.format('%s AS SELECT * FROM rs.run_late(%L) AS t (%s)', head, body, columns);
END $$;

-- No view is updatable; the words are those of PostgreSQL 8.0.
CREATE OR REPLACE FUNCTION rs.check_no_view(target regclass, verb text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = target) = 'v' THEN
        RAISE EXCEPTION 'cannot % a view', verb USING ERRCODE = '0A000';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION rs.check_no_cursor() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_cursors WHERE statement LIKE '%DECLARE "%') THEN
        RAISE EXCEPTION 'Only one cursor can be open at a time in a session.' USING ERRCODE = '0A000';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION rs.check_merge_source(source regclass) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = source) <> 'r' THEN
        RAISE EXCEPTION 'MERGE source must be a table.' USING ERRCODE = '0A000';
    END IF;
END $$;

-- ALTER TABLE.
CREATE OR REPLACE FUNCTION rs.column_number(tbl regclass, col text) RETURNS int2 LANGUAGE plpgsql STABLE
SET search_path = pg_catalog AS $$
DECLARE
    found int2 := (SELECT attnum FROM pg_attribute WHERE attrelid = tbl AND attname = col AND NOT attisdropped AND attnum > 0);
BEGIN
    IF found IS NULL THEN
        RAISE EXCEPTION 'column "%" of relation "%" does not exist', col, (SELECT relname FROM pg_class WHERE oid = tbl)
            USING ERRCODE = '42703';
    END IF;
    RETURN found;
END $$;

CREATE OR REPLACE FUNCTION rs.check_owner(tbl regclass) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF NOT pg_has_role(session_user, (SELECT relowner FROM pg_class WHERE oid = tbl), 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of relation %', (SELECT relname FROM pg_class WHERE oid = tbl)
            USING ERRCODE = '42501';
    END IF;
END $$;

-- Acts as another user, or, by '', as the one who logged in; a login that is no superuser's is refused.
CREATE OR REPLACE FUNCTION rs.set_session_authorization(username text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    login text := current_setting('rs.login_user');
BEGIN
    IF username NOT IN ('', login) AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = login) THEN
        RAISE EXCEPTION 'permission denied to set session authorization' USING ERRCODE = '42501';
    END IF;
    IF username <> '' AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = username AND rolcanlogin) THEN
        RAISE EXCEPTION 'user "%" does not exist', username USING ERRCODE = '42704';
    END IF;
    PERFORM set_config('session_authorization', coalesce(nullif(username, ''), login), false);
END $$;

CREATE OR REPLACE FUNCTION rs.set_column(tbl regclass, col text, new_encoding text) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM rs.check_owner(tbl);
    INSERT INTO rs.column_design VALUES (tbl, rs.column_number(tbl, col), nullif(new_encoding, ''), false, 0)
    ON CONFLICT (relid, attnum) DO UPDATE SET encoding = excluded.encoding;
END $$;

CREATE OR REPLACE FUNCTION rs.check_droppable(tbl regclass, col text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog AS $$
DECLARE
    number int2 := rs.column_number(tbl, col);
BEGIN
    IF EXISTS (SELECT FROM rs.column_design WHERE relid = tbl AND attnum = number AND (is_distkey OR sortkey <> 0)) THEN
        RAISE EXCEPTION 'cannot drop distkey or sortkey column "%"', col USING ERRCODE = '0A000';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION rs.alter_varchar(tbl regclass, col text, size int) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog AS $$
DECLARE
    number int2 := rs.column_number(tbl, col);
    relation name := (SELECT relname FROM pg_class WHERE oid = tbl);
    column_row pg_attribute := (SELECT a FROM pg_attribute a WHERE attrelid = tbl AND attnum = number);
    problem text;
    longest int;
BEGIN
    EXECUTE format('SELECT max(octet_length(%I)) FROM %s', col, tbl) INTO longest;
    problem := CASE
        WHEN column_row.atttypid <> 'varchar'::regtype THEN 'only VARCHAR columns can be altered'
        WHEN column_row.atttypmod - 4 = size THEN 'target column size should be different'
        WHEN column_row.atthasdef THEN 'column has a default'
        WHEN EXISTS (SELECT FROM rs.key WHERE relid = tbl AND number = ANY (columns)) THEN 'column is part of a key'
        WHEN EXISTS (SELECT FROM rs.column_design d WHERE relid = tbl AND attnum = number
            AND encoding IN ('bytedict', 'runlength', 'text255', 'text32k')) THEN 'column has a compression that forbids it'
        WHEN longest > size THEN 'target column size is less than the longest value' END;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'cannot alter column "%" of relation "%", %', col, relation, problem USING ERRCODE = '0A000';
    END IF;
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I, ALTER COLUMN %I TYPE varchar(%s)',
        tbl, format('rs_varchar_%s_%s', column_row.atttypmod - 4, number), col, size);
    PERFORM rs.adopt(tbl, false);
END $$;

CREATE OR REPLACE FUNCTION rs.drop_key(tbl regclass, key_name text) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM rs.check_owner(tbl);
    DELETE FROM rs.key WHERE relid = tbl AND name = key_name;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'constraint "%" does not exist', key_name USING ERRCODE = '42704';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION rs.set_distribution(tbl regclass, style text, col text) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    number int2 := CASE WHEN col <> '' THEN rs.column_number(tbl, col) END;
BEGIN
    PERFORM rs.check_owner(tbl);
    UPDATE rs.table_design SET diststyle = style WHERE relid = tbl;
    UPDATE rs.column_design SET is_distkey = coalesce(attnum = number, false) WHERE relid = tbl;
END $$;

CREATE OR REPLACE FUNCTION rs.set_sortkey(tbl regclass, names jsonb) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    numbers int2[] := (SELECT array_agg(rs.column_number(tbl, name)) FROM jsonb_array_elements_text(names) name);
BEGIN
    PERFORM rs.check_owner(tbl);
    UPDATE rs.column_design SET sortkey = coalesce(array_position(numbers, attnum), 0) WHERE relid = tbl;
END $$;

-- Moves all rows of `source` behind those of `tbl`.
CREATE OR REPLACE FUNCTION rs.append(tbl regclass, source regclass, mode text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog AS $$
DECLARE
    common text;
    extra int;
    missing int;
BEGIN
    PERFORM rs.check_owner(tbl), rs.check_owner(source), rs.check_no_view(tbl, 'insert into');
    SELECT string_agg(quote_ident(t.attname), ', '),
        count(*) FILTER (WHERE t.attname IS NULL), count(*) FILTER (WHERE s.attname IS NULL)
    INTO common, extra, missing
    FROM (SELECT * FROM pg_attribute WHERE attrelid = tbl AND attnum > 0 AND NOT attisdropped) t
    FULL JOIN (SELECT * FROM pg_attribute WHERE attrelid = source AND attnum > 0 AND NOT attisdropped) s
        ON (s.attname, s.atttypid, s.atttypmod, s.attnotnull) = (t.attname, t.atttypid, t.atttypmod, t.attnotnull);
    IF (extra > 0 AND mode <> 'ignoreextra') OR (missing > 0 AND mode <> 'filltarget') THEN
        RAISE EXCEPTION 'The columns of source and target table do not match' USING ERRCODE = '0A000',
            HINT = 'Use IGNOREEXTRA or FILLTARGET.';
    END IF;
    SELECT string_agg(quote_ident(t.attname), ', ') INTO common
    FROM pg_attribute t JOIN pg_attribute s ON s.attrelid = source AND s.attname = t.attname AND NOT s.attisdropped
    WHERE t.attrelid = tbl AND t.attnum > 0 AND NOT t.attisdropped;
    EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM %s', tbl, common, common, source);
    EXECUTE format('DELETE FROM %s', source);
END $$;
