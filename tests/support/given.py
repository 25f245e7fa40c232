"""given / when / then for decisions: a history of one account, a command, and what follows.

Pure: facts are folded, commands decided on the state, nothing is stored. Persons get an id made of
their address, and secrets are replaced by their digests, as the service does it.

    story = given("expressvpn").account().subscription("vpn", "volume-12m", 10)
    story = story.when(ReleaseSeat, subscription="vpn", seat=1).refused("seats.not_assigned")
    story.when(DisableAutoRenew, subscription="vpn", seat_numbers=[1]).then(AutoRenewDisabled)
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import cache
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from commands.catalogue import published_facts
from commands.catalogue_file import CatalogueFile
from commands.decision import Command, KnownPerson, Policy, decide
from commands.due import next_due
from commands.preview import preview
from commands.product_keys import MALFORMED
from commands.refusals import Facts, RefusalAnswer, Refused
from commands.state.account import AccountState, evolve, initial
from commands.state.catalogue import CatalogueState, evolve_catalogue, initial_catalogue
from events.accounts import (
    AccountOpened,
    ApplicationApproved,
    ApplicationSubmitted,
    BillingDetails,
    EmailDomainApproved,
    PersonRef,
    RoleGranted,
)
from events.charges import TermSpan
from events.envelope import Actor
from events.fact import Fact
from events.invoices import NumberGiven
from events.orders import OrderLine, OrderPlaced
from events.periods import add_days, boundary, start_of_day
from events.plans import Channel
from events.seats import SeatsAdded
from events.sellers import key_digest
from events.subscriptions import SubscriptionKind, SubscriptionStarted
from ledger.catalogues.files import load

OWNER = "owner@acme.example"
SELLER = "seller"
SYSTEM = "system"
START = date(2020, 6, 25)
_PUBLISHED_ON = date(2000, 1, 1)


def person(address: str) -> KnownPerson:
    """The person behind an address: trimmed and in small letters, the id is made of it."""
    key = address.strip().lower()
    return KnownPerson(f"id-of-{key.replace('@', '.')}", 1, key.rpartition("@")[2])


def digest(secret: str, field: str = "activation") -> str:
    """A secret as decisions know it; a product key (`key`) is written in many ways."""
    if field == "key":
        try:
            return f"sha256:{key_digest(secret)}"
        except ValueError:
            return MALFORMED
    return f"sha256:{sha256(secret.strip().encode()).hexdigest()}"


@cache
def shipped(name: str) -> CatalogueState:
    """A shipped catalogue, published long ago."""
    return published(load(name))


def published(source: CatalogueFile) -> CatalogueState:
    """A catalogue of one publication."""
    state = initial_catalogue()
    for sequence, fact in enumerate(published_facts(state, source, _PUBLISHED_ON), start=1):
        state = evolve_catalogue(state, fact, sequence)
    return state


def given(catalogue: str | Mapping[str, Any] | None = "expressvpn", *facts: Fact) -> "Story":
    """The beginning: a catalogue (None: nothing was ever published), and facts of an account."""
    match catalogue:
        case None:
            state = initial_catalogue()
        case str():
            state = shipped(catalogue)
        case _:
            state = published(load(catalogue))
    return Story(state).after(*facts)


@dataclass(frozen=True)
class Story:
    """A history so far: facts, the state of its account and catalogue, the day that it is."""

    catalogue: CatalogueState
    state: AccountState = field(default_factory=initial)
    on: date = START
    commands: int = 0
    history: Facts = ()

    def after(self, *facts: Fact, on: date | str | None = None) -> "Story":
        """The history with facts of the account more."""
        day = _day(on) or self.on
        state = self.state
        for fact in facts:
            if not isinstance(fact, NumberGiven):
                state = evolve(state, fact, _noon(day), day)
        return replace(self, state=state, on=day, history=(*self.history, *facts))

    def account(
        self,
        name: str = "acme",
        *,
        country: str = "VG",
        vat_number: str | None = None,
        channel: Channel | None = None,
        roles: Mapping[str, str] | None = None,
        domains: tuple[str, ...] = (),
        approved: bool = True,
    ) -> "Story":
        """An account of OWNER; `roles` maps addresses to the role that each got."""
        owner = person(OWNER)
        opened = AccountOpened(
            account=name,
            catalogue=self.catalogue.name,
            currency=self.catalogue.seller.currency,
            time_zone=self.catalogue.seller.time_zone,
            owner=PersonRef(person=owner.person, revision=owner.revision),
            details=BillingDetails(country=country, vat_number=vat_number),
            channel=channel,
        )
        granted = (
            RoleGranted(person=person(address).person, revision=1, role=role)
            for address, role in (roles or {}).items()
        )
        application = (ApplicationSubmitted(), ApplicationApproved()) if approved else ()
        admitted = (EmailDomainApproved(domain=domain) for domain in domains)
        return self.after(opened, *granted, *application, *admitted)

    def subscription(
        self,
        name: str,
        plan: str,
        seats: int,
        *,
        kind: SubscriptionKind = "paid",
        channel: Channel | None = None,
        pending: int = 0,
    ) -> "Story":
        """A subscription that began on this day, without its money; `pending` seats wait."""
        version = self.catalogue.newest(plan, self.on)
        assert version is not None, f"no plan {plan}"
        terms = version.terms
        end = boundary(self.on, terms.term, 1)
        if kind == "trial" and terms.trial is not None:
            end = add_days(self.on, terms.trial.days)
        started = SubscriptionStarted(
            subscription=name,
            plan=plan,
            plan_version=version.version,
            product=terms.product,
            level=terms.level,
            kind=kind,
            payment_method=next(iter(terms.payment)) if kind == "paid" else None,
            channel=channel,
            term=TermSpan(number=1, anchor=self.on, start=self.on, end=end),
            renews=kind == "paid" and terms.renewal.auto,
        )
        story = self.after(started)
        numbers = story.state.subscriptions[name].next_numbers(seats)
        added = SeatsAdded(
            subscription=name,
            seats=numbers,
            order=None,
            renewing=started.renews,
            entitlements=terms.entitlements,
        )
        story = story.after(*([added] if seats else []))
        return story._waiting(started, pending) if pending else story

    def _waiting(self, started: SubscriptionStarted, seats: int) -> "Story":
        line = OrderLine(
            subscription=started.subscription,
            kind="add",
            plan=started.plan,
            plan_version=started.plan_version,
            seats=seats,
        )
        return self.after(
            OrderPlaced(
                order=f"more-{started.subscription}",
                payment_method="bank_transfer",
                timing="when_paid",
                lines=(line,),
            )
        )

    def when(
        self,
        command: type[Command],
        *,
        by: str = OWNER,
        on: date | str | None = None,
        made: Mapping[str, str] | None = None,
        taken: tuple[tuple[str, str], ...] = (),
        **fields: Any,
    ) -> "Outcome":
        """What a command comes to; `made` is what the service made before, `taken` the claims."""
        day = _day(on) or self.on
        for name in command.SECRETS:
            if isinstance(fields.get(name), str):
                fields[name] = digest(fields[name], name)
        story = replace(self, on=day, commands=self.commands + 1)
        try:
            wanted = command.model_validate(fields)
        except ValidationError as problem:
            return Outcome(story, (), _invalid(problem))
        policy = story._policy(wanted, by, made or {}, lambda *claim: claim in taken)
        state = self.state if command.SCOPE == "account" else self.catalogue
        try:
            facts = decide(wanted, state, policy)
        except Refused as refused:
            return Outcome(story, (), refused.answer(self.catalogue.words))
        return Outcome(story._folded(command, facts), facts, None, policy, self.state)

    def until(self, day: date | str, *, done_on: date | str | None = None) -> "Story":
        """The history after its due work up to a day, done on time or all on a later day."""
        story, last = self, _day(day) or self.on
        while (due := next_due(story.state, last, self.catalogue)) is not None:
            policy = replace(
                story._policy(due.command, SYSTEM, {}, lambda *_claim: False),
                command_id=due.key,
                at=start_of_day(due.day, story.state.time_zone),
                on=due.day,
                today=_day(done_on) or due.day,
            )
            story = story.after(*decide(due.command, story.state, policy), on=due.day)
            following = next_due(story.state, last, self.catalogue)
            assert following is None or following.key != due.key, f"{due.key} never ends"
        return replace(story, on=_day(done_on) or last)

    def done(self, command: type[Command], **arguments: Any) -> "Story":
        """The history after a command that is accepted, whatever follows from it."""
        return self.when(command, **arguments).accepted()

    def _folded(self, command: type[Command], facts: Facts) -> "Story":
        if command.SCOPE == "account":
            return self.after(*facts)
        catalogue = self.catalogue
        for sequence, fact in enumerate(facts, start=catalogue.version + 1):
            catalogue = evolve_catalogue(catalogue, fact, sequence)
        return replace(self, catalogue=catalogue)

    def _policy(
        self,
        command: Command,
        by: str,
        made: Mapping[str, str],
        taken: Callable[[str, str], bool],
    ) -> Policy:
        if by in {SELLER, SYSTEM}:
            actor = Actor(kind="seller" if by == SELLER else "system")
        else:
            actor = Actor(kind="person", person=person(by).person)
        return Policy(
            catalogue=self.catalogue,
            command_id=f"c{self.commands}",
            at=_noon(self.on),
            on=self.on,
            today=self.on,
            actor=actor,
            roles=self.state.roles.get(actor.person or "", ()),
            people={address: person(address) for address in _addresses(command.model_dump())},
            given=made,
            taken=taken,
        )


@dataclass(frozen=True)
class Outcome:
    """What a command came to: facts, or a refusal."""

    story: Story
    facts: Facts
    refusal: RefusalAnswer | None
    policy: Policy | None = None
    before: AccountState | None = None

    @property
    def preview(self) -> dict[str, Any]:
        """What a dry run of the same command answers."""
        state = self.accepted().state
        assert self.policy is not None
        return preview(state, self.facts, self.policy, before=self.before)

    def accepted(self) -> Story:
        """It was accepted; the history after it."""
        assert self.refusal is None, f"refused: {self.refusal}"
        return self.story

    def then(self, *expected: Fact | type[Fact]) -> Story:
        """It came to these facts, in this order, each by its kind or to the letter."""
        story = self.accepted()
        assert [type(fact) for fact in self.facts] == [
            want if isinstance(want, type) else type(want) for want in expected
        ]
        for fact, want in zip(self.facts, expected, strict=True):
            assert isinstance(want, type) or fact == want
        return story

    def nothing(self) -> Story:
        """It was accepted and changed nothing."""
        return self.then()

    def refused(self, code: str, *words: str, rule: str | None = None) -> Story:
        """It was refused by this code, and the answer holds these words; nothing happened."""
        assert self.refusal is not None, f"accepted: {self.facts}"
        assert self.refusal.code == code, self.refusal
        for word in words:
            assert word in f"{self.refusal.detail} {self.refusal.remedy}"
        assert rule in {None, self.refusal.rule}
        return self.story


def _invalid(problem: ValidationError) -> RefusalAnswer:
    """What a way in answers to fields that do not fit the command."""
    return Refused("command.invalid", detail=str(problem)).answer()


def _addresses(value: object) -> Iterator[str]:
    """Every address in a command's fields."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == "email" and isinstance(inner, str):
                yield inner
            if name == "holders" and isinstance(inner, list | tuple):
                yield from (one for one in inner if isinstance(one, str))
            yield from _addresses(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _addresses(inner)


def _day(on: date | str | None) -> date | None:
    return date.fromisoformat(on) if isinstance(on, str) else on


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
