"""The shop whose orders the sandbox's source databases hold: `shop.orders` in MySQL, a smaller one in PostgreSQL."""

from sandbox.shop.seeding import seed
from sandbox.shop.trading import trade

__all__ = ["seed", "trade"]
