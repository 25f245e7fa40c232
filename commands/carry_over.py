"""The unused value of one subscription that pays for another (EV-06, EV-19; CONTRACT 5.7)."""

from fractions import Fraction

from commands.billing import tax_share
from commands.charging import left_of_term
from commands.money_state import ChargeState
from commands.state import AccountState
from commands.subscription_state import Subscription
from commands.work import Work
from events.charges import Reversal, TermSpan
from events.credit import CreditGranted, CreditOrigin, CreditTax
from events.money import Money, round_fraction
from events.plans import Plan
from events.subscriptions import SubscriptionCancelled


def subscriptions_carried_over(state: AccountState, plan: Plan) -> tuple[str, ...]:
    """The account's subscriptions whose unused value becomes credit when the plan is bought."""
    return tuple(
        name
        for name in sorted(state.live)
        if state.subscriptions[name].plan in plan.carries_over_from
        and state.subscriptions[name].kind == "paid"
        and state.subscriptions[name].starting is None
    )


def carry_over(work: Work, names: tuple[str, ...]) -> None:
    """Switch off the renewal of subscriptions and make credit of what is left of their terms.

    They stay active to their end. What was credited before is not credited again.
    """
    for name in names:
        sub = work.state.subscriptions[name]
        if sub.ended:
            continue
        if sub.will_renew or sub.goes_on:
            work.add(SubscriptionCancelled(subscription=name, ends_on=sub.term.end))
        if sub.term.start <= work.policy.on < sub.term.end:
            _credit_unused(work, sub)


def _credit_unused(work: Work, sub: Subscription) -> None:
    plan = work.policy.plan_version(sub.plan, sub.plan_version).terms
    left = left_of_term(work.policy, work.state, sub, plan)
    part = Fraction(left.numerator, left.denominator)
    if plan.price.per == "month":
        part /= _months(sub.term)
    charges = [work.state.books.charges[name] for name in sub.term_charges]
    amount = tax = 0
    reversals: list[Reversal] = []
    taxes: list[CreditTax] = []
    currency = work.state.currency
    for charge in charges:
        paid_for = _share_of_term(charge, sub.term, plan)
        of_charge = min(part / paid_for, Fraction(1)) if paid_for else Fraction()
        share, line = tax_share(work.state, work.policy, charge.charge)
        gross = round_fraction((charge.net.minor + share) * of_charge)
        tax_back = round_fraction(share * of_charge)
        net = gross - tax_back - charge.taken_back.minor
        if net <= 0:
            continue
        if charge.taken_back.minor:
            tax_back = round_fraction(share * net / charge.net.minor)
        amount += net + tax_back
        tax += tax_back
        reversals.append(Reversal(charge=charge.charge, amount=Money(net, currency)))
        if tax_back:
            taxes.append(
                CreditTax(
                    category=line.category,
                    rate=line.rate,
                    country=line.country,
                    amount=Money(tax_back, currency),
                )
            )
    if amount:
        work.add(
            CreditGranted(
                credit=work.policy.next_id(),
                source="carried_over",
                amount=Money(amount, currency),
                tax=tuple(taxes),
                of=CreditOrigin(charges=tuple(reversals)),
            )
        )


def _months(term: TermSpan) -> int:
    return (term.end.year - term.start.year) * 12 + term.end.month - term.start.month


def _share_of_term(charge: ChargeState, term: TermSpan, plan: Plan) -> Fraction:
    """The part of the term that a charge paid for: seats added later paid for less of it."""
    share = Fraction(charge.numerator, charge.denominator)
    return share / _months(term) if plan.price.per == "month" else share
