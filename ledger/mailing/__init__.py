"""E-mails to people: one follower of the log writes each once (SE-05, GT-10)."""

from ledger.mailing.mailer import Mailer
from ledger.mailing.outbox import Outbox
from ledger.mailing.posting import FolderPost, Post, SmtpPost, post_of

__all__ = ["FolderPost", "Mailer", "Outbox", "Post", "SmtpPost", "post_of"]
