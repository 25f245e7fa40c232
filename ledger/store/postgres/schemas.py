"""The two schemas of a ledger in its database; two ledgers in one database never touch (R7)."""

import hashlib
import re
from dataclasses import dataclass

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,47}")
_IN_SQL = re.compile(r"\b(log|views)(?=\.[a-z_])")


@dataclass(frozen=True, slots=True)
class Schemas:
    """The names of the schemas. SQL is written with the names `log` and `views`, and rewritten."""

    log: str = "log"
    views: str = "views"

    def __post_init__(self) -> None:
        """Refuse with `ValueError` names that would need quoting."""
        for name in (self.log, self.views):
            if not _NAME.fullmatch(name):
                raise ValueError(f"not a name for a schema: {name!r}")
        if self.log == self.views:
            raise ValueError(f"the log and the views need a schema each, not both {self.log}")

    @classmethod
    def prefixed(cls, prefix: str) -> "Schemas":
        """The schemas of a ledger that shares its database: `prefix` before both names."""
        return cls(f"{prefix}log", f"{prefix}views")

    def sql(self, text: str) -> str:
        """SQL written for `log` and `views`, made to speak of these schemas."""
        return _IN_SQL.sub(lambda found: self.log if found[1] == "log" else self.views, text)

    def lock(self, purpose: str) -> int:
        """The number of the advisory lock that this ledger takes for a purpose."""
        digest = hashlib.sha256(f"seatledger/{purpose}/{self.log}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)
