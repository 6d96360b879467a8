"""Which clauses of a query Redshift has: sqlglot reads more, so each node of its tree is looked up here."""

from __future__ import annotations

from sqlglot import exp

from sandbox.backend import RedshiftError
from sandbox.redshift import errors

BINARY = "this expression"

# Node -> its allowed clauses. A node or clause that is not here is refused.
GRAMMAR: dict[str, frozenset[str]] = {
    name: frozenset(clauses.split())
    for names, clauses in {
        "Select": "expressions from_ joins where group having order limit offset distinct qualify with_ into"
        " operation_modifiers",
        "Union Except Intersect": "this expression distinct order limit offset with_",
        "Subquery": "this alias order limit offset with_",
        "With": "expressions recursive",
        "CTE TableAlias": "this alias columns",
        "From Where Having Qualify Paren Not Neg Exists Null Var Star": "this",
        "Boolean BitwiseNot": "this",
        "Group": "expressions",
        "Rollup Cube GroupingSets": "expressions",
        "Order": "expressions",
        "Ordered": "this desc nulls_first",
        "Limit Offset": "expression",
        "Distinct": "expressions",
        "Into": "this temporary",
        "Join": "this side kind on using method",
        "Table": "this db catalog alias",
        "Column": "this table db catalog",
        "Identifier": "this quoted",
        "Alias": "this alias",
        "Literal": "this is_string",
        "Anonymous": "this expressions",
        "Cast": "this to",
        "DataType": "this expressions nested",
        "DataTypeParam": "this",
        "Case": "this ifs default",
        "If": "this true",
        "In": "this expressions query negate",
        "Between": "this low high negate",
        "Like ILike SimilarTo RegexpLike RegexpILike": "this expression negate",
        "Escape": BINARY,
        "EQ NEQ GT GTE LT LTE And Or Add Sub Mul Div Mod Pow": BINARY,
        "BitwiseAnd BitwiseOr BitwiseXor BitwiseLeftShift BitwiseRightShift": BINARY,
        "DPipe": "this expression safe",
        "Is": BINARY,
        "Dot": BINARY,
        "Interval": "this unit",
        "AtTimeZone": "this zone",
        "Extract": BINARY,
        "Trim": "this expression position",
        "Substring": "this start length",
        "StrPosition": "this substr",
        "Window": "this partition_by order spec over",
        "WindowSpec": "kind start start_side end end_side",
        "WithinGroup": BINARY,
        "CurrentDate CurrentTimestamp CurrentUser SessionUser": "sysdate",
        "Parameter Placeholder": "this",
        "Tuple": "expressions",
        "Any All": "this",
        "Div": "this expression typed safe",
        "Sqrt": "this",
        "Insert": "this expression default",
        "Values": "expressions",
        "Schema": "this expressions",
        "Update": "this expressions from_ where with_",
        "Delete": "this using where with_",
        "Merge": "this using on whens",
        "Whens": "expressions",
        "When": "matched then",
    }.items()
    for name in names.split()
}
# Only where nothing but the catalog is read, as drivers and reflection do.
CATALOG_ONLY = {"Array": frozenset({"expressions", "bracket_notation"}), "ColumnDef": frozenset({"this", "kind"})}
CATALOG_ONLY |= {"ObjectIdentifier": frozenset({"this"}), "PseudoType": frozenset({"this"})}
CATALOG_ONLY |= {"Bracket": frozenset({"this", "expressions"})}
CATALOG_ONLY |= {"Operator": frozenset({"this", "operator", "expression"})}

# Where parentheses hold a list of values or columns, and no row of its own; reflection compares lists.
HOLDS_TUPLES = (exp.In, exp.EQ, exp.NEQ, exp.Values, exp.Insert, exp.Group, exp.GroupingSets, exp.Rollup, exp.Cube)

REFUSED = {
    "NullSafeNEQ": "IS DISTINCT FROM is not supported",
    "NullSafeEQ": "IS NOT DISTINCT FROM is not supported",
    "Lateral": "LATERAL is not supported",
    "Filter": "FILTER is not supported",
    "Array": "Arrays are not supported",
    "Lock": "SELECT FOR UPDATE/SHARE is not supported",
    "TableSample": "TABLESAMPLE is not supported",
    "OnConflict": "INSERT ... ON CONFLICT is not supported",
    "Returning": "RETURNING is not supported",
    "Pivot": "PIVOT and UNPIVOT are not known to the sandbox",
    "IgnoreNulls": "IGNORE NULLS is not known to the sandbox",
    "RespectNulls": "RESPECT NULLS is not known to the sandbox",
}


def check_grammar(tree: exp.Expr, is_catalog_query: bool) -> None:
    """Refuse a tree that has anything Redshift lacks or the sandbox does not know. Raises: RedshiftError."""
    for node in tree.walk():
        name = type(node).__name__
        if name in REFUSED and not (is_catalog_query and name in CATALOG_ONLY):
            raise errors.unsupported(REFUSED[name])
        if isinstance(node, exp.Values) and not isinstance(node.parent, exp.Insert):
            raise errors.unsupported("VALUES is not supported as a table")
        if isinstance(node, exp.Tuple) and not isinstance(node.parent, HOLDS_TUPLES):
            raise errors.unsupported("Row constructors are not supported")
        if isinstance(node, exp.WindowSpec) and str(node.args.get("kind")).lower() == "groups":
            raise errors.unsupported("The window frame GROUPS is not supported")
        allowed = GRAMMAR.get(name)
        if allowed is None and is_catalog_query:
            allowed = CATALOG_ONLY.get(name)
        if allowed is None:
            raise errors.unsupported(f"{name} expressions are not known to the sandbox: {node.sql('redshift')[:80]}")
        for clause, value in node.args.items():
            if value and clause not in allowed:
                raise clause_refused(name, clause, value)


def clause_refused(name: str, clause: str, value: object) -> RedshiftError:
    """An error that names the refused clause."""
    for each in value if isinstance(value, list) else [value]:
        if type(each).__name__ in REFUSED:
            return errors.unsupported(REFUSED[type(each).__name__])
    if (name, clause) == ("Distinct", "on"):
        return errors.unsupported("SELECT DISTINCT ON is not supported")
    return errors.unsupported(f"{clause.strip('_').upper()} in {name.upper()} is not known to the sandbox")
