"""A server that answers, but is out of something: who asks later may be served, and no address is wrong.

Source: class 53 of PostgreSQL's appendix A, "Error Codes".
"""

from __future__ import annotations

_OUT_OF = {
    "53000": "resources",
    "53100": "disk space",
    "53200": "memory",
    "53300": "connections",
    "53400": "what its configuration allows",
}
LOCKS = "room in its lock table"


def shortage(error: BaseException | None) -> str | None:
    """What the server is out of, as it says so itself; None when the error is another."""
    code = getattr(error, "sqlstate", None)
    if code == "53200" and "shared memory" in str(error):
        return LOCKS  # any role may fill it: PostgreSQL has no right for advisory locks, and no limit
    return _OUT_OF.get(str(code))
