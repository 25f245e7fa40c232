"""What no single field can say: the checks of a plan, a seller and a whole catalogue.

Each check answers with problems, a place below what is checked and a reason; nothing is raised
before all are known. History is never checked again: these hold at the door only.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from pydantic_core import PydanticCustomError

from commands.refusals import REFUSALS
from events.money import minor_digits
from events.parties import Contact, Sentences
from events.periods import time_zone
from events.plans import CancellationEntry, PlanTerms, RemovalEntry
from events.sellers import YEAR, KeyOffer, SellerTerms, VatRate

AMOUNT_MAX = Decimal(10**12)
"""The dearest price of a seat, in major units."""

WORDS_MAX = 20_000
"""The most characters of all sentences of a plan or a file, which keeps a fact below 256 KiB."""

NOT_BY_ITSELF = ("invoice", "bank_transfer")
"""Methods that collect nothing by themselves, so that nobody has paid at once (GEN-01)."""

TERM_MONTHS_MAX = 120
TERM_DAYS_MAX = 3660
_SERIES = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,39}")
_ISO_INSTEAD = {"EL": "GR", "UK": "GB"}


class CatalogueProblem(NamedTuple):
    """What is wrong with a catalogue, and where: keys and list indices from the top."""

    path: tuple[int | str, ...]
    reason: str

    @property
    def place(self) -> str:
        """As in `plans.volume-12m.price.tiers[1].from`."""
        text = ""
        for step in self.path:
            text += f"[{step}]" if isinstance(step, int) else f".{step}"
        return text.removeprefix(".") or "catalogue"

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


def catalogue_error(problems: Sequence[CatalogueProblem]) -> PydanticCustomError:
    """The problems as one error of pydantic's, with nothing lost."""
    text = "; ".join(map(str, problems))
    return PydanticCustomError("catalogue", "{text}", {"text": text, "problems": problems})


def raise_problems(problems: Iterable[CatalogueProblem]) -> None:
    """Raise them as one error, where there are any."""
    found = tuple(problems)
    if found:
        raise catalogue_error(found)


def _twice(where: tuple[str, ...], words: Sequence[object]) -> Iterator[CatalogueProblem]:
    """Each word of a list that stood there before."""
    seen: set[object] = set()
    for index, word in enumerate(words):
        if word in seen:
            yield CatalogueProblem((*where, index), f"{word} stands here twice")
        seen.add(word)


def _refused(
    path: tuple[int | str, ...], check: Callable[[str], object], given: str
) -> Iterator[CatalogueProblem]:
    """The ValueError of a check as a problem."""
    try:
        check(given)
    except ValueError as problem:
        yield CatalogueProblem(path, str(problem))


def _country(path: tuple[int | str, ...], code: str) -> Iterator[CatalogueProblem]:
    if code in _ISO_INSTEAD:
        yield CatalogueProblem(path, f"the ISO code of this country is {_ISO_INSTEAD[code]}")


def wording_problems(
    sentences: Sentences, rule_ids: Mapping[str, str]
) -> Iterator[CatalogueProblem]:
    """Sentences and IDs for refusals that there are not, and more words than a fact can hold."""
    for where, codes in (("sentences", sentences), ("rule_ids", rule_ids)):
        for code in codes:
            if code not in REFUSALS:
                yield CatalogueProblem((where, code), "there is no refusal of this code")
    texts = (said.values() if isinstance(said, dict) else (said,) for said in sentences.values())
    if sum(len(text) for said in texts for text in said) > WORDS_MAX:
        yield CatalogueProblem(("sentences",), f"must have at most {WORDS_MAX} characters in all")


def seller_problems(
    seller: SellerTerms, rates: Sequence[VatRate], holidays: Sequence[date]
) -> Iterator[CatalogueProblem]:
    """Unknown currency or zone, a series that no number can carry, rates and holidays twice.

    Rates without a number are refused unless they are meant: all sales would be free of tax.
    """
    yield from _country(("country",), seller.country)
    yield from _refused(("currency",), minor_digits, seller.currency)
    yield from _refused(("time_zone",), time_zone, seller.time_zone)
    if _SERIES.fullmatch(seller.invoice_series.replace(YEAR, "2000", 1)) is None:
        yield CatalogueProblem(
            ("invoice_series",),
            "a series is letters, digits and . _ : -, at most 40, with one {year} at most",
        )
    if rates and seller.vat_number is None and seller.vat_registered:
        yield CatalogueProblem(
            ("vat",), "needs the vat_number, or vat_registered: false to sell without any tax"
        )
    if seller.vat_number is not None and not seller.vat_registered:
        yield CatalogueProblem(("vat_registered",), "is true of a seller that has a vat_number")
    if seller.contact == Contact():
        yield CatalogueProblem(("contact",), "must have a name, a telephone or an email")
    seen: set[tuple[str, date]] = set()
    for index, rate in enumerate(rates):
        yield from _country(("vat", index, "country"), rate.country)
        if not 0 <= rate.rate <= 100:
            yield CatalogueProblem(("vat", index, "rate"), "a rate is 0 to 100 percent")
        if (rate.country, rate.from_) in seen:
            yield CatalogueProblem(
                ("vat", index, "from"), f"{rate.country} has two rates from {rate.from_} on"
            )
        seen.add((rate.country, rate.from_))
    yield from _twice(("holidays",), holidays)


def plan_problems(plan: PlanTerms, sold_from: date | None) -> Iterator[CatalogueProblem]:
    """Whatever in a plan contradicts another part of it."""
    yield from _price_problems(plan)
    yield from _term_problems(plan)
    yield from _payment_problems(plan)
    yield from _ending_problems("removal", plan.removal_entries)
    yield from _ending_problems("cancellation", plan.cancellation_entries)
    yield from wording_problems(plan.sentences, {})
    limits = plan.seats
    if limits.maximum is not None and limits.maximum < limits.minimum:
        yield CatalogueProblem(
            ("seats", "maximum"), f"is less than the minimum of {limits.minimum}"
        )
    if plan.statement == "monthly" and "invoice" not in plan.payment:
        yield CatalogueProblem(
            ("statement",), "a monthly statement gathers what is paid by invoice, not taken here"
        )
    if plan.charge_split == "statement" and plan.statement != "monthly":
        yield CatalogueProblem(("charge_split",), "needs statement: monthly")
    for name in ("may_buy", "may_assign", "requires", "carries_over_from"):
        yield from _twice((name,), getattr(plan, name, None) or ())
    yield from _twice(("seats", "holders"), limits.holders)
    if plan.carries_over is not None:
        yield from _twice(("carries_over", "from"), plan.carries_over.from_)
        if plan.carries_over_from:
            yield CatalogueProblem(
                ("carries_over_from",), "says the same as carries_over; give one of them"
            )
    if sold_from is not None and sold_from.year < 1900:
        yield CatalogueProblem(("from",), "is before the year 1900")


def _payment_problems(plan: PlanTerms) -> Iterator[CatalogueProblem]:
    """A method that does not collect by itself and is said to pay at once (GEN-01)."""
    for method in NOT_BY_ITSELF:
        if plan.payment.get(method) == "at_once":
            yield CatalogueProblem(
                ("payment", method),
                "nobody has paid at once by it: write on_account (usable at once, the invoice"
                " open), when_paid or after_credit_check",
            )


def _ending_problems(
    where: str, entries: Sequence[RemovalEntry | CancellationEntry]
) -> Iterator[CatalogueProblem]:
    """Entries of which none applies in the end, that never apply, or credit what goes on."""
    before = -1
    for index, entry in enumerate(entries):
        path, is_last = (where, index), index == len(entries) - 1
        if entry.credit != "none" and entry.when != "now":
            yield CatalogueProblem((*path, "credit"), "is only for when: now")
        if is_last and entry.within_days is not None:
            yield CatalogueProblem(
                (*path, "within_days"), "the last entry always applies, so it has no within_days"
            )
        elif not is_last and (entry.within_days is None or entry.within_days <= before):
            yield CatalogueProblem(
                (*path, "within_days") if entry.within_days is not None else path,
                "within_days must rise, or an entry would never apply",
            )
        before = before if entry.within_days is None else max(before, entry.within_days)


def _price_problems(plan: PlanTerms) -> Iterator[CatalogueProblem]:
    """Tiers that do not rise, leave seats without a price, or have a price out of range (EV-02)."""
    price, before = plan.price, 0
    for index, tier in enumerate(price.tiers):
        path = ("price", "tiers", index)
        if tier.from_ <= before:
            yield CatalogueProblem(
                (*path, "from"), f"tiers must rise: {tier.from_} does not come after {before}"
            )
        before = max(before, tier.from_)
        if not 0 <= tier.amount <= AMOUNT_MAX:
            yield CatalogueProblem((*path, "amount"), f"a price is 0 to {AMOUNT_MAX}")
    first = price.tiers[0].from_
    if price.tiering == "graduated" and first != 1:
        yield CatalogueProblem(
            ("price", "tiers", 0, "from"), "graduated tiers begin with the first seat"
        )
    elif first > plan.seats.minimum:
        yield CatalogueProblem(
            ("price", "tiers", 0, "from"),
            f"the first tier must begin at the minimum of {plan.seats.minimum} seats or below",
        )


def _term_problems(plan: PlanTerms) -> Iterator[CatalogueProblem]:
    """A term that is too long, or in days where months are counted (EV-09)."""
    term = plan.term
    if (term.months or 0) > TERM_MONTHS_MAX or (term.days or 0) > TERM_DAYS_MAX:
        yield CatalogueProblem(
            ("term",), f"is longer than {TERM_MONTHS_MAX} months or {TERM_DAYS_MAX} days"
        )
    if term.months is None and plan.price.per == "month":
        yield CatalogueProblem(("price", "per"), "a price per month needs a term in months")
    if term.months is None and plan.proration.by == "months":
        yield CatalogueProblem(("proration", "by"), "months need a term in months")
    if plan.proration.by != "months" and plan.proration.started_month != "days":
        yield CatalogueProblem(
            ("proration", "started_month"), "counts only where proration is by months"
        )


def file_problems(
    plans: Mapping[str, PlanTerms], offers: Sequence[KeyOffer]
) -> Iterator[CatalogueProblem]:
    """Plans that name unknown plans, and product keys that no plan of the file can honour."""
    for name, plan in plans.items():
        old_form = plan.carries_over is None
        where = ("carries_over_from",) if old_form else ("carries_over", "from")
        for index, other in enumerate(plan.carried_from):
            path = ("plans", name, *where, index)
            if other == name:
                yield CatalogueProblem(path, "a plan does not carry over from itself")
            elif other not in plans:
                yield CatalogueProblem(path, f"there is no plan {other} in this catalogue")
    seen: set[str] = set()
    for index, offer in enumerate(offers):
        if offer.digest in seen:
            yield CatalogueProblem(("product_keys", index, "key"), "this key stands here twice")
        seen.add(offer.digest)
        sold = plans.get(offer.plan)
        if sold is None:
            yield CatalogueProblem(
                ("product_keys", index, "plan"), f"there is no plan {offer.plan} in this catalogue"
            )
        elif sold.seats.maximum is not None and offer.seats > sold.seats.maximum:
            yield CatalogueProblem(
                ("product_keys", index, "seats"),
                f"is more than the plan's maximum of {sold.seats.maximum}",
            )
