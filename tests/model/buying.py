"""Purchases and orders of the model (CONTRACT 5.2 to 5.8, 5.16)."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from tests.model import credit, documents, taking_back
from tests.model.arithmetic import (
    DIGITS,
    boundary,
    half_up,
    length,
    midnight,
    months_left,
    price,
    seconds,
)
from tests.model.documents import Setting
from tests.model.records import (
    Account,
    Charge,
    Order,
    Payment,
    Refused,
    Seat,
    Subscription,
    TakeBack,
    Unmodelled,
    put_back,
    saved,
)


def charged(setting: Setting, amount: Fraction) -> int:
    """5.3: rounded once, in the currency's minor unit."""
    return half_up(amount * 10 ** DIGITS[setting.currency])


def carries(plan: Mapping[str, Any]) -> tuple[list[str], str]:
    """5.7: `carries_over_from` = `carries_over` with `old_seats: keep`."""
    if "carries_over" in plan:
        return list(plan["carries_over"]["from"]), plan["carries_over"]["old_seats"]
    return list(plan.get("carries_over_from", ())), "keep"


def pending(setting: Setting, subscription: Subscription) -> int:
    """Seats that wait in orders."""
    return sum(
        order.seats
        for order in setting.world.orders.values()
        if order.subscription is subscription and order.status == "waiting"
    )


def waiting_orders(setting: Setting, account: Account) -> list[Order]:
    """The account's orders that wait, oldest first."""
    return [
        order
        for order in setting.world.orders.values()
        if order.subscription.account is account and order.status == "waiting"
    ]


def may_buy(setting: Setting, account: Account) -> None:
    """5.4: while a credit check is pending, every purchase of that account is refused."""
    if any(one.policy == "after_credit_check" for one in waiting_orders(setting, account)):
        raise Refused("order.credit_check_pending")


def free_id(setting: Setting, order: str) -> None:
    """CONTRACT 1: ids are unique in the ledger."""
    if order in setting.world.orders:
        raise Refused("order.exists")


def policy_of(plan: Mapping[str, Any], method: str) -> str:
    """EV-03: other methods are refused."""
    policy = plan["payment"].get(method)
    if policy is None:
        raise Refused("payment.method_not_accepted")
    return str(policy)


def part_left(setting: Setting, subscription: Subscription) -> Fraction:
    """5.3: how much of the term the added seats pay for."""
    day, rule, plan = setting.day, subscription.plan["proration"], subscription.plan
    start, end = subscription.start, subscription.end
    match rule["by"]:
        case "none":
            return Fraction(1)
        case "days":
            return Fraction((end - day).days, (end - start).days)
        case "seconds":
            bounds = midnight(start, setting.zone), midnight(end, setting.zone)
            return seconds(setting.now, bounds[1]) / seconds(*bounds)
    started = rule.get("started_month", "days")
    whole, part = months_left(subscription.anchor, day, end, started)
    return (whole + part) / plan["term"]["months"]


def start(setting: Setting, account: Account, fields: Mapping[str, Any], order: str) -> None:
    """`StartSubscription`: a full term from the day of the order."""
    plan = setting.plans[fields["plan"]]
    free_id(setting, order)
    may_buy(setting, account)
    seats = fields["seats"]
    if seats < plan["seats"]["minimum"]:
        raise Refused("seats.below_minimum")
    maximum = plan["seats"].get("maximum")
    if maximum is not None and seats > maximum:
        raise Refused("seats.above_maximum")
    policy = policy_of(plan, fields["payment_method"])
    day = setting.day
    subscription = Subscription(
        fields["subscription"], account, fields["plan"], plan, fields["payment_method"],
        day, day, boundary(plan, day, length(plan)), length(plan),
    )  # fmt: skip
    setting.world.subscriptions[subscription.name] = subscription
    made = Order(order, subscription, seats, True, policy, subscription.method, day, setting.now)
    made.net = charged(setting, price(plan, 0, seats))
    place(setting, made)


def add(setting: Setting, subscription: Subscription, seats: int, method: str, order: str) -> None:
    """`AddSeats`: the same renewal date for all (5.3), or a new one (5.8)."""
    plan = subscription.plan
    free_id(setting, order)
    if subscription.carried_over:
        raise Refused("subscription.carried_over")
    may_buy(setting, subscription.account)
    if not subscription.begun:
        raise Unmodelled("seats are added before the first order is settled")
    above(setting, subscription, seats)
    policy = policy_of(plan, method)
    made = Order(order, subscription, seats, False, policy, method, setting.day, setting.now)
    if plan.get("change_resets_term"):
        if not subscription.renewing:
            raise Unmodelled("a billing date that moves where nothing renews")
        moved(setting, made)
    else:
        whole = price(plan, len(subscription.seats), seats)
        made.net = charged(setting, whole * part_left(setting, subscription))
    made.changes = subscription.changes
    place(setting, made)


def above(setting: Setting, subscription: Subscription, seats: int) -> None:
    """5.2, 5.10: for the maximum pending seats count too; of a plan to come those that renew."""
    total = len(subscription.seats) + pending(setting, subscription) + seats
    maximum = subscription.plan["seats"].get("maximum")
    if maximum is not None and total > maximum:
        raise Refused("seats.above_maximum")
    if subscription.next_plan is not None:
        maximum = setting.plans[subscription.next_plan]["seats"].get("maximum")
        renewing = len(subscription.renewing) + pending(setting, subscription) + seats
        if maximum is not None and renewing > maximum:
            raise Refused("seats.above_maximum")


def moved(setting: Setting, order: Order) -> None:
    """5.8: take back the present term's charges for the seats that go on, always by days; plus
    all of them and the new ones for a new term. Seats that were to end count for the tier.
    """
    subscription = order.subscription
    on = frozenset(seat.number for seat in subscription.renewing)
    alone = len(subscription.seats) - len(on)
    order.moved = []
    for charge in dict.fromkeys(seat.charge for seat in subscription.renewing):
        seats = charge.seats & on
        left = taking_back.days_left(charge, order.day)
        order.moved.append((charge, seats, taking_back.of_time(charge, seats, left)))
    whole = price(subscription.plan, alone, len(on) + order.seats)
    order.net = charged(setting, whole)


def place(setting: Setting, order: Order) -> None:
    """5.4, 5.16: usable at once, or the order waits, with what it carries over on its day."""
    setting.world.orders[order.name] = order
    documents.tax_group(setting, order.subscription.account, setting.day)
    setting.made["order"] = order.name
    order.carries = carried_subscriptions(setting, order)
    order.carried = carried(setting, order)
    if order.policy in {"at_once", "on_account"}:
        complete(setting, order)


def carried(setting: Setting, order: Order) -> list[tuple[Charge, frozenset[int], int]]:
    """5.7: what is taken back of the charges of the current term of the plans it carries over.

    A seat left alone when the billing date moved is of an earlier term (a reading: see the report).
    """
    found = []
    for old in order.carries:
        current = [seat for seat in old.seats.values() if seat.ends is None]
        for charge in dict.fromkeys(seat.charge for seat in current):
            seats = charge.seats & frozenset(seat.number for seat in current)
            left = taking_back.time_left(charge, order.day, order.instant, setting)
            found.append((charge, seats, taking_back.of_time(charge, seats, left)))
    return found


def carried_subscriptions(setting: Setting, order: Order) -> list[Subscription]:
    """The account's live subscriptions of those plans, when the plan is bought: on the day of the
    order; seats that are added to a subscription of it buy no plan (a reading: see the report).
    """
    names, _ = carries(order.subscription.plan)
    return [
        old
        for old in setting.world.subscriptions.values()
        if order.first
        and old.account is order.subscription.account
        and old is not order.subscription
        and old.plan_name in names
        and old.begun
        and not old.ended
    ]


def carry_over(setting: Setting, order: Order) -> None:
    """5.7: renewal off, notes before the new invoice; the order keeps the amount of its day, as
    far as that much is left; `end`: the old seats end that day.
    """
    _, old_seats = carries(order.subscription.plan)
    now = {charge for charge, *_ in carried(setting, order)}
    if old_seats == "end" and now - {charge for charge, *_ in order.carried}:
        raise Unmodelled("seats that end were charged anew while the order waited")
    wishes = []
    for charge, _, amount in order.carried:
        seats = charge.seats & charge.subscription.seats.keys() or charge.seats
        wishes.append((charge, seats, taking_back.within(charge, amount), True))
    if any(pending(setting, old) for old in order.carries):
        raise Unmodelled("seats are ordered for what is carried over")
    taking_back.on_documents(setting, wishes)
    for old in (one for one in order.carries if not one.ended):
        old.carried_over = True
        old.next_plan = None
        for seat in old.seats.values():
            seat.renews = False
        if old_seats == "end":
            end(setting, old)


def end(setting: Setting, subscription: Subscription) -> None:
    """5.9: it ends with its assignments; orders that wait for it are withdrawn (decisions.md)."""
    subscription.ended = True
    subscription.seats.clear()
    subscription.holders.clear()
    for order in list(setting.world.orders.values()):
        if order.subscription is subscription and order.status == "waiting":
            fail(setting, order, "cancelled")


def complete(setting: Setting, order: Order) -> None:
    """5.4: the seats become usable; the charge is that of the day of the order."""
    subscription, account = order.subscription, order.subscription.account
    plan = subscription.plan
    if order.day != setting.day and subscription.changes != order.changes:
        raise Unmodelled("the subscription changed while its order waited")
    if setting.day >= subscription.end:
        raise Unmodelled("an order that waits beyond its term")
    order.status = "completed"
    carry_over(setting, order)
    lines, seats = [], new_numbers(subscription, order.seats)
    if order.moved:
        lines = move(setting, order)
        seats = frozenset(seat.number for seat in subscription.renewing) | seats
    elif order.first:
        subscription.begun = True
    by_seconds = plan["proration"]["by"] == "seconds" and not order.first and not order.moved
    charge = Charge(
        subscription, seats, order.net, order.day, subscription.end,
        order.instant if by_seconds else midnight(order.day, setting.zone),
        subscription.anchor, plan,
        "start" if order.first else "seats_added", setting.day,
    )  # fmt: skip
    renews = order.first or bool(subscription.renewing) or not subscription.seats
    for number in sorted(seats):
        subscription.seats[number] = Seat(number, charge, renews=renews)
    if not plan["renewal"]["auto"]:
        for number in seats:
            subscription.seats[number].renews = False
    subscription.changes += 1
    bill(setting, account, plan, order.method, [*lines, charge], order)


def new_numbers(subscription: Subscription, count: int) -> frozenset[int]:
    """CONTRACT 1: in the order in which they become usable; never given twice."""
    first = subscription.given_numbers + 1
    subscription.given_numbers += count
    return frozenset(range(first, first + count))


def move(setting: Setting, order: Order) -> list[Charge]:
    """5.8: the day of the order is the new anchor; who was to end does so at the old end."""
    subscription = order.subscription
    for seat in subscription.seats.values():
        if not seat.renews and seat.ends is None:
            seat.ends = subscription.end
    lines = []
    for charge, seats, quoted in order.moved:
        left = taking_back.days_left(charge, order.day)
        amount = min(quoted, taking_back.of_time(charge, seats, left))
        if amount:
            back = TakeBack(charge, seats, amount, by_time=True, by_line=True)
            lines.append(taking_back.taking_back(setting, back, None))
            lines[-1].start = max(order.day, charge.start)
    subscription.anchor = subscription.start = order.day
    subscription.offset = length(subscription.plan)
    subscription.end = boundary(subscription.plan, order.day, subscription.offset)
    return lines


def bill(
    setting: Setting,
    account: Account,
    plan: Mapping[str, Any],
    method: str,
    charges: list[Charge],
    order: Order | None,
) -> None:
    """5.5: what is paid by `invoice` waits for the monthly statement; all else is invoiced."""
    policy = plan["payment"][method]
    monthly = plan.get("statement", "at_order") == "monthly" and method == "invoice"
    if monthly and not (order is not None and policy == "when_paid"):
        for charge in charges:
            charge.month = setting.day.replace(day=1)
            account.waiting.append(charge)
        return
    parts = [(charge, charge.net, charge.start, charge.end) for charge in charges]
    made = documents.issue(setting, account, parts, setting.day)
    payments = [] if order is None else order.payments
    if made is not None:
        documents.pay(setting, made, "at_once" if policy == "at_once" else "open", payments)
    else:
        for payment in payments:
            payment.order = None
            credit.put_on_account(account, payment, payment.amount)


def fail(setting: Setting, order: Order, status: str) -> None:
    """5.4: no invoice, and what had come becomes account credit; a first order's subscription
    has ended.
    """
    order.status = status
    for payment in order.payments:
        payment.order = None
        credit.put_on_account(order.subscription.account, payment, payment.amount)
    if order.first:
        end(setting, order.subscription)


def due(setting: Setting, order: Order) -> int:
    """decisions.md: found by completing the order, and putting all back as it was."""
    before, made = saved(), dict(setting.made)
    documents_before = len(setting.world.documents)
    complete(setting, order)
    last = list(setting.world.documents.values())[documents_before:]
    left = max(last[-1].due, 0) if last and last[-1].kind == "invoice" else 0
    put_back(before)
    setting.made = made
    return left


def settle_orders(setting: Setting, account: Account) -> bool:
    """5.27: an order completes whenever payments and credit cover it. Whether one did."""
    found = False
    for order in waiting_orders(setting, account):
        if order.policy == "when_paid" and order.status == "waiting" and not due(setting, order):
            complete(setting, order)
            found = True
    return found


def record(
    setting: Setting, account: Account, amount: int, covers: list[Any], order: Order | None
) -> Payment:
    """Money comes in."""
    payment = Payment(amount, covers, order)
    account.came_in += amount
    setting.made["payment"] = payment
    return payment
