"""HTTP: commands, reads and problems (DESIGN 6). Not for: decisions, which the service takes."""

from ledger.api.application import create_app

__all__ = ["create_app"]
