"""Charges: terms, and what seats of a term cost, by the version of the plan that holds.

Every amount of the ledger is worked out here once and stored with its steps (ALL-06); documents
and projections only add.
"""

from datetime import date

from commands.decision import Policy
from commands.policy import PlanVersion
from commands.pricing import SeatsPrice, charge, price_of_seats
from commands.proration import Proration, term_left, whole_period
from commands.refusals import Refused
from commands.state import AccountState
from commands.subscription_state import Subscription
from events.charges import Charge, ChargeReason, Reversal, TermSpan
from events.money import Money, allocate, round_ratio
from events.periods import Period, Term, add_days, add_months
from events.plans import Plan


def first_term(plan: Plan, start: date, number: int = 1) -> TermSpan:
    """A term that begins with its own anchor."""
    return TermSpan(number=number, anchor=start, start=start, end=_end(start, start, plan.term))


def term_after(term: TermSpan, plan: Plan) -> TermSpan:
    """The term that follows, on the same anchor day (ALL-05), as long as the plan's."""
    end = _end(term.anchor, term.end, plan.term)
    return TermSpan(number=term.number + 1, anchor=term.anchor, start=term.end, end=end)


def _end(anchor: date, start: date, term: Term) -> date:
    if term.months is None:
        return add_days(start, term.days or 0)
    months = (start.year - anchor.year) * 12 + start.month - anchor.month
    on_anchor = add_months(anchor, months) == start
    return add_months(anchor if on_anchor else start, (months if on_anchor else 0) + term.months)


def seats_price(plan: Plan, total: int, held: int = 0) -> SeatsPrice:
    """The price of the seats from `held` to `total`; below the first tier, that tier's (EV-02)."""
    tiers = plan.price.tiers
    if total < tiers[0].from_:
        lowest = tiers[0].model_copy(update={"from_": 1})
        tiers = (lowest, *tiers[1:])
    return price_of_seats(plan.price.tiering, tiers, total, held)


def full_charge(
    policy: Policy,
    subscription: str,
    version: PlanVersion,
    term: TermSpan,
    reason: ChargeReason,
    total: int,
    held: int = 0,
) -> Charge:
    """What `total - held` seats cost for a whole term."""
    whole = whole_period(version.terms.price.per, _anchor(term), term.start, term.end)
    return _charge(policy, subscription, version, term, reason, term.start, total, held, whole)


def full_price(plan: Plan, term: TermSpan, total: int, currency: str) -> Money:
    """The net price of seats for a whole term, before it is charged."""
    whole = whole_period(plan.price.per, _anchor(term), term.start, term.end)
    return charge(seats_price(plan, total).amount, whole, currency)[0]


def added_charge(
    policy: Policy, state: AccountState, sub: Subscription, version: PlanVersion, quantity: int
) -> Charge:
    """What seats cost that are added within a term: the part of it that is left (EV-07, EV-09)."""
    plan = version.terms
    left = left_of_term(policy, state, sub, plan)
    total = sub.total + quantity
    return _charge(
        policy,
        sub.subscription,
        version,
        sub.term,
        "seats_added",
        policy.on,
        total,
        sub.total,
        left,
    )


def left_of_term(policy: Policy, state: AccountState, sub: Subscription, plan: Plan) -> Proration:
    """The part of a subscription's term that is left, by its plan's proration.

    Raises:
        Refused: `command.time_out_of_range` where the day lies outside the term.
    """
    period = Period(start=sub.term.start, end=sub.term.end)
    if not period.contains(policy.on):
        raise Refused(
            "command.time_out_of_range",
            detail=f"{policy.on} lies outside the present term, {period.start} to {period.end}.",
        )
    return term_left(
        plan.proration, plan.price.per, _anchor(sub.term), period, policy.at, state.time_zone
    )


def _anchor(term: TermSpan) -> date:
    """The anchor from which the months of a term count; its start where the anchor is another."""
    months = (term.start.year - term.anchor.year) * 12 + term.start.month - term.anchor.month
    return term.anchor if add_months(term.anchor, months) == term.start else term.start


def _charge(
    policy: Policy,
    subscription: str,
    version: PlanVersion,
    term: TermSpan,
    reason: ChargeReason,
    start: date,
    total: int,
    held: int,
    left: Proration,
) -> Charge:
    plan = version.terms
    price = seats_price(plan, total, held)
    currency = policy.catalogue.seller.currency
    whole = whole_period(plan.price.per, _anchor(term), term.start, term.end)
    full_term, _steps = charge(price.amount, whole, currency)
    net, steps = charge(price.amount, left, currency)
    return Charge(
        charge=policy.next_id(),
        subscription=subscription,
        reason=reason,
        plan=version.name,
        plan_version=version.version,
        title=plan.title,
        unit=plan.unit,
        term=term,
        period=Period(start=start, end=term.end),
        quantity=price.quantity,
        list_price=price.list_price,
        price=price.unit,
        per=plan.price.per,
        tier=price.tier,
        numerator=left.numerator,
        denominator=left.denominator,
        rounding="half_up",
        net=net,
        full_term=full_term,
        steps=(*price.steps, *steps),
    )


def unused_charge(
    policy: Policy, state: AccountState, sub: Subscription, version: PlanVersion, since: date
) -> Charge | None:
    """The line that takes back the present term from a day on (GT-09).

    Minus the term's charge x days left / days, rounded away from zero at a half; never more than
    is left of the charges. None where nothing is left.
    """
    term = sub.term
    books = state.books.charges
    parts = [books[name] for name in sub.term_charges]
    days, of_days = (term.end - since).days, (term.end - term.start).days
    charged = sum(part.net.minor for part in parts)
    rest = sum(max(part.left.minor, 0) for part in parts)
    back = min(round_ratio(charged * days, of_days, "half_up"), rest)
    if back <= 0:
        return None
    currency = state.currency
    ratios = [max(part.left.minor, 0) for part in parts]
    shares = allocate(back, ratios)
    reverses = tuple(
        Reversal(charge=part.charge, amount=Money(share, currency))
        for part, share in zip(parts, shares, strict=True)
        if share
    )
    plan = version.terms
    full = Money(-charged, currency)
    net = Money(-back, currency)
    return Charge(
        charge=policy.next_id(),
        subscription=sub.subscription,
        reason="unused_credit",
        plan=version.name,
        plan_version=version.version,
        title=plan.title,
        unit=plan.unit,
        term=term,
        period=Period(start=since, end=term.end),
        quantity=len(sub.usable),
        list_price=plan.price.tiers[0].amount,
        price=None,
        per=plan.price.per,
        tier=None,
        numerator=days,
        denominator=of_days,
        rounding="half_up",
        net=net,
        full_term=full,
        reverses=reverses,
        steps=(
            f"charged for the term {term.start} to {term.end}: {Money(charged, currency)}",
            f"from {since} to {term.end}: {days} of {of_days} days are unused",
            f"{full} x {days}/{of_days} = {net}, rounded half up",
        ),
    )


def first_part(charge: Charge, statement_on: date) -> Money:
    """The fraction of a charge up to the day of its first statement, by days (MS-13)."""
    of_days = (charge.period.end - charge.period.start).days
    days = min(max((statement_on - charge.period.start).days, 0), of_days)
    minor = round_ratio(charge.net.minor * days, of_days, "half_up") if of_days else 0
    return Money(minor, charge.net.currency)
