"""The environment of a server that attacks and benchmarks may ask as often as they like."""

from __future__ import annotations

NO_LIMITS = dict.fromkeys(
    (
        "ORDERS_PER_TABLE_PER_MINUTE",
        "ORDERS_PER_ADDRESS_PER_MINUTE",
        "ORDERS_PER_BRANCH_PER_MINUTE",
        "OPEN_ORDERS_PER_BRANCH",
        "REQUESTS_PER_ADDRESS_PER_MINUTE",
    ),
    "0",
)
