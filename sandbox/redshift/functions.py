"""Functions of Redshift's SQL: which exist, and what stands for them in the engine.

Source: c_SQL_functions.md, c_unsupported-postgresql-functions.md, c_SQL_functions_leader_node_only.md
"""

from __future__ import annotations

from sandbox.redshift.lexer import words

# The engine's function of the same name has Redshift's meaning.
SAME = words(
    """
    abs acos asin atan atan2 cbrt ceil ceiling cos cot degrees exp floor ln log mod pi power radians
    round sign sin sqrt tan ascii bpcharcmp btrim char_length character_length chr initcap lower lpad
    ltrim md5 octet_length quote_ident quote_literal repeat replace reverse rpad rtrim split_part strpos
    translate upper to_hex regexp_count regexp_instr regexp_substr coalesce nullif greatest least count
    max min stddev stddev_samp stddev_pop variance var_samp var_pop bool_and bool_or bit_and bit_or
    percentile_cont percentile_disc row_number rank dense_rank percent_rank cume_dist ntile lag lead
    first_value last_value nth_value to_char to_timestamp to_number random pg_backend_pid
    current_database
    """
)

# Implemented in the schema `rs` of the engine under the same name.
OWN = words(
    """
    add_months charindex concat convert_timezone date_cmp date_part date_trunc dateadd datediff dexp
    dlog1 dlog10 getdate is_valid_json is_valid_json_array json_array_length
    json_extract_array_element_text json_extract_path_text json_parse json_serialize json_typeof
    last_day left len length months_between next_day pg_last_copy_count pg_last_copy_id pg_last_query_id
    pg_last_unload_count regexp_replace right sha2 strtol substr substring sysdate textlen timeofday
    to_date trunc is_array is_object get_array_length to_varbyte from_hex pg_last_unload_id
    """
)

RENAMED = {
    "nvl": "coalesce",
    "date_add": "rs.dateadd",
    "date_diff": "rs.datediff",
    "pow": "power",
    "dpow": "power",
    "rand": "random",
    "stddev_sample": "stddev_samp",
    "char": "chr",
}

# Run on the leader node only: refused beside a user table, refused for data.
LEADER_ONLY = words(
    """
    age now current_schema current_schemas version generate_series has_table_privilege
    has_schema_privilege has_database_privilege has_column_privilege obj_description col_description
    pg_get_viewdef pg_get_constraintdef pg_get_expr pg_get_userbyid pg_table_is_visible pg_get_indexdef
    pg_get_late_binding_view_cols format_type format_encoding array_to_string array_lower array_upper
    pg_cancel_backend pg_terminate_backend pg_encoding_to_char pg_size_pretty
    """
)
CATALOG_OWN = words(
    """
    version pg_get_constraintdef pg_get_late_binding_view_cols pg_get_expr pg_get_viewdef format_encoding format_type
    has_table_privilege pg_cancel_backend pg_terminate_backend
    """
)

# Work on compute nodes only: need a user table.
COMPUTE_ONLY = frozenset({"listagg", "median", "percentile_cont", "percentile_disc"})

AGGREGATES = words(
    """
    avg count max min sum stddev stddev_samp stddev_pop variance var_samp var_pop bool_and bool_or
    """
)

# Every spelling of a date part -> the engine's. `m` is minutes. Source: r_Dateparts_for_datetime_functions.md
DATE_PARTS = {
    **dict.fromkeys(("millennium", "millennia", "mil", "mils"), "millennium"),
    **dict.fromkeys(("century", "centuries", "c", "cent", "cents"), "century"),
    **dict.fromkeys(("decade", "decades", "dec", "decs"), "decade"),
    **dict.fromkeys(("year", "years", "y", "yr", "yrs"), "year"),
    **dict.fromkeys(("quarter", "quarters", "qtr", "qtrs"), "quarter"),
    **dict.fromkeys(("month", "months", "mon", "mons"), "month"),
    **dict.fromkeys(("week", "weeks", "w"), "week"),
    **dict.fromkeys(("day", "days", "d"), "day"),
    **dict.fromkeys(("dayofweek", "dow", "dw", "weekday"), "dow"),
    **dict.fromkeys(("dayofyear", "doy", "dy", "yearday"), "doy"),
    **dict.fromkeys(("hour", "hours", "h", "hr", "hrs"), "hour"),
    **dict.fromkeys(("minute", "minutes", "m", "min", "mins"), "minute"),
    **dict.fromkeys(("second", "seconds", "s", "sec", "secs"), "second"),
    **dict.fromkeys(
        (
            "millisecond",
            "milliseconds",
            "ms",
            "msec",
            "msecs",
            "msecond",
            "mseconds",
            "millisec",
            "millisecs",
            "millisecon",
        ),
        "millisecond",
    ),
    **dict.fromkeys(
        (
            "microsecond",
            "microseconds",
            "microsec",
            "microsecs",
            "microsecond",
            "usecond",
            "useconds",
            "us",
            "usec",
            "usecs",
        ),
        "microsecond",
    ),
    "epoch": "epoch",
    "timezone": "timezone",
    "timezone_hour": "timezone_hour",
    "timezone_minute": "timezone_minute",
}
TAKES_PART = words("dateadd date_add datediff date_diff date_part date_trunc")
TAKES_DATES = words("add_months last_day next_day months_between")
