"""Where letters go: to an SMTP server, or into a folder of files where none is configured."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

TIMEOUT_S = 8
"""How long a mail server may take to answer; shorter than a transaction may be idle."""

SUBMISSION_PORTS = {"smtp": 25, "smtps": 465}


class PostUnavailable(Exception):
    """The letter could not be handed over now; it may be later. `reason` names no address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LetterRefused(Exception):
    """The mail server will never take this letter; `reason` names no address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Post(Protocol):
    """Takes a letter, or raises `PostUnavailable` or `LetterRefused`."""

    def send(self, letter: EmailMessage) -> None:
        """Hand a letter over."""
        ...

    def forget(self, message_id: str) -> None:
        """Drop what is still kept here of a letter whose reader is forgotten."""
        ...


class FolderPost:
    """A file a letter, named after its Message-ID: written twice, it is still one letter."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, letter: EmailMessage) -> None:
        """Write the letter; PostUnavailable where the folder cannot be written."""
        half, whole = self._files(str(letter["Message-ID"]))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            half.write_bytes(letter.as_bytes())
            half.replace(whole)
        except OSError as error:
            raise PostUnavailable(f"the folder cannot be written: {error.strerror}") from error

    def forget(self, message_id: str) -> None:
        """Delete the letter's file, and what a crash may have left of it."""
        try:
            for file in self._files(message_id):
                file.unlink(missing_ok=True)
        except OSError as error:
            raise PostUnavailable(f"the folder cannot be written: {error.strerror}") from error

    def _files(self, message_id: str) -> tuple[Path, Path]:
        """The file of a letter while it is written, and after that."""
        name = message_id.strip("<>").partition("@")[0]
        return self._folder / f".{name}.part", self._folder / f"{name}.eml"


class SmtpPost:
    """An SMTP server: `smtp://user:password@host:port`, `smtps://…`, or `smtp://…?starttls`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in SUBMISSION_PORTS or not parts.hostname:
            raise ValueError("the address of a mail server is smtp://host:port or smtps://host")
        self._host = parts.hostname
        self._port = parts.port or SUBMISSION_PORTS[parts.scheme]
        self._is_secure = parts.scheme == "smtps"
        self._starts_tls = parts.query == "starttls"
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")

    def send(self, letter: EmailMessage) -> None:
        """Hand the letter to the server.

        Raises:
            PostUnavailable: the server is away or asks for patience.
            LetterRefused: it answers that it will never take it.
        """
        try:
            with self._connected() as server:
                _hand_over(server, letter)
        except smtplib.SMTPRecipientsRefused as refused:
            raise _of_code(max(code for code, _ in refused.recipients.values())) from refused
        except smtplib.SMTPDataError as refused:
            raise _of_code(refused.smtp_code, is_of_letter=True) from refused
        except smtplib.SMTPResponseException as refused:
            raise _of_code(refused.smtp_code) from refused
        except (OSError, smtplib.SMTPException) as error:
            raise PostUnavailable(type(error).__name__) from error

    def forget(self, message_id: str) -> None:
        """Nothing: a letter that a server has taken is not ours any more."""

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """A server that is ready for a letter; how it parts is no answer to the letter."""
        server = self._open()
        try:
            yield server
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _open(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._is_secure:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=TIMEOUT_S, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_S)
        try:
            if self._starts_tls:
                server.starttls(context=context)
            if self._user:
                server.login(self._user, self._password)
        except BaseException:
            with suppress(OSError, smtplib.SMTPException):
                server.close()
            raise
        return server


def _hand_over(server: smtplib.SMTP, letter: EmailMessage) -> None:
    try:
        server.send_message(letter)
    except smtplib.SMTPNotSupportedError as error:
        raise LetterRefused("the mail server takes addresses in ASCII alone") from error


def _of_code(code: int, *, is_of_letter: bool = False) -> PostUnavailable | LetterRefused:
    """A server's answer: 5xx is for ever, but for the login and the greeting, which are ours.

    `is_of_letter`: the server had the whole letter when it answered, so that 554 is about it.
    """
    authentication = {530, 534, 535, 538} if is_of_letter else {530, 534, 535, 538, 554}
    if 500 <= code < 600 and code not in authentication:
        return LetterRefused(f"the mail server answers {code}")
    return PostUnavailable(f"the mail server answers {code}")


def post_of(smtp_url: str | None, folder: Path) -> Post:
    """The post that the settings name. ValueError for an address that is none."""
    return FolderPost(folder) if smtp_url is None else SmtpPost(smtp_url)
