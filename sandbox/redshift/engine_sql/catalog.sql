-- System tables and views as Redshift shows them. Everything is read through the invoker's role name.
CREATE OR REPLACE FUNCTION rs.version() RETURNS varchar LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.99999'; END;
CREATE OR REPLACE FUNCTION rs.search_path() RETURNS text LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT replace(regexp_replace(current_setting('search_path'), ',? *"?rs"?, *"?pg_catalog"?$', ''), '"', ''); END;
CREATE OR REPLACE FUNCTION rs.is_superuser() RETURNS boolean LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user; END;
CREATE OR REPLACE FUNCTION rs.sees(username text) RETURNS boolean LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT username OPERATOR(pg_catalog.=) current_user::text OR rs.is_superuser()
        OR EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
            WHERE r.rolname = current_user AND 'rs.syslog_access=unrestricted' = ANY (s.setconfig)); END;

-- Encodings: attencodingtype is a number in Redshift; these are the sandbox's own.
CREATE OR REPLACE FUNCTION rs.format_encoding(code int) RETURNS varchar LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT (ARRAY['none', 'bytedict', 'delta', 'delta32k', 'lzo', 'mostly8', 'mostly16', 'mostly32', 'runlength',
        'text255', 'text32k', 'zstd', 'az64'])[code + 1]; END;
CREATE OR REPLACE FUNCTION rs.encoding_code(declared text, kind oid, is_sorted boolean) RETURNS int
LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT pg_catalog.array_position(ARRAY['none', 'bytedict', 'delta', 'delta32k', 'lzo', 'mostly8', 'mostly16',
        'mostly32', 'runlength', 'text255', 'text32k', 'zstd', 'az64'], CASE
        WHEN declared = 'raw' THEN 'none'
        WHEN declared <> 'auto' THEN declared
        WHEN is_sorted OR kind IN (16, 700, 701, 3802, 17) THEN 'none'
        WHEN kind IN (1042, 1043) THEN 'lzo' ELSE 'az64' END) - 1; END;
CREATE OR REPLACE FUNCTION rs.format_type(kind oid, modifier int) RETURNS varchar LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT CASE kind WHEN 3802 THEN 'super' WHEN 17 THEN 'binary varying(1024000)'
        WHEN 1043 THEN 'character varying(' || CASE WHEN modifier > 4 THEN modifier - 4 ELSE 65535 END || ')'
        WHEN 25 THEN 'character varying(65535)'
        WHEN 1700 THEN CASE WHEN modifier < 0 THEN 'numeric(38,0)' ELSE pg_catalog.format_type(kind, modifier) END
        ELSE pg_catalog.format_type(kind, modifier) END; END;
-- Defaults as Redshift shows them: without the schema of its own functions.
CREATE OR REPLACE FUNCTION rs.shown(expression text) RETURNS text LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT pg_catalog.regexp_replace(expression, '\mrs\.', '', 'g'); END;

-- Privileges as Redshift writes them: a group's name is `group <name>`, and MAINTAIN (grants.py) is the engine's own.
CREATE OR REPLACE FUNCTION rs.acl(items aclitem[]) RETURNS text[] LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT pg_catalog.array_agg(pg_catalog.regexp_replace(pg_catalog.regexp_replace(item::text,
        '^"group:([^"]*)"', 'group \1'), '=([^/m]*)m\*?', '=\1') ORDER BY n)
    FROM unnest(items) WITH ORDINALITY i(item, n); END;
-- A state folder of before has the engine's type there, and a view's column cannot change its type.
DO $do$ BEGIN
    IF EXISTS (SELECT FROM information_schema.columns WHERE table_schema = 'rs' AND udt_name = '_aclitem') THEN
        DROP VIEW rs.pg_namespace, rs.pg_class, rs.pg_database CASCADE;
    END IF;
END $do$;
CREATE OR REPLACE VIEW rs.pg_namespace AS
    SELECT oid, nspname, nspowner, rs.acl(nspacl) AS nspacl FROM pg_catalog.pg_namespace
    WHERE nspname <> 'rs' AND nspname NOT LIKE 'pg\_toast%';
-- Redshift has no indexes but those of its catalog.
CREATE OR REPLACE VIEW rs.pg_index AS
    SELECT * FROM pg_catalog.pg_index i WHERE i.indrelid IN
        (SELECT oid FROM pg_catalog.pg_class WHERE relnamespace = 'pg_catalog'::regnamespace);
CREATE OR REPLACE VIEW rs.pg_class AS
    SELECT c.oid, c.relname, c.relnamespace, c.reltype, c.relowner, c.relam, c.relfilenode, c.reltablespace,
        c.relpages, c.reltuples, c.reltoastrelid, false AS relhasindex, c.relisshared, c.relkind, c.relnatts, c.relchecks,
        c.relhasrules, rs.acl(c.relacl) AS relacl, CASE WHEN c.relpersistence = 't' THEN true ELSE false END AS relistemp,
        (CASE d.diststyle WHEN 'even' THEN 0 WHEN 'key' THEN 1 WHEN 'all' THEN 8 WHEN 'auto' THEN 9 ELSE 0 END)::smallint
            AS reldiststyle,
        c.relowner AS releffectiveuserid
    FROM pg_catalog.pg_class c LEFT JOIN rs.table_design d ON d.relid = c.oid
    WHERE c.relnamespace <> 'rs'::regnamespace AND c.relkind IN ('r', 'v');
CREATE OR REPLACE VIEW rs.pg_attribute AS
    SELECT a.attrelid, a.attname, a.atttypid, a.attlen, a.attnum, a.attndims, a.atttypmod, a.attbyval, a.attstorage,
        a.attalign, a.attnotnull, a.atthasdef, a.attisdropped, a.attislocal, a.attinhcount,
        coalesce(d.is_distkey, false) AS attisdistkey, coalesce(d.sortkey, 0) AS attsortkeyord,
        rs.encoding_code(d.encoding, a.atttypid, coalesce(d.sortkey, 0) <> 0)::smallint AS attencodingtype
    FROM pg_catalog.pg_attribute a LEFT JOIN rs.column_design d ON d.relid = a.attrelid AND d.attnum = a.attnum
    -- Those of a late-binding view are known to pg_get_late_binding_view_cols only.
    WHERE NOT EXISTS (SELECT FROM rs.view_text v WHERE v.relid = a.attrelid AND v.is_late_binding);
CREATE OR REPLACE VIEW rs.pg_attrdef AS
    SELECT oid, adrelid, adnum, adbin, rs.shown(pg_get_expr(adbin, adrelid)) AS adsrc FROM pg_catalog.pg_attrdef;
CREATE OR REPLACE FUNCTION rs.pg_get_expr(tree pg_node_tree, relation oid) RETURNS text LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT rs.shown(pg_catalog.pg_get_expr(tree, relation)); END;
CREATE OR REPLACE VIEW rs.pg_constraint AS
    SELECT id AS oid, name AS conname, (SELECT relnamespace FROM pg_catalog.pg_class c WHERE c.oid = k.relid) AS connamespace,
        kind AS contype, false AS condeferrable, false AS condeferred, relid AS conrelid, 0::oid AS contypid,
        referred AS confrelid, ' '::"char" AS confupdtype, ' '::"char" AS confdeltype, columns AS conkey,
        referred_columns AS confkey
    FROM rs.key k WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = k.relid);
CREATE OR REPLACE FUNCTION rs.column_names(relation oid, numbers int2[]) RETURNS text LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY n.ord)
    FROM unnest(numbers) WITH ORDINALITY n(attnum, ord)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = relation AND a.attnum = n.attnum; END;
CREATE OR REPLACE FUNCTION rs.pg_get_constraintdef(id oid, pretty boolean DEFAULT false) RETURNS text
LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT CASE k.kind WHEN 'p' THEN 'PRIMARY KEY (' WHEN 'u' THEN 'UNIQUE (' ELSE 'FOREIGN KEY (' END
        || rs.column_names(k.relid, k.columns) || ')' || coalesce(
            (SELECT ' REFERENCES ' || CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN ''
                ELSE pg_catalog.quote_ident(n.nspname) || '.' END || pg_catalog.quote_ident(c.relname) || '('
                || rs.column_names(k.referred, k.referred_columns) || ')'
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = k.referred), '')
    FROM rs.key k WHERE k.id = $1; END;
CREATE OR REPLACE FUNCTION rs.pg_get_viewdef(view oid, pretty boolean DEFAULT false) RETURNS text LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT coalesce((SELECT body || ';' FROM rs.view_text WHERE relid = view), pg_catalog.pg_get_viewdef(view)); END;
CREATE OR REPLACE VIEW rs.pg_user AS
    SELECT rolname AS usename, oid::int AS usesysid, rolcreatedb AS usecreatedb, rolsuper AS usesuper, false AS usecatupd,
        '********'::text AS passwd, rolvaliduntil AS valuntil, NULL::text[] AS useconfig
    FROM pg_catalog.pg_roles WHERE rolcanlogin AND rolname <> 'postgres';
CREATE OR REPLACE VIEW rs.pg_user_info AS
    SELECT usename, usesysid, usecreatedb, usesuper, usecatupd, passwd, valuntil, useconfig,
        CASE WHEN r.rolconnlimit < 0 THEN 'UNLIMITED' ELSE r.rolconnlimit::text END AS useconnlimit
    FROM rs.pg_user u JOIN pg_catalog.pg_roles r ON r.rolname = u.usename WHERE rs.sees(u.usename::text);
CREATE OR REPLACE VIEW rs.pg_group AS
    SELECT substr(rolname::text, 7)::name AS groname, oid::int AS grosysid,
        ARRAY(SELECT member::int FROM pg_catalog.pg_auth_members m WHERE m.roleid = r.oid) AS grolist
    FROM pg_catalog.pg_roles r WHERE rolname LIKE 'group:%';
CREATE OR REPLACE VIEW rs.pg_default_acl AS
    SELECT oid, defaclrole AS defacluser, defaclnamespace, defaclobjtype, rs.acl(defaclacl) AS defaclacl
    FROM pg_catalog.pg_default_acl;
CREATE OR REPLACE VIEW rs.pg_database AS
    SELECT oid, datname, datdba, encoding, datistemplate, datallowconn,
        rs.acl(datacl) AS datacl
    FROM pg_catalog.pg_database WHERE NOT datistemplate AND datname NOT IN ('postgres', 'redshift_template');
CREATE OR REPLACE VIEW rs.pg_tables AS
    SELECT n.nspname AS schemaname, c.relname AS tablename, pg_get_userbyid(c.relowner) AS tableowner,
        NULL::name AS tablespace, false AS hasindexes, false AS hasrules, false AS hastriggers
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname <> 'rs';
CREATE OR REPLACE VIEW rs.pg_views AS
    SELECT n.nspname AS schemaname, c.relname AS viewname, pg_get_userbyid(c.relowner) AS viewowner,
        rs.pg_get_viewdef(c.oid) AS definition
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'v' AND n.nspname <> 'rs';

-- Every column of every user table and view, in order.
CREATE OR REPLACE VIEW rs.columns AS
    SELECT n.nspname AS schemaname, c.relname AS tablename, c.oid AS relid, c.relkind, a.attname AS "column",
        rs.format_type(a.atttypid, a.atttypmod) AS type, a.attnum, a.attnotnull, a.attidentity,
        rs.shown(pg_get_expr(d.adbin, d.adrelid)) AS "default", a.atttypid, a.atttypmod,
        rs.format_encoding(rs.encoding_code(cd.encoding, a.atttypid, coalesce(cd.sortkey, 0) <> 0)) AS encoding,
        coalesce(cd.is_distkey, false) AS distkey, coalesce(cd.sortkey, 0) AS sortkey
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    LEFT JOIN rs.column_design cd ON cd.relid = c.oid AND cd.attnum = a.attnum
    WHERE c.relkind IN ('r', 'v') AND n.nspname NOT IN ('rs', 'pg_catalog', 'information_schema', 'pg_toast');
-- PG_TABLE_DEF shows only schemas of the search path (r_PG_TABLE_DEF.md).
CREATE OR REPLACE VIEW rs.pg_table_def AS
    SELECT schemaname, tablename, "column", type, encoding, distkey, sortkey, attnotnull AS "notnull"
    FROM rs.columns WHERE relkind = 'r' AND schemaname = ANY (current_schemas(true));
CREATE OR REPLACE FUNCTION rs.column_list(relation regclass) RETURNS TABLE (
    name text, type text, is_not_null boolean, is_identity boolean, "default" text)
LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT "column"::text, type::text, attnotnull, attidentity <> '', "default" FROM rs.columns
    WHERE relid = relation ORDER BY attnum; END;
CREATE OR REPLACE FUNCTION rs.pg_get_late_binding_view_cols() RETURNS SETOF record LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT schemaname, tablename, "column", type, attnum::int FROM rs.columns
    WHERE relid IN (SELECT relid FROM rs.view_text WHERE is_late_binding) AND relkind = 'v'; END;

-- SVV views.
CREATE OR REPLACE VIEW rs.svv_table_info AS
    SELECT current_database()::text AS database, n.nspname::text AS schema, c.oid AS table_id, c.relname::text AS "table",
        CASE WHEN EXISTS (SELECT FROM rs.columns x WHERE x.relid = c.oid AND x.encoding <> 'none') THEN 'Y' ELSE 'N' END AS encoded,
        CASE d.diststyle WHEN 'key' THEN 'KEY(' || (SELECT x."column" FROM rs.columns x WHERE x.relid = c.oid AND x.distkey) || ')'
            WHEN 'auto' THEN 'AUTO(ALL)' ELSE upper(d.diststyle) END AS diststyle,
        coalesce((SELECT x."column"::text FROM rs.columns x WHERE x.relid = c.oid AND abs(x.sortkey) = 1), 'AUTO(SORTKEY)') AS sortkey1,
        (SELECT max(x.atttypmod - 4) FROM rs.columns x WHERE x.relid = c.oid AND x.atttypid = 1043) AS max_varchar,
        'none'::text AS sortkey1_enc, (SELECT count(*)::int FROM rs.columns x WHERE x.relid = c.oid AND x.sortkey <> 0) AS sortkey_num,
        greatest(1, pg_relation_size(c.oid) / 1048576) AS size, 0::numeric(10,4) AS pct_used, 0::bigint AS empty,
        0::numeric(5,2) AS unsorted, 0::numeric(5,2) AS stats_off, s.n_live_tup::numeric(38,0) AS tbl_rows,
        NULL::numeric(19,2) AS skew_sortkey1, NULL::numeric(19,2) AS skew_rows
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN rs.table_design d ON d.relid = c.oid
    LEFT JOIN pg_catalog.pg_stat_user_tables s ON s.relid = c.oid
    WHERE c.relkind = 'r' AND pg_relation_size(c.oid) > 0 AND rs.is_superuser();
CREATE OR REPLACE VIEW rs.svv_tables AS
    SELECT current_database()::text AS table_catalog, n.nspname::text AS table_schema, c.relname::text AS table_name,
        CASE c.relkind WHEN 'r' THEN 'BASE TABLE' ELSE 'VIEW' END AS table_type, obj_description(c.oid) AS remarks
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v') AND n.nspname NOT IN ('rs', 'pg_toast')
        AND has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE');
CREATE OR REPLACE VIEW rs.svv_columns AS
    SELECT current_database()::text AS table_catalog, schemaname::text AS table_schema, tablename::text AS table_name,
        "column"::text AS column_name, attnum::int AS ordinal_position, "default" AS column_default,
        CASE WHEN attnotnull THEN 'NO' ELSE 'YES' END AS is_nullable, regexp_replace(type, '\(.*\)', '') AS data_type,
        CASE WHEN atttypid IN (1042, 1043) AND atttypmod > 0 THEN atttypmod - 4 END AS character_maximum_length,
        CASE WHEN atttypid = 1700 AND atttypmod > 0 THEN (atttypmod - 4) >> 16 WHEN atttypid = 20 THEN 64
            WHEN atttypid = 23 THEN 32 WHEN atttypid = 21 THEN 16 END AS numeric_precision, NULL::int AS numeric_precision_radix,
        CASE WHEN atttypid = 1700 AND atttypmod > 0 THEN (atttypmod - 4) & 65535 WHEN atttypid IN (20, 21, 23) THEN 0 END AS numeric_scale,
        NULL::int AS datetime_precision, NULL::text AS interval_type, NULL::text AS interval_precision,
        NULL::text AS character_set_catalog, NULL::text AS character_set_schema, NULL::text AS character_set_name,
        NULL::text AS collation_catalog, NULL::text AS collation_schema, NULL::text AS collation_name,
        NULL::text AS domain_name, NULL::text AS remarks
    FROM rs.columns WHERE has_table_privilege(relid, 'SELECT, INSERT, UPDATE, DELETE');
CREATE OR REPLACE VIEW rs.svv_redshift_schemas AS
    SELECT current_database()::text AS database_name, nspname::text AS schema_name, nspowner::int AS schema_owner,
        'local'::text AS schema_type, nspacl::text AS schema_acl, NULL::text AS schema_option
    FROM rs.pg_namespace WHERE nspname NOT LIKE 'pg\_temp%';
CREATE OR REPLACE VIEW rs.svv_all_schemas AS
    SELECT database_name, schema_name, schema_owner, schema_type, schema_acl, NULL::text AS source_database, schema_option
    FROM rs.svv_redshift_schemas;
CREATE OR REPLACE VIEW rs.svv_redshift_databases AS
    SELECT datname::text AS database_name, datdba::int AS database_owner, 'local'::text AS database_type,
        datacl::text AS database_acl, NULL::text AS database_options,
        CASE WHEN l.level = 'serializable' THEN 'Serializable' ELSE 'Snapshot Isolation' END AS database_isolation_level
    FROM rs.pg_database d LEFT JOIN LATERAL (SELECT substr(o, 31) AS level FROM pg_catalog.pg_db_role_setting s,
        unnest(s.setconfig) o WHERE s.setdatabase = d.oid AND o LIKE 'default\_transaction\_isolation=%') l ON true;
CREATE OR REPLACE VIEW rs.svv_redshift_tables AS
    SELECT table_catalog AS database_name, table_schema AS schema_name, table_name,
        CASE table_type WHEN 'BASE TABLE' THEN 'TABLE' ELSE 'VIEW' END AS table_type, NULL::text AS table_acl, remarks
    FROM rs.svv_tables;
CREATE OR REPLACE VIEW rs.svv_all_tables AS SELECT * FROM rs.svv_redshift_tables;
CREATE OR REPLACE VIEW rs.svv_redshift_columns AS
    SELECT current_database()::text AS database_name, schemaname::text AS schema_name, tablename::text AS table_name,
        "column"::text AS column_name, attnum::int AS ordinal_position, type::text AS data_type, "default" AS column_default,
        CASE WHEN attnotnull THEN 'NO' ELSE 'YES' END AS is_nullable, encoding::text AS encoding, distkey, sortkey,
        NULL::text AS column_acl, NULL::text AS remarks
    FROM rs.columns WHERE has_table_privilege(relid, 'SELECT, INSERT, UPDATE, DELETE');
CREATE OR REPLACE VIEW rs.svv_all_columns AS SELECT * FROM rs.svv_redshift_columns;
CREATE OR REPLACE VIEW rs.svv_external_schemas AS
    SELECT NULL::oid AS esoid, NULL::smallint AS eskind, NULL::name AS schemaname, NULL::int AS esowner,
        NULL::text AS databasename, NULL::text AS esoptions WHERE false;
CREATE OR REPLACE VIEW rs.svv_external_tables AS
    SELECT NULL::text AS schemaname, NULL::text AS tablename, NULL::text AS location, NULL::text AS input_format,
        NULL::text AS parameters WHERE false;
CREATE OR REPLACE VIEW rs.svv_external_columns AS
    SELECT NULL::text AS schemaname, NULL::text AS tablename, NULL::text AS columnname, NULL::text AS external_type,
        NULL::int AS columnnum, NULL::int AS part_key, NULL::text AS is_nullable WHERE false;

-- What was granted to whom; not what an owner may do anyway, nor the engine's own MAINTAIN and TRIGGER.
CREATE OR REPLACE FUNCTION rs.grants(items aclitem[], known text[]) RETURNS TABLE (
    privilege_type text, identity_id int, identity_name text, identity_type text, admin_option boolean)
LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT a.privilege_type, a.grantee::int,
        CASE WHEN a.grantee::int = 0 THEN 'public' ELSE regexp_replace(r.rolname::text, '^group:', '') END,
        CASE WHEN a.grantee::int = 0 THEN 'public' WHEN r.rolname LIKE 'group:%' THEN 'group' ELSE 'user' END,
        a.is_grantable
    FROM pg_catalog.aclexplode(items) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
    WHERE a.grantee <> a.grantor AND a.privilege_type = ANY (known)
        AND (a.grantee::int = 0 OR rs.sees(r.rolname::text) OR pg_has_role(r.oid, 'MEMBER')); END;
-- r_SVV_RELATION_PRIVILEGES.md, r_SVV_SCHEMA_PRIVILEGES.md, r_SVV_DATABASE_PRIVILEGES.md, r_SVV_DEFAULT_PRIVILEGES.md
CREATE OR REPLACE VIEW rs.svv_relation_privileges AS
    SELECT n.nspname::text AS namespace_name, c.relname::text AS relation_name, g.*
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
        rs.grants(c.relacl, '{SELECT,INSERT,UPDATE,DELETE,REFERENCES}') g
    WHERE c.relkind IN ('r', 'v') AND n.nspname NOT IN ('rs', 'pg_catalog', 'information_schema');
CREATE OR REPLACE VIEW rs.svv_schema_privileges AS
    SELECT n.nspname::text AS namespace_name, g.*, 'SCHEMA'::text AS privilege_scope
    FROM pg_catalog.pg_namespace n, rs.grants(n.nspacl, '{CREATE,USAGE}') g
    WHERE n.nspname <> 'rs' AND n.nspname NOT LIKE 'pg\_toast%';
CREATE OR REPLACE VIEW rs.svv_database_privileges AS
    SELECT d.datname::text AS database_name, g.*, 'DATABASE'::text AS privilege_scope
    FROM pg_catalog.pg_database d JOIN rs.pg_database shown ON shown.oid = d.oid,
        rs.grants(d.datacl, '{CREATE,TEMPORARY}') g;
CREATE OR REPLACE VIEW rs.svv_default_privileges AS
    SELECT n.nspname::text AS schema_name, 'RELATION'::text AS object_type, d.defaclrole::int AS owner_id,
        pg_get_userbyid(d.defaclrole)::text AS owner_name, 'user'::text AS owner_type, g.privilege_type,
        g.identity_id AS grantee_id, g.identity_name AS grantee_name, g.identity_type AS grantee_type, g.admin_option
    FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace,
        rs.grants(d.defaclacl, '{SELECT,INSERT,UPDATE,DELETE,REFERENCES}') g
    WHERE d.defaclobjtype = 'r';

-- Isolation: default_transaction_isolation of the database (c_serial_isolation.md).
CREATE OR REPLACE VIEW rs.stv_db_isolation_level AS
    SELECT (SELECT datname::char(128) FROM pg_catalog.pg_database d WHERE d.datname = database_name) AS db_name,
        database_isolation_level::char(20) AS isolation_level FROM rs.svv_redshift_databases;

-- The query log. Times are UTC without zone.
CREATE OR REPLACE FUNCTION rs.utc(timestamptz) RETURNS timestamp LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT $1 AT TIME ZONE 'UTC'; END;
CREATE OR REPLACE FUNCTION rs.user_id(username text) RETURNS int LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT oid::int FROM pg_catalog.pg_roles WHERE rolname = username; END;
CREATE OR REPLACE VIEW rs.log AS
    SELECT q.*, rs.user_id(username) AS userid, query_id AS xid, rs.utc(started) AS starttime, rs.utc(ended) AS endtime,
        (extract(epoch FROM coalesce(ended, clock_timestamp()) - started) * 1000000)::bigint AS microseconds,
        CASE WHEN verb IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'COPY', 'UNLOAD') THEN 'QUERY'
            WHEN verb ~ '^(CREATE|ALTER|DROP)' THEN 'DDL' ELSE 'UTILITY' END AS kind
    FROM rs.query_log q WHERE rs.sees(username);
CREATE OR REPLACE VIEW rs.stv_recents AS
    SELECT userid, (CASE status WHEN 'running' THEN 'Running' ELSE 'Done' END)::char(20) AS status, starttime,
        microseconds::int AS duration, username::char(50) AS user_name, database::char(50) AS db_name,
        left(replace(text, E'\n', '\n'), 600)::char(600) AS query, CASE status WHEN 'running' THEN pid ELSE -1 END AS pid
    FROM rs.log;
CREATE OR REPLACE VIEW rs.stv_inflight AS
    SELECT userid, 0 AS slice, query_id::int AS query, 'default'::char(30) AS label, xid, pid, starttime,
        left(text, 100)::char(100) AS text, 0 AS suspended, 0 AS insert_pristine, 0 AS concurrency_scaling_status
    FROM rs.log WHERE status = 'running';
CREATE OR REPLACE VIEW rs.stv_sessions AS
    SELECT rs.utc(backend_start) AS starttime, pid AS process, usename::char(50) AS user_name, datname::char(50) AS db_name
    FROM pg_catalog.pg_stat_activity
    WHERE backend_type = 'client backend' AND application_name <> 'sandbox' AND rs.sees(usename::text);
CREATE OR REPLACE VIEW rs.stv_locks AS
    SELECT relation::int AS table_id, NULL::timestamp AS last_update, pid AS last_commit, pid::bigint AS lock_owner_pid,
        'Holding write lock'::char(22) AS lock_status
    FROM pg_catalog.pg_locks WHERE mode = 'ShareRowExclusiveLock' AND granted AND rs.is_superuser();
CREATE OR REPLACE VIEW rs.stl_query AS
    SELECT userid, query_id::int AS query, 'default'::char(320) AS label, xid, pid, database::char(32) AS database,
        left(replace(text, E'\n', '\n'), 4000)::char(4000) AS querytxt, starttime, endtime,
        (status = 'failed')::int AS aborted, 0 AS insert_pristine, 0 AS concurrency_scaling_status
    FROM rs.log WHERE kind = 'QUERY' AND status <> 'running';
CREATE OR REPLACE VIEW rs.svl_qlog AS
    SELECT userid, query, xid, pid, starttime, endtime, (extract(epoch FROM endtime - starttime) * 1000000)::bigint AS elapsed,
        aborted, label, left(querytxt, 60)::char(60) AS substring, NULL::int AS source_query FROM rs.stl_query;
CREATE OR REPLACE VIEW rs.log_text AS
    SELECT l.*, n AS sequence, substr(replace(l.text, E'\n', '\n'), n * 200 + 1, 200)::char(200) AS part
    FROM rs.log l, LATERAL generate_series(0, (greatest(length(replace(l.text, E'\n', '\n')), 1) - 1) / 200) n;
CREATE OR REPLACE VIEW rs.stl_querytext AS
    SELECT userid, xid, pid, query_id::int AS query, sequence, part AS text FROM rs.log_text WHERE kind = 'QUERY';
CREATE OR REPLACE VIEW rs.stl_utilitytext AS
    SELECT userid, xid, pid, 'default'::char(320) AS label, starttime, endtime, sequence, part AS text
    FROM rs.log_text WHERE kind = 'UTILITY';
CREATE OR REPLACE VIEW rs.stl_ddltext AS
    SELECT userid, xid, pid, 'default'::char(320) AS label, starttime, endtime, sequence, part AS text
    FROM rs.log_text WHERE kind = 'DDL';
CREATE OR REPLACE VIEW rs.svl_statementtext AS
    SELECT userid, xid, pid, 'default'::char(320) AS label, starttime, endtime, sequence, kind::varchar(10) AS type, part AS text
    FROM rs.log_text;
CREATE OR REPLACE VIEW rs.sys_query_history AS
    SELECT userid AS user_id, query_id, 'default'::char(320) AS query_label, xid AS transaction_id, pid AS session_id,
        database::char(128) AS database_name, verb::char(32) AS query_type, status::char(10) AS status,
        false AS result_cache_hit, starttime AS start_time, endtime AS end_time, microseconds AS elapsed_time,
        0::bigint AS queue_time, microseconds AS execution_time, error::char(512) AS error_message,
        row_count AS returned_rows, 0::bigint AS returned_bytes, left(replace(text, E'\n', '\n'), 4000)::char(4000) AS query_text,
        '1.0.99999'::char(256) AS redshift_version, NULL::char(150) AS usage_limit, 'primary'::char(20) AS compute_type,
        0::bigint AS compile_time, 0::bigint AS planning_time, 0::bigint AS lock_wait_time
    FROM rs.log;
CREATE OR REPLACE VIEW rs.sys_query_text AS
    SELECT userid AS user_id, query_id, xid AS transaction_id, pid AS session_id, starttime AS start_time, sequence, part AS text
    FROM rs.log_text;
CREATE OR REPLACE VIEW rs.stl_tr_conflict AS
    SELECT NULL::int AS xact_id, NULL::int AS process_id, NULL::timestamp AS xact_start_ts, NULL::timestamp AS abort_time,
        NULL::int AS table_id WHERE false;

-- Loads.
CREATE OR REPLACE FUNCTION rs.table_id(name text) RETURNS int LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT to_regclass(name)::oid::int; END;
CREATE OR REPLACE VIEW rs.stl_load_errors AS
    SELECT l.userid, 0 AS slice, coalesce(rs.table_id(e.table_name), 0) AS tbl, rs.utc(e.at) AS starttime, l.pid AS session,
        e.query_id::int AS query, e.file_name::char(256) AS filename, e.line_number, e.column_name::char(127) AS colname,
        e.column_type::char(10) AS type, e.column_length::char(10) AS col_length, e.position,
        e.raw_line::char(1024) AS raw_line, e.raw_field_value::char(1024) AS raw_field_value, e.error_code AS err_code,
        e.error_message::char(100) AS err_reason, 0 AS is_partial, 0::bigint AS start_offset, 0::bigint AS copy_job_id
    FROM rs.load_error e JOIN rs.log l USING (query_id);
CREATE OR REPLACE VIEW rs.sys_load_error_detail AS
    SELECT l.userid AS user_id, e.query_id, l.xid AS transaction_id, l.pid AS session_id, l.database::char(64) AS database_name,
        coalesce(rs.table_id(e.table_name), 0) AS table_id, rs.utc(e.at) AS start_time, e.file_name::char(256) AS file_name,
        e.line_number, e.column_name::char(127) AS column_name, e.column_type::char(10) AS column_type,
        e.column_length::char(10) AS column_length, e.position, e.error_code, e.error_message::char(512) AS error_message
    FROM rs.load_error e JOIN rs.log l USING (query_id);
CREATE OR REPLACE VIEW rs.stl_load_commits AS
    SELECT l.userid, f.query_id::int AS query, 0 AS slice, f.table_name::char(256) AS name, f.file_name::char(256) AS filename,
        0 AS byte_offset, f.line_count::int AS lines_scanned, 0 AS errors, rs.utc(f.at) AS curtime, 1 AS status,
        f.format::char(16) AS file_format, NULL::int AS is_partial, NULL::bigint AS start_offset, 0::bigint AS copy_job_id
    FROM rs.loaded_file f JOIN rs.log l USING (query_id);
CREATE OR REPLACE VIEW rs.sys_load_detail AS
    SELECT l.userid AS user_id, f.query_id, l.xid AS transaction_id, l.pid AS session_id, l.database::char(64) AS database_name,
        rs.utc(f.at) AS start_time, rs.utc(f.at) AS end_time, f.file_name::char(256) AS file_name, f.size_bytes AS file_bytes,
        f.line_count AS scanned_rows FROM rs.loaded_file f JOIN rs.log l USING (query_id);
CREATE OR REPLACE VIEW rs.sys_load_history AS
    SELECT l.userid AS user_id, l.query_id, l.xid AS transaction_id, l.pid AS session_id, l.database AS database_name,
        CASE l.status WHEN 'success' THEN 'completed' WHEN 'failed' THEN 'aborted' ELSE l.status END AS status,
        coalesce(max(f.table_name), (SELECT max(e.table_name) FROM rs.load_error e WHERE e.query_id = l.query_id)) AS table_name,
        l.starttime AS start_time, l.endtime AS end_time, l.microseconds AS duration,
        (regexp_match(l.text, '(s3://[^'']*)'))[1] AS data_source, coalesce(max(f.format), '') AS file_format,
        l.row_count AS loaded_rows, coalesce(sum(f.size_bytes), 0)::bigint AS loaded_bytes, count(f.file_name)::int AS source_file_count,
        coalesce(sum(f.size_bytes), 0)::bigint AS source_file_bytes, count(f.file_name)::int AS file_count_scanned,
        coalesce(sum(f.size_bytes), 0)::bigint AS file_bytes_scanned,
        (SELECT count(*)::bigint FROM rs.load_error e WHERE e.query_id = l.query_id) AS error_count, 0::bigint AS copy_job_id
    FROM rs.log l LEFT JOIN rs.loaded_file f USING (query_id) WHERE l.verb = 'COPY'
    GROUP BY l.userid, l.query_id, l.xid, l.pid, l.database, l.status, l.starttime, l.endtime, l.microseconds, l.text, l.row_count;
CREATE OR REPLACE VIEW rs.sys_unload_history AS
    SELECT userid AS user_id, query_id, xid AS transaction_id, pid AS session_id, database AS database_name,
        CASE status WHEN 'success' THEN 'completed' WHEN 'failed' THEN 'aborted' ELSE status END AS status,
        starttime AS start_time, endtime AS end_time, microseconds AS duration, row_count AS unloaded_rows, error AS error_message
    FROM rs.log WHERE verb = 'UNLOAD';
CREATE OR REPLACE FUNCTION rs.pg_last_query_id() RETURNS int LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT coalesce(nullif(current_setting('rs.last_query_id', true), '')::int, -1); END;

-- Privileges as Redshift asks for them: GROUP roles are hidden behind their prefix.
CREATE OR REPLACE FUNCTION rs.has_table_privilege(tbl text, privilege text) RETURNS boolean LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT pg_catalog.has_table_privilege(tbl, privilege); END;
CREATE OR REPLACE FUNCTION rs.has_table_privilege(username name, tbl text, privilege text) RETURNS boolean LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT pg_catalog.has_table_privilege(username, tbl, privilege); END;
CREATE OR REPLACE FUNCTION rs.pg_cancel_backend(process int) RETURNS int LANGUAGE sql VOLATILE SECURITY DEFINER
    BEGIN ATOMIC SELECT pg_catalog.pg_cancel_backend(pid)::int FROM pg_catalog.pg_stat_activity
    WHERE pid = process AND application_name <> 'sandbox'; END;
CREATE OR REPLACE FUNCTION rs.pg_terminate_backend(process int) RETURNS int LANGUAGE sql VOLATILE SECURITY DEFINER
    BEGIN ATOMIC SELECT pg_catalog.pg_terminate_backend(pid)::int FROM pg_catalog.pg_stat_activity
    WHERE pid = process AND application_name <> 'sandbox'; END;
-- INFORMATION_SCHEMA without the sandbox's own schema.
DO $do$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY '{tables,columns,views,table_constraints,key_column_usage,referential_constraints,table_privileges}'::text[] LOOP
        EXECUTE format('CREATE OR REPLACE VIEW rs.information_%s AS SELECT * FROM information_schema.%s WHERE %s <> %L',
            name, name, CASE WHEN name = 'referential_constraints' THEN 'constraint_schema' ELSE 'table_schema' END, 'rs');
    END LOOP;
END $do$;
CREATE OR REPLACE VIEW rs.information_schemata AS SELECT * FROM information_schema.schemata WHERE schema_name <> 'rs';
GRANT SELECT ON ALL TABLES IN SCHEMA rs TO public;
