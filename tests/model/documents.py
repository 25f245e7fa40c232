"""Invoices and credit notes of the model: tax, what is left of a line, what a note takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.model import credit
from tests.model.arithmetic import allocate, half_up
from tests.model.records import Account, Charge, Document, Line, Payment, Refused, TakeBack, World

EU = frozenset({
    "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE",
    "IT", "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE",
})  # fmt: skip
TERRITORIES = {"MC": "FR", "IM": "GB"}
"""5.30: Monaco counts as France, the Isle of Man as the United Kingdom."""

Group = tuple[str, Fraction]
BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass
class Setting:
    """The seller, the plans, the world, and the moment in which a command is decided."""

    seller: Mapping[str, Any]
    plans: Mapping[str, Any]
    currency: str
    zone: ZoneInfo
    world: World = field(default_factory=World)
    now: datetime = BEGINNING
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def day(self) -> date:
        """The day in the seller's zone (5.1)."""
        return self.now.astimezone(self.zone).date()


def tax_group(setting: Setting, account: Account, day: date) -> Group:
    """5.6: category and rate for a buyer, by the day of issue."""
    seller = setting.seller
    if not seller.get("vat_number"):
        return "O", Fraction(0)
    country = TERRITORIES.get(account.country, account.country)
    if country != seller["country"]:
        if country not in EU:
            return "O", Fraction(0)
        if account.vat_number is not None:
            return "AE", Fraction(0)
    rates = [
        (str(one["from"]), Fraction(one["rate"]))
        for one in seller["vat"]
        if one["country"] == country and str(one["from"]) <= day.isoformat()
    ]
    if not rates:
        raise Refused("invoice.vat_rate_unknown")
    return "S", max(rates)[1]


def group_of(charge: Charge, group: Group) -> Group:
    """5.6: a line that takes back keeps the category and rate of what it takes back."""
    if charge.takes is not None and charge.takes.charge.lines:
        return charge.takes.charge.lines[0].group
    return group


Part = tuple[Charge, int, date, date]
"""A charge, how much of it, and for which days."""


def issue(
    setting: Setting, account: Account, parts: Sequence[Part], tax_day: date
) -> Document | None:
    """5.6: an invoice; nothing to charge, no invoice. Tax on the sum per category and rate."""
    parts = [part for part in parts if part[1]]
    if not parts:
        return None
    document = numbered(setting, account, "invoice")
    group = tax_group(setting, account, tax_day)
    sums: dict[Group, int] = {}
    for number, (charge, amount, start, end) in enumerate(parts, 1):
        mine = group_of(charge, group)
        line = Line(document, number, charge, amount, mine, start, end)
        document.lines.append(line)
        charge.lines.append(line)
        if charge.takes is not None:
            charge.takes.line = line
        sums[mine] = sums.get(mine, 0) + amount
    document.net = sum(sums.values())
    document.tax = sum(half_up(net * rate / 100) for (_, rate), net in sums.items())
    return document


def numbered(setting: Setting, account: Account, kind: str) -> Document:
    """CONTRACT 1: series, hyphen, six digits; a note is in the same series and list (5.15)."""
    day = setting.day
    series = str(setting.seller["invoice_series"]).replace("{year}", str(day.year))
    sequences = setting.world.sequences
    sequences[series] = sequences.get(series, 0) + 1
    number = f"{series}-{sequences[series]:06d}"
    document = Document(number, kind, account, day)
    setting.world.documents[number] = document
    return document


def pay(
    setting: Setting, document: Document, policy: str, payments: Sequence[Payment] = ()
) -> None:
    """What pays an invoice at issue: its order's money, credit (5.7), then what collects itself.

    5.6: a total below zero becomes account credit. 5.27: an order that a lower rate made cheaper
    than what had come leaves the rest as credit.
    """
    account = document.account
    if document.total < 0:
        credit.come_back(setting, account, -document.total, "negative_total", document)
    for payment in payments:
        used = min(payment.amount, max(document.due, 0))
        if used:
            document.paid += used
            payment.covers.append((document, used))
        payment.order = None
        credit.put_on_account(account, payment, payment.amount - used)
    if document.due > 0:
        credit.use(account, document)
    if document.due > 0 and policy == "at_once":
        payment = Payment(document.due, covers=[(document, document.due)])
        account.came_in += document.due
        document.paid += document.due
        setting.made["payment"] = payment


def share(line: Line, amount: int) -> int:
    """5.7: of a charge that two statements split, on both by what each billed."""
    charge = line.charge
    if line.amount == charge.net:
        return amount
    rest = charge.net - sum(one.amount for one in charge.lines)
    shares = allocate(amount, [*(one.amount for one in charge.lines), rest])
    return shares[charge.lines.index(line)]


def taken_later(line: Line) -> int:
    """5.15: what later documents took back of a line's charge and no note gave back to it.

    What waits for its statement counts too (a reading: see the report).
    """
    backs = line.charge.taken
    total = sum(
        back.rest
        for back in backs
        if back.by_line
        and not back.of_rest
        and (back.line is None or back.line.document is not line.document)
    )
    return share(line, total) if total else 0


def left(line: Line) -> int:
    """5.15: the amount of a line, less what notes took, less what later documents took back.

    A line that takes back is given back less what was taken from the same document since (in the
    order of the lines, where there are several).
    """
    if line.charge.takes is None:
        return max(line.amount - line.noted - taken_later(line), 0)
    lines = line.document.lines
    since = sum(taken_later(one) for one in lines if one.charge.takes is None)
    for one in lines:
        if one.charge.takes is not None:
            rest = -one.amount - one.noted
            if one is line:
                return max(rest - since, 0)
            since = max(since - rest, 0)
    raise AssertionError("a line is one of its document's")


def is_whole(document: Document) -> bool:
    """Nothing of the document is left."""
    return not any(left(line) for line in document.lines)


def room(document: Document) -> int:
    """5.15: how much more of its net notes may take; of a document below zero, give again."""
    return max(document.net, 0) - document.noted


def within(document: Document, net: int) -> bool:
    """5.15: no note brings the sum of a document's notes beyond its total (both bounds net)."""
    after = document.noted + net
    return min(document.net, 0) <= after <= max(document.net, 0)


def sign(line: Line) -> int:
    """A note takes from a charge's line and gives back on a line that takes back."""
    return 1 if line.charge.takes is None else -1


def note(
    setting: Setting,
    document: Document,
    taken: Mapping[Line, int],
    settle: str = "credit",
    *,
    by_amount: bool,
) -> Document:
    """5.15: a credit note of these sizes of these lines, its tax, and how it is settled."""
    made = numbered(setting, document.account, "credit_note")
    made.corrects = document
    document.notes.append(made)
    for line, size in taken.items():
        made.amounts.append((-sign(line) * size, line.charge.subscription.name))
        line.noted += size
        if line.charge.takes is not None:
            line.charge.takes.given += size
        elif by_amount:
            line.charge.by_amount.append(size)
        noted = document.noted_net
        noted[line.group] = noted.get(line.group, 0) + sign(line) * size
    made.net = sum(amount for amount, _ in made.amounts)
    for group, net in document.noted_net.items():
        # Tax of all that notes have taken of that rate so far, less the tax taken before.
        tax = half_up(net * group[1] / 100)
        made.tax -= tax - document.noted_tax.get(group, 0)
        document.noted_tax[group] = tax
    credit.settle(setting, document, -made.total, settle)
    setting.made["note"] = made.number
    return made


def taken_of(charge: Charge) -> int:
    """All that was taken of a charge so far, by notes and by lines that take back."""
    noted = sum(line.noted for line in charge.lines)
    return noted + sum(back.rest for back in charge.taken if back.by_line)


def by_time(charge: Charge, seats: frozenset[int]) -> Fraction:
    """5.25: what was taken back by time before, of these seats."""
    backs: list[TakeBack] = [back for back in charge.taken if back.by_time]
    parts = (Fraction(back.rest * len(back.seats & seats), len(back.seats)) for back in backs)
    return sum(parts, Fraction(0))
