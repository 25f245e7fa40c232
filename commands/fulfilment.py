"""Fulfilment of an order: seats become usable, charges enter history, the invoice is issued.

The same for an order that is paid at once and for one that waited: what waited keeps the amounts
and periods of its day (CONTRACT 5.4).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from commands.accumulator import Work
from commands.amounts.billing import issue_invoice, pay_at_once, whole
from commands.amounts.charging import first_part, full_charge, unused_charges
from commands.amounts.sources import will_take
from commands.carry_over import carry_over
from commands.decision import Policy, Trace
from commands.giving_up import overpaid
from commands.holders import assigned
from commands.seat_conflicts import conflicting, plans_of, stay_of
from commands.seat_limits import room_to_renew
from commands.state.account import AccountState
from commands.state.books import first_of_next_month
from commands.state.charges import ChargeState
from commands.state.orders import OrderState
from commands.state.subscriptions import Subscription, holder_key
from events.charges import Charge, Charged, ChargeSeatsListed
from events.invoices import InvoiceIssued
from events.money import Money
from events.orders import OrderCompleted, OrderLine, OrderPlaced
from events.payments import PaymentApplied
from events.plans import Plan
from events.seat_numbers import SeatNumbers
from events.seats import SeatsAdded
from events.subscriptions import TermStarted

INVOICE_METHOD = "invoice"
"""The payment method whose charges a monthly statement gathers (CONTRACT 5.5)."""


def add_charge(
    work: Work,
    charge: Charge,
    seats: SeatNumbers,
    plan: Plan,
    method: str | None,
    order: str | None,
) -> Charged:
    """Enter a charge into history, for a statement where the plan and the method say so."""
    # An order that waits for its money is invoiced with it, whatever a statement would gather.
    prepaid = order is not None and "when_paid" in {
        plan.payment.get(method or ""),
        work.state.orders[order].timing,
    }
    statement_on, split = (None, False) if prepaid else _gathering(work, charge, plan, method)
    first, *further = seats.chunks()
    fact = Charged(
        **{name: getattr(charge, name) for name in Charge.model_fields},
        usable_on=work.policy.on,
        seats=first,
        order=order,
        statement_on=statement_on,
        split=split,
        takes=() if statement_on is None else will_take(work.state, charge),
    )
    work.add(fact)
    for part in further:
        work.add(
            ChargeSeatsListed(charge=charge.charge, subscription=charge.subscription, seats=part)
        )
    return fact


def _gathering(
    work: Work, charge: Charge, plan: Plan, method: str | None
) -> tuple[date | None, bool]:
    """The statement that gathers a charge (None: it is invoiced by itself), and whether it splits.

    A charge of nothing waits for none; where the first fraction is nothing, the next statement
    holds the whole. Late due work whose month has had its statement goes on the next one.
    """
    policy, stated_on = work.policy, work.state.books.stated_on
    if plan.statement != "monthly" or method != INVOICE_METHOD or not charge.net.minor:
        return None, False
    statement_on = first_of_next_month(policy.on if policy.is_due_work else policy.today)
    if stated_on is not None and statement_on <= stated_on:
        statement_on = first_of_next_month(stated_on)
    if plan.charge_split == "none":
        return statement_on, False
    if not first_part(charge, statement_on).minor:
        return first_of_next_month(statement_on), False
    return statement_on, True


def tax_day(policy: Policy) -> date:
    """The day whose rates hold: the day of issue, of due work the day it fell due."""
    return policy.on if policy.is_due_work else policy.today


def bill(
    work: Work,
    charges: Sequence[Charged],
    method: str | None,
    order: str | None,
    purchase_order: str | None = None,
    paid: Money | None = None,
) -> InvoiceIssued | None:
    """Invoice charges that no statement gathers; `paid` has come for it, and needs no credit."""
    return issue_invoice(
        work,
        [whole(charge) for charge in charges if charge.statement_on is None],
        payment_method=method,
        tax_on=tax_day(work.policy),
        order=order,
        purchase_order=purchase_order,
        prepaid=paid,
    )


def add_seats_facts(
    work: Work, sub: Subscription, count: int, plan: Plan, order: str | None
) -> SeatNumbers:
    """Make `count` seats usable under the next numbers; they renew when the subscription does.

    Those for which a plan that is to come has no room end with the term.
    """
    if not count:
        return SeatNumbers()
    numbers = sub.next_numbers(count)
    going_on = numbers.first(room_to_renew(work.policy, sub, count))
    for seats, renewing in ((going_on, True), (numbers - going_on, False)):
        if seats:
            work.add(
                SeatsAdded(
                    subscription=sub.subscription,
                    seats=seats,
                    order=order,
                    renewing=renewing,
                    entitlements=plan.entitlements,
                )
            )
    return numbers


def fulfil(work: Work, order: OrderState, charges: Sequence[Charge]) -> InvoiceIssued | None:
    """Complete an order up to its invoice; the payment is the caller's."""
    carry_over(work, order, _old_seats(work, order))
    work.add(OrderCompleted(order=order.order))
    charged: list[Charged] = []
    late: list[Charged] = []
    for line in order.lines:
        own = [charge for charge in charges if charge.subscription == line.subscription]
        if line.kind == "move_billing_date":
            on_order, afterwards = _move_date(work, order, line, own)
        else:
            on_order = _fulfil_line(work, order, line, own)
            afterwards = _catch_up(work, order, line, own)
        charged += on_order
        late += afterwards
    method = order.payment_method
    paid = Money.total((part.amount for part in order.paid), work.state.currency)
    invoice = bill(work, charged, method, order.order, order.purchase_order, paid)
    bill(work, late, method, None)
    for line in order.lines:
        _assign(work, line)
    return invoice


def _old_seats(work: Work, order: OrderState) -> dict[str, str]:
    """What becomes of the seats of each subscription that an order carries over."""
    plans = [work.policy.plan_version(line.plan, line.plan_version).terms for line in order.lines]
    return {
        name: next((plan.old_seats for plan in plans if own.plan in plan.carried_from), "keep")
        for name in order.carries_over
        for own in [work.state.subscriptions[name]]
    }


def _fulfil_line(
    work: Work, order: OrderState, line: OrderLine, charges: Sequence[Charge]
) -> list[Charged]:
    name, method = line.subscription, order.payment_method
    plan = work.policy.plan_version(line.plan, line.plan_version).terms
    if line.kind in {"convert", "move_billing_date"}:
        main = _begin_term(work, order, line, charges[-1])
        numbers = work.state.subscriptions[name].usable
        return [add_charge(work, main, numbers, plan, method, order.order)]
    numbers = add_seats_facts(work, work.state.subscriptions[name], line.seats, plan, order.order)
    return [add_charge(work, charge, numbers, plan, method, order.order) for charge in charges]


def _begin_term(work: Work, order: OrderState, line: OrderLine, main: Charge) -> Charge:
    """Begin the term that an order bought, on its day, with its seats; its charge is renumbered."""
    plan = work.policy.plan_version(line.plan, line.plan_version).terms
    sub = work.state.subscriptions[line.subscription]
    term = main.term.model_copy(update={"number": sub.term.number + 1})
    converted = line.kind == "convert"
    work.add(
        TermStarted(
            subscription=line.subscription,
            term=term,
            cause="trial_converted" if converted else "billing_date_moved",
            plan=line.plan,
            plan_version=line.plan_version,
            product=plan.product,
            level=plan.level,
            payment_method=order.payment_method if converted else sub.payment_method,
            renews=plan.renewal.auto if converted else sub.renews,
            leaving=not converted and sub.usable != sub.moved_by(order.order),
            order=None if converted else order.order,
        )
    )
    sub = work.state.subscriptions[line.subscription]
    add_seats_facts(work, sub, line.seats, plan, order.order)
    return main.model_copy(update={"term": term})


def _move_date(
    work: Work, order: OrderState, line: OrderLine, charges: Sequence[Charge]
) -> tuple[list[Charged], list[Charged]]:
    """Move a billing date (GT-09): what goes on the order's invoice, and what came up meanwhile.

    As ordered, where nothing happened while it waited. What other orders charged meanwhile is taken
    back on the same invoice, which charges their seats for the new term; terms that renewed are
    taken back by an invoice of their own. Seats that were to end on the day of the order stay as
    they are (CONTRACT 5.8); those switched off later are paid for, and end with the new term.
    """
    sub, main = work.state.subscriptions[line.subscription], charges[-1]
    own = work.policy.plan_version(sub.plan, sub.plan_version).terms
    bought = work.policy.plan_version(line.plan, line.plan_version)
    method, moving = order.payment_method, sub.moved_by(order.order)
    on_order = [
        add_charge(work, back, moving, own, method, order.order)
        for back in _taken_back(work, sub, moving, main, charges[:-1])
    ]
    late = [
        add_charge(work, back, moving, own, method, None)
        for back in _renewed_meanwhile(work, sub, moving, main, charges[:-1])
    ]
    more = max(len(moving) - (main.quantity - line.seats), 0)
    moved = _begin_term(work, order, line, main)
    after = work.state.subscriptions[line.subscription]
    added = after.usable - sub.usable
    extra = SeatNumbers.of(list(moving)[-more:]) if more else SeatNumbers()
    seats = (moving | added) - extra
    on_order.append(add_charge(work, moved, seats, bought.terms, method, order.order))
    if more:
        total = len(after.usable)
        priced = full_charge(
            work.policy, line.subscription, bought, moved.term, "seats_added", total, total - more
        )
        on_order.append(add_charge(work, priced, extra, bought.terms, method, order.order))
    return on_order, late


def _taken_back(
    work: Work, sub: Subscription, moving: SeatNumbers, main: Charge, ordered: Sequence[Charge]
) -> Iterator[Charge]:
    """What a moved date takes back: as ordered, unless something was taken back meanwhile.

    An order may wait for longer than a term (MS-04), and other orders may have moved the date:
    what it replaces is found by charges.
    """
    names = [part.charge for back in ordered for part in back.reverses]
    since = main.term.start
    for back in ordered:
        own = [part.charge for part in back.reverses]
        now = unused_charges(work.policy, work.state, own, moving, since)
        yield from (back,) if [one.net for one in now] == [back.net] else now
    later = [one.charge for one in _charged_meanwhile(work.state, sub, main, names) if one.order]
    yield from unused_charges(work.policy, work.state, later, moving, since)


def _renewed_meanwhile(
    work: Work, sub: Subscription, moving: SeatNumbers, main: Charge, ordered: Sequence[Charge]
) -> list[Charge]:
    """What takes back the terms that renewed while an order waited, from the order's day on."""
    names = [part.charge for back in ordered for part in back.reverses]
    charges = _charged_meanwhile(work.state, sub, main, names)
    renewed = [one.charge for one in charges if not one.order]
    return unused_charges(work.policy, work.state, renewed, moving, main.term.start)


def _charged_meanwhile(
    state: AccountState, sub: Subscription, main: Charge, ordered: Sequence[str]
) -> list[ChargeState]:
    """The charges that pay for days from one on, but for those that the order takes back itself."""
    if main.term.number > sub.term.number:
        return []
    charges = sorted(state.books.charges.values(), key=lambda one: (one.period.start, one.charge))
    return [
        charge
        for charge in charges
        if charge.subscription == sub.subscription
        and not charge.reverses
        and charge.charge not in ordered
        and charge.period.end > main.term.start
    ]


def _catch_up(
    work: Work, order: OrderState, line: OrderLine, charges: Sequence[Charge]
) -> list[Charged]:
    """Charge the present term for seats whose order waited while the subscription renewed."""
    sub = work.state.subscriptions[line.subscription]
    if line.kind != "add" or not charges or charges[0].term.number >= sub.term.number:
        return []
    version = work.policy.plan_version(sub.plan, sub.plan_version)
    numbers = SeatNumbers.span(sub.numbered - line.seats + 1, sub.numbered)
    total = len(sub.usable)
    charge = full_charge(
        work.policy, sub.subscription, version, sub.term, "renewal", total, total - line.seats
    )
    return [add_charge(work, charge, numbers, version.terms, order.payment_method, None)]


def _assign(work: Work, line: OrderLine) -> None:
    """Give free seats to those of the order who can have one by now, those that renew first.

    Who would have two seats of one plan, today or later, gets none; nor does a holder of a kind
    that the plan no longer seats.
    """
    for wanted in line.assign:
        sub = work.state.subscriptions[line.subscription]
        plan = work.policy.plan_version(sub.plan, sub.plan_version).terms
        kind = "person" if wanted.holder is None else wanted.holder.kind
        seated = all(kind in one.seats.holders for one in plans_of(work.policy, sub, plan))
        for seat in sub.first_free(1):
            key = holder_key(wanted.person, wanted.holder)
            if seated and conflicting(work.state, key, stay_of(sub, seat)) is None:
                work.add(assigned(sub, plan, seat, wanted))


def complete_at_once(work: Work, order: OrderState, charges: Sequence[Charge]) -> None:
    """Complete an order that waits for nothing: paid at once, or on account (GEN-01)."""
    invoice = fulfil(work, order, charges)
    if invoice is not None and order.timing == "at_once":
        pay_at_once(work, invoice)


def complete_paid(work: Work, order: OrderState) -> None:
    """Complete an order whose payments are all there; what is too much becomes credit."""
    invoice = fulfil(work, order, order.charges)
    for part in order.paid:
        rest = part.amount
        if invoice is not None:
            amount = min(rest, work.state.books.invoices[invoice.invoice].due)
            if amount.minor > 0:
                work.add(
                    PaymentApplied(
                        payment=part.payment,
                        order=order.order,
                        invoice=invoice.invoice,
                        amount=amount,
                    )
                )
                rest -= amount
        if rest.minor > 0:
            work.add(overpaid(work.policy, part.payment, rest))


def order_due(state: AccountState, policy: Policy, order: OrderState) -> Money:
    """What is still to be paid for an order that waits for its payment, tax and credit counted.

    Found by completing it in a copy that is thrown away.
    """
    scratch = Work(state, replace(policy, trace=Trace(ids=policy.trace.ids)))
    zero = Money.zero(state.currency)
    invoice = fulfil(scratch, order, order.charges)
    if invoice is None:
        return zero
    paid = Money.total((part.amount for part in order.paid), state.currency)
    return max(scratch.state.books.invoices[invoice.invoice].due - paid, zero)


def nothing_due(work: Work, placed: OrderPlaced) -> bool:
    """Whether an order that would wait for its payment has none to wait for: credit covers it."""
    scratch = Work(work.state, work.policy)
    scratch.add(placed)
    return not order_due(scratch.state, work.policy, scratch.state.orders[placed.order]).minor
