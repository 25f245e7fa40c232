"""Addresses into persons, on the way in: a decision and its record never see a name or an address.

An address in a command becomes `PERSON-ID@DOMAIN`, and the name beside it the person's id. Who is
not known yet gets an id, which is kept only if the command is accepted; but not who is named only
as the holder of a seat.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from commands.decision import KnownPerson
from commands.refusals import invalid
from ledger.store.contract import Store
from ledger.store.drafts import PersonRow, address_key

DOMAIN_MAX = 200
"""The longest domain of an address; behind a person's id it must still be one."""

MANY = 20
"""From so many addresses on, everybody of the account is read in one go."""

FIRM_NAMED = frozenset({"OpenAccount"})
"""Commands whose `name`, though an address stands beside it, is a firm's."""

TAKING = frozenset({"ForgetPerson", "RevokeRole"})
"""Commands that take something from a person: of whom nobody knows, they make nobody."""

HOLDERS = "holders"
"""The field that lists addresses of persons who hold seats: who is unknown stays so."""

NOBODY = "nobody"
"""Stands for the id of a person whom nobody knows, where none is made."""


@dataclass(slots=True)
class Persons:
    """The persons of one command in one account.

    `known` leads from the address as the decision sees it to the person; `rows` are to be written
    with the decision; `made` are the persons whom the account did not know.
    """

    store: Store
    account: str
    new_id: Callable[[], str]
    known: dict[str, KnownPerson] = field(default_factory=dict)
    rows: list[PersonRow] = field(default_factory=list)
    made: set[str] = field(default_factory=set)
    _present: dict[str, PersonRow | None] = field(default_factory=dict)

    def replaced(self, command: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields with persons in place of names and addresses.

        Raises:
            Refused: `command.invalid`.
        """
        keys = {address_key(email) for email in _emails(fields)}
        if len(keys) > MANY:
            rows = {row.address_key: row for row in self.store.people(self.account)}
            self._present.update({key: rows.get(key) for key in keys})
        if command in TAKING and self.find(fields["email"]) is None:
            domain = address_key(fields["email"]).rpartition("@")[2]
            return {**fields, "email": f"{NOBODY}@{domain}"}
        return self._in(fields, is_named=command not in FIRM_NAMED)

    def _in(self, fields: Mapping[str, Any], *, is_named: bool) -> dict[str, Any]:
        found = dict(fields)
        if isinstance(fields.get("email"), str):
            name = fields.get("name") if is_named else None
            person = self.take(fields["email"], name)
            found["email"] = f"{person.person}@{person.domain}"
            if name is not None:
                found["name"] = person.person
        for key, value in fields.items():
            if isinstance(value, list):
                found[key] = [self._one(key, one) for one in value]
        return found

    def _one(self, key: str, value: object) -> object:
        """An entry of a list, with persons in place of names and addresses."""
        if isinstance(value, Mapping):
            return self._in(value, is_named=True)
        return self._present_holder(value) if _is_address(key, value) else value

    def _present_holder(self, email: Any) -> str:
        if self.find(email) is None:
            return f"{NOBODY}@{address_key(email).rpartition('@')[2]}"
        person = self.take(email)
        return f"{person.person}@{person.domain}"

    def take(self, email: str, name: str | None = None) -> KnownPerson:
        """The person behind an address, with the name as given now; a new one where nobody is.

        Raises:
            Refused: `command.invalid`.
        """
        key = address_key(email)
        domain = key.rpartition("@")[2]
        if len(domain) > DOMAIN_MAX:
            raise invalid("email", f"its domain has more than {DOMAIN_MAX} characters")
        row = self._row(key)
        wanted = None if name is None else unicodedata.normalize("NFC", name.strip())
        if row is None:
            row = PersonRow(self.account, self.new_id(), 1, key, email.strip(), wanted)
            self.made.add(row.person)
            self._keep(row)
        elif wanted is not None and wanted != row.name:
            is_unwritten = row in self.rows
            revision = row.revision if is_unwritten else row.revision + 1
            if is_unwritten:
                self.rows.remove(row)
            row = PersonRow(self.account, row.person, revision, key, row.email, wanted)
            self._keep(row)
        person = KnownPerson(row.person, row.revision, domain)
        self.known[f"{row.person}@{domain}"] = person
        return person

    def find(self, email: str) -> str | None:
        """The id of the person behind an address, if the account knows one."""
        row = self._row(address_key(email))
        return None if row is None or row.person in self.made else row.person

    def _row(self, key: str) -> PersonRow | None:
        if key not in self._present:
            self._present[key] = self.store.person_by_address(self.account, key)
        return self._present[key]

    def _keep(self, row: PersonRow) -> None:
        self.rows.append(row)
        self._present[row.address_key] = row


def _emails(fields: Mapping[str, Any]) -> Iterator[str]:
    for key, value in fields.items():
        if key == "email" and isinstance(value, str):
            yield value
        elif isinstance(value, list):
            for one in value:
                if isinstance(one, Mapping):
                    yield from _emails(one)
                elif _is_address(key, one):
                    yield str(one)


def _is_address(key: str, value: object) -> bool:
    return key == HOLDERS and isinstance(value, str)
