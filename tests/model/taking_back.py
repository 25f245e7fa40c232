"""What is taken back of a charge, and the documents on which it stands (CONTRACT 5.25, 5.17)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from fractions import Fraction

from tests.model import documents
from tests.model.arithmetic import allocate, half_up, midnight, months_left, seconds
from tests.model.documents import Setting
from tests.model.records import Charge, Document, Line, TakeBack

Wish = tuple[Charge, frozenset[int], int, bool]
"""A charge, the seats that give it back, how much of it, and whether by time."""


def time_left(charge: Charge, day: date, instant: datetime, setting: Setting) -> Fraction:
    """5.25: time left / time charged, never more than the time left; the day counts as left.

    By months the started month counts as used for `up` and `down`, by its days for `days`;
    by `none` nothing comes back; by `seconds` it goes by instants.
    """
    rule = charge.plan["proration"]
    if day >= charge.end:
        return Fraction(0)
    match rule["by"]:
        case "none":
            return Fraction(0)
        case "days":
            return days_left(charge, day)
        case "seconds":
            end = midnight(charge.end, setting.zone)
            whole = seconds(charge.instant, end)
            return min(seconds(instant, end) / whole, Fraction(1))
    started = rule.get("started_month", "days")
    whole, part = months_left(charge.anchor, charge.start, charge.end, started)
    now, rest = months_left(
        charge.anchor, max(day, charge.start), charge.end, "days" if started == "days" else "down"
    )
    return min((now + rest) / (whole + part), Fraction(1)) if whole + part else Fraction(0)


def days_left(charge: Charge, day: date) -> Fraction:
    """5.8: always by days."""
    charged = (charge.end - charge.start).days
    return Fraction(max((charge.end - max(day, charge.start)).days, 0), charged)


def charged_for(charge: Charge, seats: frozenset[int]) -> Fraction:
    """5.25: what was charged for the seats, less what notes by amount took of it, which counts for
    each seat of the line with its part (5.17).
    """
    noted = sum(charge.by_amount)
    return Fraction((charge.net - noted) * len(seats), charge.quantity)


def of_time(charge: Charge, seats: frozenset[int], left: Fraction) -> int:
    """5.25: (what was charged for the seats, less what notes by amount took of it) x time left /
    time charged, less what was taken back by time before; rounded once a charge.
    """
    amount = half_up(charged_for(charge, seats) * left - documents.by_time(charge, seats))
    return within(charge, amount)


def of_full(charge: Charge, seats: frozenset[int]) -> int:
    """5.17: what was charged for the seats, less what notes took of it; at most what is left."""
    return within(charge, half_up(charged_for(charge, seats) - documents.by_time(charge, seats)))


def within(charge: Charge, amount: int) -> int:
    """DESIGN 4: all that is taken back of one charge never exceeds it."""
    return max(min(amount, charge.net - documents.taken_of(charge)), 0)


def taking_back(
    setting: Setting, back: TakeBack, month: date | None, reason: str = "unused_credit"
) -> Charge:
    """A line to come that takes back: a charge of its own, for the days that are left."""
    of = back.charge
    start = max(setting.day, of.start)
    made = Charge(
        of.subscription, back.seats, -back.amount, start, of.end, setting.now, of.anchor,
        of.plan, reason, setting.day, takes=back, month=month,
    )  # fmt: skip
    of.taken.append(back)
    return made


Wants = dict[Document, dict[Line, int]]


def on_documents(setting: Setting, wishes: Iterable[Wish]) -> None:
    """5.17, 5.7: notes on the lines that billed the charges, one a document, oldest first; of a
    charge that is on no invoice yet a line that takes back on the same statement.
    """
    wants: Wants = {}
    for charge, seats, amount, timed in wishes:
        ask(setting, wants, charge, seats, amount, timed=timed)
    order = list(setting.world.documents.values())
    gave: dict[Document, set[Document]] = {}
    planned: list[tuple[TakeBack, int]] = []
    asked = set(wants)
    while asked:
        document = max(asked, key=order.index)
        asked.remove(document)
        fit(setting, wants, document, gave, planned, asked)
    for back, given in planned:
        back.given -= given  # the notes give it
    done: set[Document] = set()
    for document in order:
        if document in wants:
            write(setting, wants, document, gave, done)


def ask(
    setting: Setting,
    wants: Wants,
    charge: Charge,
    seats: frozenset[int],
    amount: int,
    *,
    timed: bool,
) -> list[Document]:
    """Spread what a charge gives back over the places where it stands, by what each billed."""
    if not amount:
        return []
    waits = charge.net - sum(line.amount for line in charge.lines)
    if not charge.lines:
        back = TakeBack(charge, seats, amount, by_time=timed, by_line=True)
        charge.subscription.account.waiting.append(taking_back(setting, back, charge.month))
        return []
    parts = allocate(amount, [*(line.amount for line in charge.lines), waits])
    if parts[-1]:
        back = TakeBack(charge, seats, parts[-1], by_time=timed, by_line=True, of_rest=True)
        charge.subscription.account.waiting.append(taking_back(setting, back, charge.month))
    over = 0
    for line, part in zip(charge.lines, parts, strict=False):
        over += part - want(wants, line, part)
    for line in charge.lines:
        over -= want(wants, line, over)
    noted = amount - parts[-1] - over
    charge.taken.append(TakeBack(charge, seats, noted, by_time=timed, by_line=False))
    return [line.document for line in charge.lines]


def want(wants: Wants, line: Line, amount: int) -> int:
    """Ask a line for an amount, as far as it is left."""
    mine = wants.setdefault(line.document, {})
    asked = mine.get(line, 0)
    given = max(min(amount, documents.left(line) - asked), 0)
    mine[line] = asked + given
    return given


def fit(
    setting: Setting,
    wants: Wants,
    document: Document,
    gave: dict[Document, set[Document]],
    planned: list[tuple[TakeBack, int]],
    asked: set[Document],
) -> None:
    """5.17: what exceeds a document since its billing date moved is given back to the line that
    it took back from, and taken there; where that one is exceeded, it goes on from there.
    """
    mine = wants[document]
    over = sum(documents.sign(line) * size for line, size in mine.items())
    over -= documents.room(document)
    for line in document.lines:
        back = line.charge.takes
        if back is None or over <= 0:
            continue
        given = min(documents.left(line) - mine.get(line, 0), over)
        if given > 0:
            mine[line] = mine.get(line, 0) + given
            back.given += given
            planned.append((back, given))
            over -= given
            if any(one.document is document for one in back.charge.lines):
                continue  # its notes took that already
            others = ask(setting, wants, back.charge, back.seats, given, timed=back.by_time)
            gave.setdefault(document, set()).update(others)
            asked.update(others)


def write(
    setting: Setting,
    wants: Wants,
    document: Document,
    gave: Mapping[Document, set[Document]],
    done: set[Document],
) -> None:
    """Oldest document first, but the newer document's note before that of the one it gives to."""
    if document in done:
        return
    done.add(document)
    for newer, older in gave.items():
        if document in older:
            write(setting, wants, newer, gave, done)
    taken = {line: size for line, size in wants[document].items() if size}
    if taken:
        documents.note(setting, document, taken, by_amount=False)
