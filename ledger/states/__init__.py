"""Accounts and catalogues as decisions see them, now or at a position."""
