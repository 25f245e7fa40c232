"""A catalogue as a seller writes it (CONTRACT 4): its shape, what may be left out, what is refused.

The same model reads a file (`ledger/catalogues/files.py` adds line numbers) and the mapping of
`PublishPlan`. Product keys are turned into digests while they are read, so that nothing which holds
a `CatalogueFile` can hold a key (MS-05).
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    Tag,
    ValidationError,
    model_validator,
)

from commands.catalogue_checks import (
    CatalogueProblem,
    catalogue_error,
    file_problems,
    plan_problems,
    raise_problems,
    seller_problems,
    wording_problems,
)
from commands.catalogue_reasons import catalogue_problems
from events.days import Day
from events.fact import Identifier, Value, left_out_if
from events.parties import (
    TEXT_OR_MAPPING,
    Code,
    Line,
    Mention,
    Registration,
    Role,
    RuleId,
    Sentence,
    Sentences,
)
from events.plans import Channel, Plan, PlanTerms
from events.sellers import KeyOffer, Seller, SellerTerms, VatRate, key_digest

NOTES = "x-"
"""How a key begins that is ignored."""


class CatalogueRejected(ValueError):
    """A catalogue with problems, each with its place in the mapping."""

    def __init__(self, problems: tuple[CatalogueProblem, ...]) -> None:
        """Of one problem at least."""
        self.problems = problems
        super().__init__("; ".join(str(problem) for problem in problems))


def _channel(given: object) -> object:
    """`direct` is no channel; any other word is refused here, in terms of the file."""
    if given == "direct":
        return None
    if isinstance(given, str):
        raise ValueError("must be direct or {kind, name, contact}")
    return given


ChannelGiven = Annotated[
    Channel | None,
    BeforeValidator(_channel, json_schema_input_type=Channel | Literal["direct"] | None),
]
"""A channel as it is given: `direct` (None) or a mapping."""


class RegistrationParts(NamedTuple):
    """What facts hold of a registration: the number, and the scheme where it has one."""

    id: str | None
    scheme: str | None


def registration_parts(given: str | Registration | None) -> RegistrationParts:
    """A registration as it is given, in the two parts that facts hold."""
    if isinstance(given, Registration):
        return RegistrationParts(given.id, given.scheme)
    return RegistrationParts(given, None)


RegistrationGiven = Annotated[
    Annotated[Line, Tag("text")] | Annotated[Registration, Tag("mapping")], TEXT_OR_MAPPING
]
"""A registration as it is given: a text, or a number with its scheme."""

MentionGiven = Annotated[
    Annotated[Sentence, Tag("text")] | Annotated[Mention, Tag("mapping")], TEXT_OR_MAPPING
]
"""What an invoice must say: a text, or one with its code."""


class KeyGiven(Value):
    """A product key as the seller writes it."""

    key: str
    plan: Identifier
    seats: int


def _digested(given: object) -> object:
    """The key of an offer replaced by its digest; an offer with a digest stays."""
    if not isinstance(given, Mapping) or "digest" in given:
        return given
    rest = {name: given[name] for name in given if name != "key"}
    try:
        return {"digest": _digest(given.get("key")), **rest}
    except ValueError as problem:
        raise catalogue_error([CatalogueProblem(("key",), str(problem))]) from None


def _digest(key: object) -> str:
    if key is None:
        raise ValueError("is needed")
    if not isinstance(key, str):
        raise ValueError("a product key is a string")
    return key_digest(key)


OfferGiven = Annotated[
    KeyOffer, BeforeValidator(_digested, json_schema_input_type=KeyGiven | KeyOffer)
]
"""A product key in a catalogue, or its digest."""


class SellerInFile(SellerTerms):
    """The seller with its dated VAT rates and its public holidays."""

    registration: RegistrationGiven | None = None
    mentions: Annotated[tuple[MentionGiven, ...], Field(max_length=20, strict=False)] = ()
    vat: Annotated[tuple[VatRate, ...], Field(max_length=1000, strict=False)] = ()
    holidays: Annotated[tuple[Day, ...], Field(max_length=3000, strict=False)] = ()

    def particulars(self) -> Seller:
        """What is published of the seller itself; rates and holidays are parts of their own."""
        registration, scheme = registration_parts(self.registration)
        coded = tuple(one.code if isinstance(one, Mention) else None for one in self.mentions)
        return Seller(
            **{name: getattr(self, name) for name in SellerTerms.model_fields},
            registration=registration,
            registration_scheme=scheme,
            mentions=tuple(one if isinstance(one, str) else one.text for one in self.mentions),
            mention_codes=coded if any(coded) else (),
        )

    def rates(self) -> tuple[VatRate, ...]:
        """The VAT rates by country and day, whatever their order in the file."""
        return tuple(sorted(self.vat, key=lambda rate: (rate.country, rate.from_)))


class PlanInFile(PlanTerms):
    """A plan of a file: what the file may leave out may be missing here."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: Day | None = Field(default=None, alias="from")
    title: Line | None = None
    channel: ChannelGiven = None
    may_assign: Annotated[tuple[Role, ...], Field(max_length=20, strict=False)] | None = None

    def terms(self, name: str, default_from: date) -> Plan:
        """The plan with nothing left out; sold from `default_from` where the file names no day."""
        filled: dict[str, Any] = {field: getattr(self, field) for field in PlanTerms.model_fields}
        filled |= {
            "from": self.from_ or default_from,
            "title": self.title or name,
            "channel": self.channel,
            "may_assign": self.may_buy if self.may_assign is None else self.may_assign,
        }
        return Plan(**filled)


def _checked_plan(plan: PlanInFile) -> PlanInFile:
    raise_problems(plan_problems(plan, plan.from_))
    return plan


def _checked_seller(seller: SellerInFile) -> SellerInFile:
    raise_problems(seller_problems(seller, seller.vat, seller.holidays))
    return seller


def _without_notes(given: object) -> object:
    """A mapping without its `x-…` keys, which are ignored: a place for YAML anchors."""
    if not isinstance(given, Mapping):
        return given
    return {
        name: value
        for name, value in given.items()
        if not (isinstance(name, str) and name.startswith(NOTES))
    }


_Notes = BeforeValidator(_without_notes)


class CatalogueFile(Value):
    """A whole catalogue, valid by itself: `plans` and `product_keys` know one another.

    `x-…` keys are ignored at its top, in the seller and in a plan.
    """

    catalogue: Identifier
    rules: Annotated[str, StringConstraints(pattern="^[A-Z]{2,10}$")] | None = None
    rule_ids: Annotated[dict[Code, RuleId], Field(max_length=100), left_out_if({})] = Field(
        default_factory=dict
    )
    sentences: Annotated[Sentences, left_out_if({})] = Field(default_factory=dict)
    seller: Annotated[SellerInFile, AfterValidator(_checked_seller), _Notes]
    product_keys: Annotated[tuple[OfferGiven, ...], Field(max_length=20_000, strict=False)] = ()
    plans: Annotated[
        dict[Identifier, Annotated[PlanInFile, AfterValidator(_checked_plan), _Notes]],
        Field(min_length=1, max_length=1000),
    ]

    @model_validator(mode="before")
    @classmethod
    def _without_notes(cls, given: object) -> object:
        return _without_notes(given)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        raise_problems(wording_problems(self.sentences, self.rule_ids))
        raise_problems(file_problems(self.plans, self.product_keys))
        return self


def parse_catalogue(mapping: object) -> CatalogueFile:
    """The catalogue that a mapping of CONTRACT 4 describes; CatalogueRejected with all problems."""
    try:
        return CatalogueFile.model_validate(mapping)
    except ValidationError as invalid:
        raise CatalogueRejected(catalogue_problems(invalid, mapping)) from None
