"""What a check that is written in SQL expects: a value, or an order and a value; with a tolerance where it is equal."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_ORDERS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True)
class Expectation:
    """`value` is a number, or a text, which is only ever equal or not; `tolerance` is a distance, or a share of it."""

    order: str
    value: Decimal | str
    tolerance: Decimal = Decimal(0)
    is_share: bool = False

    def holds(self, found: object) -> bool:
        """Whether the value that the warehouse returned is as expected; NULL never is.

        >>> parse_expectation(">= 1", None).holds(2), parse_expectation("100", "5%").holds(105.1)
        (True, False)
        """
        if found is None:
            return False
        if isinstance(self.value, str):
            return bool(_ORDERS[self.order](str(found), self.value))
        number = _number(str(found))
        if number is None:
            return False
        if self.tolerance:
            most = abs(self.value) * self.tolerance / 100 if self.is_share else self.tolerance
            return abs(number - self.value) <= most
        return bool(_ORDERS[self.order](number, self.value))

    def __str__(self) -> str:
        around = f" ± {self.tolerance}{'%' if self.is_share else ''}" if self.tolerance else ""
        return ("" if self.order == "=" else f"{self.order} ") + f"{self.value}{around}"


def parse_expectation(expect: str, tolerance: str | None) -> Expectation:
    """Reads `0`, `>= 1`, `!= 'x'`; and `0.5` or `5%` as tolerance.

    Raises: ValueError with what was found and what is allowed.
    """
    match = re.fullmatch(r"\s*(=|!=|<=|>=|<|>)?\s*(.+?)\s*", expect, re.DOTALL)
    if not match:
        raise ValueError(f"expect is {expect!r} (expected a value, such as 0, or an order and a value, such as '>= 1')")
    order, text = match[1] or "=", match[2]
    value = _number(text)
    if value is None and order not in ("=", "!="):
        raise ValueError(f"expect is {expect!r} (expected a number behind {order})")
    if tolerance is None:
        return Expectation(order, text if value is None else value)
    distance = _number(tolerance.removesuffix("%"))
    if distance is None or distance <= 0 or value is None or order != "=":
        raise ValueError(f"tolerance is {tolerance!r} (expected a number above 0 or a share such as 5%, of a number)")
    return Expectation(order, value, distance, tolerance.endswith("%"))


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
