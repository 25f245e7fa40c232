"""What customers and sellers may want next, knowing what there is: one maker for each wish.

A maker turns a turn's two numbers into a command that will mostly be accepted, or into None where
there is nothing to wish for. It looks at the state as decisions see it, never at the database.
"""

from collections.abc import Callable
from typing import Any

from commands.state.subscriptions import Subscription
from ledger.catalogues.publishing import mapping_of
from ledger.writer import SELLER
from tests.support.money_traffic import (
    apply_credit,
    credit,
    credit_note,
    pay,
    pay_several,
    refund,
    reverse,
    withdraw_credit,
)
from tests.support.turns import Turn, Wish, money, pick, seats_of
from tests.support.worlds import BUYERS, KEYS, catalogue

CHANNEL_ROLES = ("reseller", "partner", "volume_centre", "corporate")


def method_on_file(turn: Turn) -> Wish:
    """A way to pay is put on file."""
    fields = {"account": turn.account, "payment_method": pick(("card", "paypal", "sepa"), turn.a)}
    return Wish("AddPaymentMethod", fields, f"owner@{turn.account}.example")


def start(turn: Turn) -> Wish:
    """A new subscription, now and then with users."""
    name, plan = turn.plan(turn.a)
    fields = {
        "account": turn.account,
        "subscription": turn.new(),
        "plan": name,
        "seats": seats_of(plan, turn.b),
        "payment_method": pick(list(plan.payment), turn.b // 3),
    }
    if turn.b % 4 == 3:
        fields["assign"] = turn.users(turn.a, 1 + turn.b % 2)
    if turn.b % 5 == 4:
        fields["purchase_order"] = f"PO-{turn.a}"
    return Wish("StartSubscription", fields, turn.buyer(plan))


def trial(turn: Turn) -> Wish | None:
    """A product is tried, preferably one that was not."""
    if turn.b % 2 and turn.live(turn.a, "trial") is not None:
        return convert(turn)
    names = [
        name
        for name in turn.offer.plan_names()
        if turn.offer.plan_version(name, 1).terms.trial is not None
        and turn.offer.plan_version(name, 1).terms.product
        not in (*turn.state.tried, *turn.state.bought)
    ]
    if not names:
        return None
    plan = turn.offer.plan_version(pick(names, turn.a), 1).terms
    fields = {
        "account": turn.account,
        "subscription": turn.new(),
        "plan": pick(names, turn.a),
        "seats": seats_of(plan, turn.b % 4),
        "assign": turn.users(turn.b, turn.b % 3),
    }
    return Wish("StartTrial", fields, turn.buyer(plan))


def convert(turn: Turn) -> Wish | None:
    """A trial is bought."""
    sub = turn.live(turn.a, "trial")
    if sub is None:
        return None
    plan = turn.plan_of(sub)
    fields = {
        "subscription": sub.subscription,
        "payment_method": pick(list(plan.payment), turn.b),
        "seats": None if turn.b % 2 else len(sub.usable) + turn.b % 3,
    }
    return Wish("ConvertTrial", fields, turn.buyer(plan))


def redeem(turn: Turn) -> Wish | None:
    """A product key, one of a few that all accounts try."""
    keys = KEYS.get(turn.offer.name)
    if keys is None:
        return None
    sub = turn.live(turn.b, "prepaid") if turn.b % 2 else None
    name = turn.new() if sub is None else sub.subscription
    fields = {"account": turn.account, "subscription": name, "key": pick(keys, turn.a)}
    return Wish("RedeemProductKey", fields, turn.boss)


def add(turn: Turn) -> Wish | None:
    """Seats more, or a new total."""
    sub = turn.live(turn.a, "paid")
    if sub is None:
        return None
    plan = turn.plan_of(sub)
    more = 1 + pick((0, 1, 4, 9, 40), turn.b)
    fields: dict[str, Any] = {"subscription": sub.subscription}
    if turn.b % 7 >= 4:
        fields["payment_method"] = pick(list(plan.payment), turn.b)
    if turn.b % 5 == 4:
        fields["assign"] = turn.users(turn.a, 1)
    if turn.b % 3 == 2:
        fields["total"] = sub.total + more - 1
        return Wish("SetSeatTotal", fields, turn.buyer(plan))
    return Wish("AddSeats", fields | {"quantity": more}, turn.buyer(plan))


def assign(turn: Turn) -> Wish | None:
    """A free seat is given to a user."""
    sub = turn.live(turn.a)
    if sub is None:
        return None
    fields: dict[str, Any] = {"subscription": sub.subscription, "name": f"Name {turn.b % 3}"}
    if turn.b % 3 == 2 and sub.free:
        fields["seat"] = pick(list(sub.free.first(5)), turn.b)
    fields["email"] = turn.user(turn.b)
    plan = turn.plan_of(sub)
    others = [kind for kind in plan.seats.holders if kind != "person"]
    if turn.b % 2 and (others or turn.b % 29 == 27):
        del fields["email"], fields["name"]
        fields["holder"] = {"kind": pick(others or ["agent"], turn.a), "id": f"H-{turn.b % 8}"}
    return Wish("AssignSeat", fields, turn.assigner(plan))


def hand_on(turn: Turn) -> Wish | None:
    """A held seat goes to another user, or becomes free."""
    sub = turn.live(turn.a)
    if sub is None or not sub.assigned:
        return None
    fields: dict[str, Any] = {
        "subscription": sub.subscription,
        "seat": pick(list(sub.assigned), turn.b),
    }
    by = turn.assigner(turn.plan_of(sub))
    if turn.b % 2:
        return Wish("ReleaseSeat", fields, by)
    return Wish("ReassignSeat", fields | {"email": turn.user(turn.b), "name": "Another"}, by)


def activate(turn: Turn) -> Wish | None:
    """An activation is issued, or used."""
    sub = turn.live(turn.a)
    if sub is None or not sub.assigned:
        return None
    seat = pick(list(sub.assigned), turn.b)
    fields: dict[str, Any] = {"subscription": sub.subscription, "seat": seat}
    by = turn.assigner(turn.plan_of(sub))
    secret = turn.secrets.get((sub.subscription, seat))
    if secret is None or turn.b % 3 == 2:
        return Wish("IssueActivation", fields, by)
    return Wish("ActivateSeat", fields | {"activation": secret}, by)


def switch(turn: Turn) -> Wish | None:
    """The renewal of some seats is switched off or on, or free seats are given back."""
    sub = turn.live(turn.a, "paid")
    if sub is None or not sub.usable:
        return None
    by = turn.buyer(turn.plan_of(sub))
    name = pick(("DisableAutoRenew", "EnableAutoRenew", "RemoveSeats"), turn.b)
    among = {
        "DisableAutoRenew": sub.renewing,
        "EnableAutoRenew": sub.usable if sub.cancelled else sub.ending,
        "RemoveSeats": sub.free,
    }[name]
    numbers = list(among or sub.usable)
    count = pick((1, 2, len(numbers), max(len(numbers) - 1, 1)), turn.b // 3)
    how = pick(("quantity", "seat_numbers", "holders", "quantity"), turn.a)
    holders = turn.holders(sub)[-count:]
    named: dict[str, Any] = {"quantity": count}
    if how == "seat_numbers":
        named = {"seat_numbers": numbers[-count:]}
    elif how == "holders" and holders and (name != "RemoveSeats" or turn.b % 4 == 3):
        named = {"holders": holders}
    return Wish(name, {"subscription": sub.subscription, **named}, by)


def cancel(turn: Turn) -> Wish | None:
    """A subscription is to end with its term, or now."""
    sub = turn.live(turn.a, "paid")
    if sub is None:
        return None
    when = pick((None, "at_term_end", None, "now"), turn.b)
    fields = {"subscription": sub.subscription} | ({} if when is None else {"when": when})
    return Wish("CancelSubscription", fields, turn.buyer(turn.plan_of(sub)))


def keep(turn: Turn) -> Wish | None:
    """What was to end with its term is kept after all."""
    names = [name for name in turn.state.live if _ends(turn.state.subscriptions[name])]
    if not names:
        return cancel(turn)
    sub = turn.state.subscriptions[pick(names, turn.a)]
    fields = {"subscription": sub.subscription}
    return Wish("KeepSubscription", fields, turn.buyer(turn.plan_of(sub)))


def _ends(sub: Subscription) -> bool:
    """Whether something of it, or its plan, is to end with the term."""
    return sub.cancelled or bool(sub.ending) or sub.planned is not None


def change_plan(turn: Turn) -> Wish | None:
    """Another plan of the product for the time after."""
    sub = turn.live(turn.a, "paid")
    if sub is None:
        return None
    names = [
        name
        for name in turn.offer.plan_names()
        if turn.offer.plan_version(name, 1).terms.product == sub.product
    ]
    name = pick(names, turn.b)
    plan = turn.offer.plan_version(name, 1).terms
    fields = {"subscription": sub.subscription, "plan": name}
    if not sub.will_renew or (sub.usable and not sub.renewing):
        fields["seats"] = seats_of(plan, turn.b % 5)
    return Wish("ChangePlan", fields, turn.buyer(plan))


def cart(turn: Turn) -> Wish | None:
    """A line for the cart, for a new subscription or more of one, or out of it again."""
    if len(turn.state.cart) > 2 and turn.b % 4 == 3:
        line = pick(turn.state.cart, turn.a)
        fields = {"account": turn.account, "subscription": line.subscription}
        return Wish("RemoveFromCart", fields, turn.boss)
    sub = turn.live(turn.a, "paid") if turn.b % 2 else None
    name, plan = turn.plan(turn.a) if sub is None else (sub.plan, turn.plan_of(sub))
    fields = {
        "account": turn.account,
        "subscription": turn.new() if sub is None else sub.subscription,
        "plan": name,
        "seats": seats_of(plan, turn.b % 4) if sub is None else 1 + turn.b % 3,
    }
    return Wish("AddToCart", fields, turn.buyer(plan))


def order_cart(turn: Turn) -> Wish | None:
    """The cart is bought."""
    if not turn.state.cart:
        return None
    plan = turn.offer.plan_version(turn.state.cart[0].plan, 1).terms
    fields = {"account": turn.account, "payment_method": pick(list(plan.payment), turn.a)}
    return Wish("PlaceOrder", fields, turn.buyer(plan))


def settle(turn: Turn) -> Wish | None:
    """An order that waits is paid, in part or whole, checked, fails, or is withdrawn."""
    if not turn.state.waiting:
        return None
    order = turn.state.orders[pick(turn.state.waiting, turn.a)]
    fields: dict[str, Any] = {"order": order.order}
    if order.timing == "after_credit_check":
        names = ("PassCreditCheck", "PassCreditCheck", "FailCreditCheck", "CancelOrder")
    else:
        names = ("RecordPayment", "RecordPayment", "RecordPaymentFailure", "CancelOrder")
    name = pick(names, turn.b)
    if name == "RecordPayment" and turn.b % 3 == 1:
        fields["amount"] = money(turn, 7)
    by = turn.buyer(turn.offer.plan_version(order.lines[0].plan, 1).terms)
    return Wish(name, fields, by if name == "CancelOrder" else SELLER)


def details(turn: Turn) -> Wish:
    """The buyer moves, or gets a VAT number."""
    country, number = pick(BUYERS, turn.a)
    fields = {"account": turn.account, "country": country, "vat_number": number}
    return Wish("ChangeBillingDetails", fields, f"owner@{turn.account}.example")


def people(turn: Turn) -> Wish:
    """Roles come and go, and now and then somebody is forgotten."""
    fields = {"account": turn.account, "email": turn.user(turn.a)}
    name = pick(("GrantRole", "RevokeRole", "GrantRole", "ForgetPerson"), turn.b)
    if name != "ForgetPerson":
        fields["role"] = pick(("administrator", "auditor"), turn.b // 4)
    return Wish(name, fields, f"owner@{turn.account}.example")


def domain(turn: Turn) -> Wish:
    """A domain is approved or no longer so."""
    name = pick(("ApproveEmailDomain", "ApproveEmailDomain", "WithdrawEmailDomain"), turn.b)
    where = pick((f"{turn.account}.example", f"{turn.account}.else.example"), turn.a)
    return Wish(name, {"account": turn.account, "domain": where}, SELLER)


def due_early(turn: Turn) -> Wish | None:
    """Due work is asked for by hand, mostly before its day."""
    sub = turn.live(turn.a)
    if sub is None or turn.b % 3 == 2:
        return Wish("RunStatement", {"account": turn.account}, SELLER)
    name = pick(("RenewSubscription", "EndSubscription"), turn.b)
    return Wish(name, {"subscription": sub.subscription}, SELLER)


def publish(turn: Turn) -> Wish:
    """The catalogue gets other prices."""
    fields = {"catalogue": mapping_of(catalogue(turn.offer.name, turn.a % 4))}
    return Wish("PublishPlan", fields, SELLER)


def withdraw(turn: Turn) -> Wish | None:
    """A plan is no longer sold; one at least stays."""
    names = [name for name in turn.offer.plan_names() if not turn.offer.is_withdrawn(name)]
    if len(names) < 3:
        return None
    return Wish("WithdrawPlan", {"catalogue": turn.offer.name, "plan": pick(names, turn.a)}, SELLER)


Maker = Callable[[Turn], Wish | None]
_OFTEN: tuple[Maker, ...] = (start, add, assign, settle, switch, hand_on, pay)
_SOMETIMES: tuple[Maker, ...] = (
    trial, convert, redeem, activate, change_plan, cancel, cart, order_cart, credit, credit_note,
    details, keep, reverse, refund, apply_credit,
)  # fmt: skip
_SELDOM: tuple[Maker, ...] = (
    people, domain, due_early, publish, withdraw, pay_several, pay_several, withdraw_credit,
)  # fmt: skip
MAKERS: tuple[Maker, ...] = (
    method_on_file, *_OFTEN, *_OFTEN, *_OFTEN, *_SOMETIMES, *_SOMETIMES, *_SELDOM, credit_note,
)  # fmt: skip
"""The makers, as often as their wishes come up; the first is what everything shrinks to."""

_ELSE: tuple[Maker, ...] = (add, start, assign, add)


def wish(turn: Turn, what: int) -> Wish:
    """The wish of a maker, or, where there is nothing for it, one for seats."""
    choice = turn.a % len(_ELSE)
    first = MAKERS[what]
    waiting = [turn.state.orders[name].status for name in turn.state.waiting]
    # What is soon over comes up more often, or traffic would never see its end.
    is_checked = "pending_credit_check" in waiting
    if (turn.b % 4 and is_checked) or (turn.a % 3 == 1 and waiting):
        first = settle
    elif turn.a % 3 == 2 and turn.live(turn.a, "trial") is not None:
        first = convert
    for maker in (first, *_ELSE[choice:], *_ELSE):
        found = maker(turn)
        if found is not None:
            return found
    raise AssertionError("one can always start a subscription")
