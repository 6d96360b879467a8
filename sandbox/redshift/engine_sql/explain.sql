-- EXPLAIN in Redshift's shape: the engine's plan, with the steps' names and the redistribution that Redshift would show.
-- Source: r_EXPLAIN.md, c-query-planning.md, c_data_redistribution.md

-- An expression of the engine's plan without what the translation put there: casts, RTRIM of compared texts.
CREATE OR REPLACE FUNCTION rs.plan_expression(expression text) RETURNS text LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog AS $$
DECLARE
    found text := rs.shown(regexp_replace(expression, 'OPERATOR\(pg_catalog\.([^)]+)\)', '\1', 'g'));
    before text := '';
BEGIN
    found := regexp_replace(found, '::("[^"]*"|[a-z_]+( varying| precision| with(out)? time zone)?(\([0-9, ]+\))?(\[\])?)', '', 'g');
    found := regexp_replace(found, $r$rtrim\(\(?([\w."$]+)\)?, ' '\)$r$, '\1', 'g');
    WHILE before <> found LOOP
        before := found;
        found := regexp_replace(found, '(^|[( ])\(([\w."$]+)\)', '\1\2', 'g');
    END LOOP;
    RETURN found;
END $$;

-- The lines of a node and of all below it. `dist` says where its rows lie: {all}, {even}, or {key} with the columns,
-- as alias.column, by whose equal values they are distributed.
CREATE OR REPLACE FUNCTION rs.plan_node(node jsonb, depth int, OUT lines text[], OUT dist text[]) LANGUAGE plpgsql STABLE
SET search_path = pg_catalog AS $$
DECLARE
    kind text := node->>'Node Type';
    name text;
    movement text := '';
    details text[] := '{}';
    child jsonb;
    below record;
    outer_side text[];
    inner_side text[];
    outer_rows float8;
    inner_rows float8;
    condition text := rs.plan_expression(node->>'Hash Cond');
    equal text[];
    style text;
    body text[] := '{}';
BEGIN
    dist := '{even}';
    FOR child IN SELECT jsonb_array_elements(node->'Plans') LOOP
        below := rs.plan_node(child, depth + 1);
        body := body || below.lines;
        IF child->>'Parent Relationship' = 'Outer' THEN
            outer_side := below.dist;
            outer_rows := (child->>'Plan Rows')::float8;
        ELSIF child->>'Parent Relationship' = 'Inner' THEN
            inner_side := below.dist;
            inner_rows := (child->>'Plan Rows')::float8;
        END IF;
    END LOOP;
    dist := coalesce(outer_side, dist);

    IF kind IN ('Hash Join', 'Nested Loop', 'Merge Join') THEN
        SELECT array_agg(pair[1] || ' = ' || pair[2]) INTO equal
        FROM regexp_matches(condition, '\(([\w."$]+) = ([\w."$]+)\)', 'g') pair;
        SELECT d.movement, d.dist INTO movement, dist
        FROM rs.plan_movement(outer_side, inner_side, outer_rows, inner_rows, coalesce(equal, '{}')) d;
    ELSIF kind = 'Seq Scan' THEN
        SELECT d.diststyle, coalesce('key' || c.attname, '') INTO style, name
        FROM pg_class t JOIN rs.table_design d ON d.relid = t.oid
        LEFT JOIN rs.column_design k ON k.relid = t.oid AND k.is_distkey
        LEFT JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum = k.attnum
        WHERE t.relname = node->>'Relation Name' AND t.relnamespace = (node->>'Schema')::regnamespace;
        dist := CASE style WHEN 'all' THEN '{all}' WHEN 'auto' THEN '{all}'
            WHEN 'key' THEN ARRAY['key', quote_ident(node->>'Alias') || '.' || quote_ident(substr(name, 4))]
            ELSE '{even}'::text[] END;
    ELSIF kind = 'Subquery Scan' THEN
        dist := CASE WHEN dist[1] = 'all' THEN dist ELSE '{even}' END;
    END IF;

    name := CASE
        WHEN kind = 'Aggregate' THEN CASE node->>'Strategy' WHEN 'Plain' THEN 'Aggregate'
            WHEN 'Sorted' THEN 'GroupAggregate' ELSE 'HashAggregate' END
        WHEN kind = 'WindowAgg' THEN 'Window'
        WHEN kind = 'CTE Scan' THEN 'Subquery Scan'
        WHEN kind IN ('Hash Join', 'Nested Loop', 'Merge Join') AND node->>'Join Type' <> 'Inner' THEN
            regexp_replace(kind, '( Join| Loop)$', CASE kind WHEN 'Nested Loop' THEN ' Loop ' ELSE ' ' END
                || CASE node->>'Join Type' WHEN 'Anti' THEN 'NOT IN' WHEN 'Semi' THEN 'IN' ELSE node->>'Join Type' END || ' Join')
        ELSE kind END;
    name := 'XN ' || name || movement || CASE
        WHEN kind = 'Seq Scan' THEN ' on ' || quote_ident(node->>'Relation Name')
            || CASE WHEN node->>'Alias' <> node->>'Relation Name' THEN ' ' || quote_ident(node->>'Alias') ELSE '' END
        WHEN kind IN ('Subquery Scan', 'CTE Scan') THEN ' ' || quote_ident(node->>'Alias') ELSE '' END;

    -- In Redshift an alias says on which side of the join a column lies.
    IF condition IS NOT NULL THEN
        details := details || ('Hash Cond: ' || regexp_replace(condition, '\(([\w"$]+)\.([\w"$]+) = ([\w"$]+)\.([\w"$]+)\)',
            '("outer".\2 = "inner".\4)', 'g'));
    END IF;
    details := details || (SELECT array_agg(word || ': ' || rs.plan_expression(node->>field)) FILTER (WHERE node ? field)
        FROM (VALUES ('Join Filter', 'Join Filter'), ('Filter', 'Filter')) shown(field, word));
    IF kind = 'Sort' THEN
        details := details || ('Sort Key: ' || rs.plan_expression((SELECT string_agg(k, ', ') FROM jsonb_array_elements_text(node->'Sort Key') k)));
    END IF;

    lines := ARRAY[rs.plan_indent(depth) || format('%s  (cost=%s..%s rows=%s width=%s)', name,
        node->>'Startup Cost', node->>'Total Cost', node->>'Plan Rows', node->>'Plan Width')]
        || ARRAY(SELECT repeat(' ', 6 * depth + 2) || detail FROM unnest(details) detail) || body;
END $$;

CREATE OR REPLACE FUNCTION rs.plan_indent(depth int) RETURNS text LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT CASE depth WHEN 0 THEN '' ELSE repeat(' ', 6 * depth - 4) || '->  ' END; END;

-- How the rows of a join come together, and where they lie then. Of what is possible the one that moves the fewest
-- rows, on four slices: Redshift's own choice is not documented.
CREATE OR REPLACE FUNCTION rs.plan_movement(outer_side text[], inner_side text[], outer_rows float8, inner_rows float8,
    equal text[], OUT movement text, OUT dist text[]) LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
DECLARE
    outer_keys text[] := CASE WHEN outer_side[1] = 'key' THEN outer_side[2:] ELSE '{}' END;
    inner_keys text[] := CASE WHEN inner_side[1] = 'key' THEN inner_side[2:] ELSE '{}' END;
    joined_outer text[] := ARRAY(SELECT split_part(e, ' = ', 1) FROM unnest(equal) e);
    joined_inner text[] := ARRAY(SELECT split_part(e, ' = ', 2) FROM unnest(equal) e);
BEGIN
    dist := outer_side;
    IF inner_side[1] = 'all' THEN
        movement := ' DS_DIST_ALL_NONE';
    ELSIF outer_side[1] = 'all' THEN
        movement := ' DS_DIST_ALL_INNER';
        dist := '{even}';
    ELSIF EXISTS (SELECT FROM unnest(outer_keys) o, unnest(inner_keys) i WHERE o || ' = ' || i = ANY (equal)) THEN
        movement := ' DS_DIST_NONE';
        dist := outer_side || inner_keys;
    ELSIF outer_keys && joined_outer THEN
        movement := ' DS_DIST_INNER';
        dist := outer_side || joined_inner;
    ELSIF inner_keys && joined_inner AND outer_rows <= 4 * inner_rows THEN
        movement := ' DS_DIST_OUTER';
        dist := inner_side || joined_outer;
    ELSIF equal = '{}' OR 4 * inner_rows <= outer_rows + inner_rows THEN
        movement := ' DS_BCAST_INNER';
    ELSE
        movement := ' DS_DIST_BOTH';
        dist := ARRAY['key'] || joined_outer || joined_inner;
    END IF;
END $$;

-- The tables of a plan that were never analyzed, in its order.
CREATE OR REPLACE FUNCTION rs.plan_unanalyzed(node jsonb) RETURNS SETOF text LANGUAGE plpgsql STABLE
SET search_path = pg_catalog AS $$
BEGIN
    RETURN QUERY SELECT DISTINCT t.relname::text
    FROM jsonb_path_query(node, '$.**?(@."Relation Name" <> "")') scan
    JOIN pg_class t ON t.relname = scan->>'Relation Name' AND t.relnamespace = (scan->>'Schema')::regnamespace
    JOIN rs.table_design d ON d.relid = t.oid WHERE t.reltuples < 0 ORDER BY 1;
END $$;

-- Redshift joins by hash wherever columns are equal, and has no indexes.
CREATE OR REPLACE FUNCTION rs.explain(query text) RETURNS SETOF text LANGUAGE plpgsql
SET enable_nestloop = off SET enable_mergejoin = off SET enable_memoize = off SET enable_indexscan = off
SET enable_bitmapscan = off SET max_parallel_workers_per_gather = 0 SET jit = off AS $$
DECLARE
    tree jsonb;
    unanalyzed text;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON, VERBOSE) ' || query INTO tree;
    RETURN QUERY SELECT unnest((rs.plan_node(tree->0->'Plan', 0)).lines);
    SELECT string_agg(t, ', ') INTO unanalyzed FROM rs.plan_unanalyzed(tree->0->'Plan') t;
    IF unanalyzed IS NOT NULL THEN
        RETURN NEXT format(' ----- Tables missing statistics: %s -----', unanalyzed);
        RETURN NEXT ' ----- Update statistics by running the ANALYZE command on these tables -----';
    END IF;
    IF jsonb_path_exists(tree, '$.**?(@."Node Type" == "Nested Loop")') THEN
        RETURN NEXT ' ----- Nested Loop Join in the query plan - review the join predicates to avoid Cartesian products -----';
    END IF;
END $$;
