"""Who stands on a document: addresses, electronic addresses, and the roles that people hold.

Particulars of firms only; a person's name or address never enters a fact.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from events.fact import Value

_PRINTABLE = r"[^\x00-\x1f\x7f-\x9f]"
_INKED = r"[^\x00-\x20\x7f-\xa0]"

Line = Annotated[
    str, StringConstraints(max_length=200, pattern=rf"^{_PRINTABLE}*{_INKED}{_PRINTABLE}*$")
]
"""One line of text without control characters, at most 200 characters, not blank."""

Sentence = Annotated[
    str, StringConstraints(max_length=1000, pattern=rf"^{_PRINTABLE}*{_INKED}{_PRINTABLE}*$")
]
"""As `Line`, at most 1,000 characters."""

Language = Annotated[str, StringConstraints(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$")]
"""A tag of a language: `en`, `fr`, `fr-CA`."""

Wording = Sentence | Annotated[dict[Language, Sentence], Field(min_length=1, max_length=50)]
"""A sentence in one language, or the same one by language."""

Code = Annotated[str, StringConstraints(pattern="^[a-z]+[.][a-z_]{1,60}$")]
"""The code of a refusal: `seats.below_minimum`."""

Sentences = Annotated[dict[Code, Wording], Field(max_length=100)]
"""A vendor's words for refusals, by their codes (GEN-21)."""

Country = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
"""An ISO 3166 code of two capitals; Greece is GR, the United Kingdom GB."""

Role = Literal[
    "owner",
    "administrator",
    "billing_contact",
    "global_administrator",
    "billing_administrator",
    "reseller",
    "partner",
    "volume_centre",
    "corporate",
    "auditor",
]
"""A role that a person can hold in an account (CONTRACT 3); the seller's staff stand outside."""


class Address(Value):
    """Where a firm is; its country is a field of its own beside it."""

    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=10, strict=False)]
    postcode: Line
    city: Line
    region: Line | None = None


class ElectronicAddress(Value):
    """Where a firm receives electronic invoices: a code of the EAS list and an id in it."""

    scheme: Annotated[str, StringConstraints(pattern="^[A-Za-z0-9]{1,10}$")]
    id: Line
