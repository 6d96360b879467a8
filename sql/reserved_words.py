"""Words that a name can only be in double quotes.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_pg_keywords.html
"""

from __future__ import annotations

from sqlalchemy_redshift.dialect import RESERVED_WORDS as _OF_DIALECT

RESERVED_WORDS = frozenset(_OF_DIALECT)
