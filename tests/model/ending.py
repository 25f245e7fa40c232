"""Removing, cancelling, keeping, and what falls due by itself (CONTRACT 5.1, 5.5, 5.9, 5.17)."""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.model import buying, documents, taking_back
from tests.model.arithmetic import add_months, boundary, half_up, length, midnight, price
from tests.model.documents import Setting
from tests.model.records import Account, Charge, Refused, Seat, Subscription, Unmodelled

Numbers = list[int]


def chosen(subscription: Subscription, fields: Mapping[str, Any], among: list[Seat]) -> Numbers:
    """CONTRACT 2: seat numbers, or a quantity: free seats first, of those the highest first."""
    if "seat_numbers" in fields:
        numbers = list(fields["seat_numbers"])
        if any(number not in subscription.seats for number in numbers):
            raise Refused("seats.unknown")
        return numbers
    numbers = sorted((seat.number for seat in among), reverse=True)
    numbers.sort(key=lambda number: number in subscription.holders)
    if fields["quantity"] > len(numbers):
        raise Unmodelled("more seats than there are")
    return numbers[: fields["quantity"]]


def entry(entries: object, seat: Seat, day: date) -> Mapping[str, Any]:
    """5.17: the first entry whose `within_days` holds for the last charge of the seat, up to and
    including the n-th day after the day of the charge; a word is a list of one.
    """
    if not isinstance(entries, list):
        return {"when": entries}
    for one in entries:
        limit = one.get("within_days")
        if limit is None or day <= seat.charge.made_on + timedelta(days=limit):
            return dict(one)
    raise AssertionError("the last entry always applies")


def give_back(setting: Setting, subscription: Subscription, gone: dict[int, str]) -> None:
    """5.17: seats that are gone that day, and the credit for them, charge by charge."""
    wishes: list[taking_back.Wish] = []
    groups: dict[tuple[Charge, str], set[int]] = {}
    for number, kind in gone.items():
        groups.setdefault((subscription.seats[number].charge, kind), set()).add(number)
    for (charge, kind), numbers in groups.items():
        seats = frozenset(numbers)
        if kind == "full":
            wishes.append((charge, seats, taking_back.of_full(charge, seats), False))
        elif kind == "prorated":
            left = taking_back.time_left(charge, setting.day, setting.now, setting)
            wishes.append((charge, seats, taking_back.of_time(charge, seats, left), True))
    taking_back.on_documents(setting, wishes)
    for number in gone:
        del subscription.seats[number]
        subscription.holders.pop(number, None)
    subscription.changes += bool(gone)
    if not subscription.seats:
        buying.end(setting, subscription)


def remove(setting: Setting, subscription: Subscription, fields: Mapping[str, Any]) -> None:
    """`RemoveSeats`: each seat by its own entry."""
    rules = subscription.plan.get("removal", "at_renewal")
    seats = list(subscription.seats.values())
    if all(entry(rules, seat, setting.day)["when"] == "at_renewal" for seat in seats):
        renews_still(subscription)
    among = [
        seat
        for seat in seats
        if seat.renews or entry(rules, seat, setting.day)["when"] != "at_renewal"
    ]
    numbers = chosen(subscription, fields, among)
    gone: dict[int, str] = {}
    later: Numbers = []
    for number in numbers:
        found = entry(rules, subscription.seats[number], setting.day)
        if found["when"] == "now":
            gone[number] = found.get("credit", "none")
        elif number in subscription.holders:
            raise Refused("seats.still_assigned")
        elif found["when"] == "once_released":
            gone[number] = "none"
        else:
            later.append(number)
    if later:
        renews_still(subscription)
    enough(setting, subscription, [*gone, *later])
    held = len(subscription.seats) - len(gone)
    if held < subscription.plan["seats"]["minimum"] and gone:
        raise Refused("seats.below_minimum")
    stop(subscription, later)
    give_back(setting, subscription, gone)


def renews_still(subscription: Subscription) -> None:
    """Section 6: what ends with its term anyway is cancelled already."""
    if not subscription.renewing:
        raise Refused("subscription.already_cancelled")


def enough(setting: Setting, subscription: Subscription, numbers: Numbers) -> None:
    """5.9: leaving 0 renewing seats = cancelling; 1 to minimum - 1 is refused; 5.10: the minimum of
    the plan to come, where one is.
    """
    before = len(subscription.renewing)
    left = [seat for seat in subscription.renewing if seat.number not in numbers]
    plan = setting.plans[subscription.next_plan or subscription.plan_name]
    if len(left) != before and 0 < len(left) < plan["seats"]["minimum"]:
        raise Refused("seats.below_minimum")


def stop(subscription: Subscription, numbers: Numbers) -> None:
    """The seats end with their term."""
    for number in numbers:
        if subscription.seats[number].renews:
            subscription.changes += 1
        subscription.seats[number].renews = False
    if not subscription.renewing:
        subscription.next_plan = None


def switch(
    setting: Setting, subscription: Subscription, fields: Mapping[str, Any], *, on: bool
) -> None:
    """`DisableAutoRenew`, `EnableAutoRenew`."""
    if on and not subscription.plan["renewal"]["auto"]:
        raise Unmodelled("seats of a plan that does not renew are to renew")
    if on and subscription.carried_over:
        raise Refused("subscription.carried_over")
    if not on:
        renews_still(subscription)
    among = [seat for seat in subscription.seats.values() if seat.renews is not on]
    numbers = chosen(subscription, fields, among)
    if on and any(subscription.seats[number].ends is not None for number in numbers):
        raise Unmodelled("a seat left alone when the billing date moved is to renew")
    if not subscription.plan["renewal"]["per_seat"]:
        raise Refused("seats.auto_renew_not_per_seat")
    if not on:
        enough(setting, subscription, numbers)
        stop(subscription, numbers)
        return
    after = {*numbers, *(seat.number for seat in subscription.renewing)}
    if len(after) < subscription.plan["seats"]["minimum"]:
        raise Refused("seats.below_minimum")
    for number in numbers:
        subscription.seats[number].renews = True
    subscription.changes += 1


def cancel(setting: Setting, subscription: Subscription, when: str | None) -> None:
    """`CancelSubscription`: 5.17."""
    auto = subscription.plan["renewal"]["auto"]
    if auto and not subscription.renewing and when != "now":
        raise Refused("subscription.already_cancelled")
    rules = subscription.plan.get("cancellation", "at_term_end")
    entries = {
        number: entry(rules, seat, setting.day) for number, seat in subscription.seats.items()
    }
    gone = {
        number: found.get("credit", "none")
        for number, found in entries.items()
        if found["when"] == "now" and when != "at_term_end"
    }
    if not gone and not subscription.renewing and auto:
        raise Refused("subscription.already_cancelled")
    if when == "now" and not gone:
        raise Refused("subscription.not_now")
    if not auto and not gone:
        raise Unmodelled("a subscription that does not renew is cancelled")
    stop(subscription, list(subscription.seats))
    give_back(setting, subscription, gone)


def keep(subscription: Subscription) -> None:
    """`KeepSubscription` takes back what was to end with the term."""
    if subscription.carried_over:
        raise Refused("subscription.carried_over")
    ending = [seat for seat in subscription.seats.values() if not seat.renews]
    if not ending and subscription.next_plan is None:
        raise Refused("subscription.nothing_to_keep")
    if any(seat.ends is not None for seat in ending) or not subscription.plan["renewal"]["auto"]:
        raise Unmodelled("a seat left alone when the billing date moved is to be kept")
    subscription.next_plan = None
    subscription.changes += 1
    for seat in ending:
        seat.renews = True


def change_plan(setting: Setting, subscription: Subscription, name: str) -> None:
    """5.10: within a product, not shorter, minimum and maximum of the plan to come."""
    plan = setting.plans[name]
    if subscription.carried_over or not subscription.renewing or name == subscription.plan_name:
        raise Unmodelled("another plan after a cancellation")
    if plan["product"] != subscription.plan["product"]:
        raise Refused("subscription.change_not_allowed")
    if plan["term"].keys() != subscription.plan["term"].keys():
        raise Unmodelled("a term of days after one of months, or the other way round")
    if max(plan["term"].values()) < max(subscription.plan["term"].values()):
        raise Refused("subscription.term_shortened")
    renewing = len(subscription.renewing)
    if renewing < plan["seats"]["minimum"]:
        raise Refused("seats.below_minimum")
    maximum = plan["seats"].get("maximum")
    if maximum is not None and renewing + buying.pending(setting, subscription) > maximum:
        raise Refused("seats.above_maximum")
    others = {
        holder
        for other in setting.world.subscriptions.values()
        if other.account is subscription.account and other.plan_name == name
        for holder in other.holders.values()
    }
    if others & set(subscription.holders.values()):
        raise Refused("seats.user_already_has_seat")
    if plan["payment"].get(subscription.method) is None:
        raise Unmodelled("a method that the plan to come does not take")
    subscription.next_plan = name
    subscription.changes += 1


Work = tuple[date, int, str, Any]


def next_due(setting: Setting, stuck: set[tuple[int, str]]) -> Work | None:
    """5.1: by day; on a day statements, expiries, ends; each by id; but for what is refused."""
    world = setting.world
    found: list[Work] = [
        (add_months(charge.month, 1), 0, account.name, account)
        for account in world.accounts.values()
        for charge in account.waiting
        if charge.month is not None
    ]
    # `expires_on` is null where it never applied (CONTRACT 7): a credit check has none.
    found += [
        (order.day + timedelta(days=14), 1, order.name, order)
        for order in world.orders.values()
        if order.status == "waiting" and order.policy == "when_paid"
    ]
    for subscription in world.subscriptions.values():
        if subscription.begun and not subscription.ended:
            alone = [seat.ends for seat in subscription.seats.values() if seat.ends is not None]
            day = min([*alone, subscription.end])
            found.append((day, 2, subscription.name, subscription))
    if any(work[1] == 1 for work in found):
        # 5.27: an order completes with a tick because a rate fell.
        rates = (date.fromisoformat(str(one["from"])) for one in setting.seller.get("vat", ()))
        found += [(day, -1, "", None) for day in rates if day > setting.day]
    found = [one for one in found if one[1:3] not in stuck]
    return min(found, key=lambda one: one[:3], default=None)


def do_due(setting: Setting, work: Work) -> None:
    """One piece of due work, on its day."""
    day, kind, _, what = work
    if kind == -1:
        return
    if kind == 0:
        statement(setting, what, day)
    elif kind == 1:
        buying.fail(setting, what, "expired")
    else:
        finish(setting, what, day)


def statement(setting: Setting, account: Account, day: date) -> None:
    """5.5: the charges made in a calendar month, issued open on the first of the next; of a split
    charge amount x days up to that first / days of the charge's period, then the rest.
    """
    mine = [one for one in account.waiting if one.month and add_months(one.month, 1) <= day]
    account.waiting = [one for one in account.waiting if one not in mine]
    parts: list[documents.Part] = []
    for charge in mine:
        billed = sum(line.amount for line in charge.lines)
        begun = max((line.end for line in charge.lines), default=charge.start)
        splits = charge.plan.get("charge_split", "none") == "statement"
        if splits and not charge.is_split and charge.end > day > charge.start:
            if charge.takes is not None:
                raise Unmodelled("a line that takes back is split over two statements")
            days = (day - charge.start).days, (charge.end - charge.start).days
            part = half_up(Fraction(charge.net * days[0], days[1]))
            parts.append((charge, part, charge.start, day))
            charge.month, charge.is_split = day, True
            account.waiting.append(charge)
        else:
            parts.append((charge, charge.net - billed, begun, charge.end))
    made = documents.issue(setting, account, parts, day)
    if made is not None:
        documents.pay(setting, made, "open")


def finish(setting: Setting, subscription: Subscription, day: date) -> None:
    """5.9, 5.2: what was to end ends; what renews is priced by the number that renews."""
    over = [
        seat.number
        for seat in subscription.seats.values()
        if (seat.ends or subscription.end) == day and not seat.renews
    ]
    if day != subscription.end:
        for number in over:
            del subscription.seats[number]
            subscription.holders.pop(number, None)
        subscription.changes += 1
        return
    if buying.pending(setting, subscription):
        raise Unmodelled("an order that waits across a renewal")
    for number in over:
        del subscription.seats[number]
        subscription.holders.pop(number, None)
    going = len(subscription.renewing)
    if not going:
        if subscription.seats:
            raise Unmodelled("a seat left alone outlasts its subscription")
        buying.end(setting, subscription)
        return
    if subscription.next_plan is not None:
        name = subscription.next_plan
        subscription.plan_name, subscription.plan = name, setting.plans[name]
        subscription.next_plan = None
    renew(setting, subscription, day)


def renew(setting: Setting, subscription: Subscription, day: date) -> None:
    """5.2, 5.6: a term more, one invoice a renewal of a subscription."""
    plan = subscription.plan
    subscription.offset += length(plan)
    subscription.start = day
    subscription.end = boundary(plan, subscription.anchor, subscription.offset)
    numbers = frozenset(seat.number for seat in subscription.renewing)
    net = buying.charged(setting, price(plan, 0, len(numbers)))
    charge = Charge(
        subscription, numbers, net, day, subscription.end, midnight(day, setting.zone),
        subscription.anchor, plan, "renewal", day,
    )  # fmt: skip
    for number in numbers:
        subscription.seats[number].charge = charge
        subscription.seats[number].renews = plan["renewal"]["auto"]
    subscription.changes += 1
    documents.tax_group(setting, subscription.account, day)
    buying.bill(setting, subscription.account, plan, subscription.method, [charge], None)
