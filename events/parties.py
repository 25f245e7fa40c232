"""Who stands on a document: addresses, electronic addresses, and the roles that people hold.

Particulars of firms only; a person's name or address never enters a fact.
"""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

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


def _text_or_mapping(given: object) -> str:
    return "text" if isinstance(given, str) else "mapping"


TEXT_OR_MAPPING = Discriminator(_text_or_mapping)
"""Tells a value that is given as a text from one that is given as a mapping."""

_ByLanguage = Annotated[dict[Language, Sentence], Field(min_length=1, max_length=50)]
Wording = Annotated[
    Annotated[Sentence, Tag("text")] | Annotated[_ByLanguage, Tag("mapping")], TEXT_OR_MAPPING
]
"""A sentence in one language, or the same one by language."""

Code = Annotated[str, StringConstraints(pattern="^[a-z]+[.][a-z_]{1,60}$")]
"""The code of a refusal: `seats.below_minimum`."""

Sentences = Annotated[dict[Code, Wording], Field(max_length=100)]
"""A vendor's words for refusals, by their codes (GEN-21)."""

RuleId = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9][A-Za-z0-9._:/-]{0,39}$")]
"""The ID of a rule of a vendor's, as the vendor writes it: `EV-01`."""

MentionCode = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
"""A code of UNTDID 4451: `PMT` recovery costs, `PMD` penalties, `AAB` discount, `TXD` tax."""

MeansCode = Annotated[str, StringConstraints(pattern="^([1-9][0-9]{0,2}|Z[A-Z0-9]{1,2})$")]
"""A code of UNTDID 4461: `30` credit transfer, `48` card, `58` SEPA credit transfer."""

Iban = Annotated[str, StringConstraints(pattern="^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$")]
Bic = Annotated[str, StringConstraints(pattern="^[A-Z0-9]{8}([A-Z0-9]{3})?$")]

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


Mark = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9]{1,10}$")]
"""The code of a scheme in which something is numbered."""


class Address(Value):
    """Where a firm is; its country is a field of its own beside it."""

    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=10, strict=False)]
    postcode: Line
    city: Line
    region: Line | None = None


class ElectronicAddress(Value):
    """Where a firm receives electronic invoices: a code of the EAS list and an id in it."""

    scheme: Mark
    id: Line


class Registration(Value):
    """The number of a firm in a register: a code of the ICD list (ISO 6523) and the number."""

    scheme: Mark
    id: Line


class Contact(Value):
    """Whom a buyer asks about a document: a desk of the seller's, never a buyer's person."""

    name: Line | None = None
    telephone: Line | None = None
    email: Line | None = None


class Mention(Value):
    """What a document says beside its figures, and what it is about: a code of UNTDID 4451."""

    code: MentionCode
    text: Sentence


class PaymentMeans(Value):
    """How a method pays, and the account that takes the money."""

    code: MeansCode
    iban: Iban | None = None
    bic: Bic | None = None
