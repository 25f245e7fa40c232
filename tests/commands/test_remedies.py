"""No refusal sends the buyer into another one: what a remedy names is accepted then and there.

Each walk is a state, a command that is refused in it, and the commands that the remedy names,
each of them accepted after the other. Where they clear the way, the command itself is accepted at
the end.
"""

import pytest

from commands.accounts import OpenAccount
from commands.applications import ApplyForVolumeLicences, ApproveApplication, RejectApplication
from commands.carts import AddToCart, PlaceOrder, RemoveFromCart
from commands.catalogue import PublishPlan, WithdrawPlan
from commands.orders import CancelOrder, ExpireOrder, PassCreditCheck
from commands.payments import RecordPayment
from commands.people import ApproveEmailDomain, ForgetPerson, GrantRole, RevokeRole
from commands.product_keys import RedeemProductKey
from commands.purchases import AddSeats, StartSubscription
from commands.refusals import REFUSALS
from commands.removals import DisableAutoRenew, EnableAutoRenew
from commands.renewals import EndSubscription
from commands.seats import AssignSeat
from commands.subscriptions import CancelSubscription, ChangePlan, KeepSubscription
from commands.trials import StartTrial
from tests.commands.test_seat_remedies import WALKS as SEATS
from tests.support.given import OWNER, SELLER, given
from tests.support.remedies import (
    ACME,
    ANN,
    CONVERT,
    DESK,
    KEYS,
    NEW,
    SELLERS,
    Walk,
    buying,
    cancelled,
    carried_over,
    converting,
    euros,
    followed,
    having,
    once,
    prepaid,
    shelf,
    trying,
    waiting,
)
from tests.support.shop import TAXED, bought, buyer, plan, shop

WALKS = [
    Walk("account.unknown", lambda: given("goto"),
         (GrantRole, ACME | {"email": OWNER, "role": "auditor"} | SELLERS), "Open the account",
         once((OpenAccount, ACME | {"email": OWNER, "country": "FR"}))),
    Walk("catalogue.plan_unknown", buying, (StartSubscription, NEW | {"plan": "none"}),
         "plans on offer", once((StartSubscription, NEW | {"plan": "desk"})), again=False),
    Walk("catalogue.plan_withdrawn",
         lambda: buying().done(WithdrawPlan, by=SELLER, plan="month"),
         (StartSubscription, NEW | {"plan": "month"}), "plans on offer",
         once((StartSubscription, NEW | {"plan": "desk"})), again=False),
    Walk("command.time_out_of_range", having, (EndSubscription, DESK | SELLERS),
         "Wait for the end", ()),
    Walk("command.time_out_of_range",
         lambda: bought(buying(), "new", "desk", 1, "bank", order="o"),
         (ExpireOrder, {"order": "o"} | SELLERS), "cancel the order",
         once((CancelOrder, {"order": "o"})), again=False),
    Walk("access.role_missing", having, (AddSeats, DESK | {"quantity": 1, "by": ANN["email"]}),
         "Ask the account's owner",
         once((GrantRole, ACME | {"email": ANN["email"], "role": "owner"}))),
    Walk("access.role_missing", buying, (ApproveApplication, ACME), "Ask the seller",
         once((ApplyForVolumeLicences, ACME), (ApproveApplication, ACME | SELLERS)), again=False),
    *(Walk("access.last_owner", buying, (command, ACME | fields), "GrantRole",
           once((GrantRole, ACME | {"email": ANN["email"], "role": "owner"})))
      for command, fields in ((RevokeRole, {"email": OWNER, "role": "owner"}),
                              (ForgetPerson, {"email": OWNER}))),
    Walk("account.exists", buying, (OpenAccount, ACME | {"email": OWNER, "country": "FR"}),
         "another account id", ()),
    Walk("account.application_not_approved", buying,
         (StartSubscription, NEW | {"plan": "applied"}), "Apply",
         once((ApplyForVolumeLicences, ACME), (ApproveApplication, ACME | SELLERS))),
    Walk("account.application_not_approved",
         lambda: buying().done(ApplyForVolumeLicences, **ACME)
         .done(RejectApplication, by=SELLER, **ACME),
         (StartSubscription, NEW | {"plan": "applied"}), "Apply",
         once((ApplyForVolumeLicences, ACME), (ApproveApplication, ACME | SELLERS))),
    Walk("account.application_not_pending", buying, (ApproveApplication, ACME | SELLERS),
         "has applied", once((ApplyForVolumeLicences, ACME))),
    Walk("account.email_domain_not_approved", lambda: bought(buying(), "new", "checked", 2),
         (AssignSeat, {"subscription": "new", **ANN}), "approve the domain",
         once((ApproveEmailDomain, ACME | {"domain": "acme.example"} | SELLERS))),
    Walk("account.vat_number_malformed", lambda: given("goto"),
         (OpenAccount, ACME | {"email": OWNER, "country": "FR", "vat_number": "FR1"}),
         "leave it out", once((OpenAccount, ACME | {"email": OWNER, "country": "FR"})),
         again=False),
    Walk("subscription.exists", having, (StartSubscription, NEW | DESK | {"plan": "desk"}),
         "another subscription id", once((StartSubscription, NEW | {"plan": "desk"})),
         again=False),
    *(Walk("subscription.ended", lambda: cancelled().until("2021-01-01"), refused,
           "Start a new subscription", once((StartSubscription, NEW | {"plan": "desk"})),
           again=False)
      for refused in ((AddSeats, DESK | {"quantity": 1}), (KeepSubscription, DESK),
                      (ChangePlan, DESK | {"plan": "month", "seats": 1}))),
    Walk("subscription.already_cancelled", cancelled, (CancelSubscription, DESK),
         "Nothing is left to cancel", ()),
    Walk("subscription.already_cancelled", cancelled, (DisableAutoRenew, DESK | {"quantity": 1}),
         "Nothing is left to cancel", ()),
    Walk("subscription.already_cancelled", followed, (EnableAutoRenew, DESK | {"quantity": 1}),
         "KeepSubscription", once((KeepSubscription, DESK)), again=False),
    Walk("subscription.already_cancelled", trying, (EnableAutoRenew, DESK | {"quantity": 1}),
         "Convert the trial", once(CONVERT), again=False),
    Walk("subscription.already_cancelled", prepaid, (EnableAutoRenew, DESK | {"quantity": 1}),
         "ends with its term", ()),
    Walk("subscription.term_shortened", having, (ChangePlan, DESK | {"plan": "month"}),
         "cancel first, and say how many",
         once((CancelSubscription, DESK), (ChangePlan, DESK | {"plan": "month", "seats": 2})),
         again=False),
    Walk("subscription.change_not_allowed", having, (ChangePlan, DESK | {"plan": "chair"}),
         "start another subscription", once((StartSubscription, NEW | {"plan": "chair"})),
         again=False),
    *(Walk("subscription.carried_over", carried_over, refused, "took its place",
           once((AddSeats, {"subscription": "team", "quantity": 1})), again=False)
      for refused in ((AddSeats, DESK | {"quantity": 1}), (KeepSubscription, DESK),
                      (EnableAutoRenew, DESK | {"quantity": 1}))),
    Walk("subscription.not_now", having, (CancelSubscription, DESK | {"when": "now"}),
         "end of its term", once((CancelSubscription, DESK | {"when": "at_term_end"})),
         again=False),
    Walk("subscription.nothing_to_keep", having, (KeepSubscription, DESK), "goes on as it is", ()),
    Walk("subscription.nothing_to_keep", trying, (KeepSubscription, DESK), "Convert the trial",
         once(CONVERT), again=False),
    Walk("subscription.nothing_to_keep", prepaid, (KeepSubscription, DESK),
         "Start a new subscription", once((StartSubscription, NEW | {"plan": "desk"})),
         again=False),
    Walk("subscription.prepaid", prepaid, (AddSeats, DESK | {"quantity": 1}),
         "another product key", once((RedeemProductKey, ACME | DESK | {"key": KEYS[1]})),
         again=False),
    Walk("subscription.prepaid", prepaid, (ChangePlan, DESK | {"plan": "small"}),
         "Start another subscription",
         once((StartSubscription, NEW | {"plan": "small", "seats": 4})), again=False),
    *(Walk("subscription.not_prepaid", state, (RedeemProductKey, ACME | DESK | {"key": KEYS[0]}),
           "for a new subscription",
           once((RedeemProductKey, ACME | {"subscription": "new", "key": KEYS[0]})), again=False)
      for state in (having, trying)),
    Walk("subscription.key_unknown",
         lambda: buyer(
             {**shelf(), "product_keys": [{"key": KEYS[0], "plan": "desk", "seats": 2},
                                          {"key": KEYS[1], "plan": "chair", "seats": 2}]},
             "2020-01-01").done(RedeemProductKey, **ACME, **DESK, key=KEYS[0]),
         (RedeemProductKey, ACME | DESK | {"key": KEYS[1]}), "for a new subscription",
         once((RedeemProductKey, ACME | {"subscription": "new", "key": KEYS[1]})), again=False),
    Walk("subscription.trial_not_offered", buying,
         (StartTrial, ACME | DESK | {"plan": "chair", "seats": 1}), "Buy it",
         once((StartSubscription, NEW | {"plan": "chair"})), again=False),
    *(Walk("subscription.trial_already_used", state,
           (StartTrial, ACME | {"subscription": "again", "plan": "desk", "seats": 1}),
           "Buy a subscription", once((StartSubscription, NEW | {"plan": "desk"})), again=False)
      for state in (trying, having)),
    Walk("subscription.trial_must_be_bought", trying, (AddSeats, DESK | {"quantity": 1}),
         "Convert the trial", once(CONVERT)),
    Walk("subscription.trial_must_be_bought", trying, (ChangePlan, DESK | {"plan": "desk"}),
         "Convert the trial", once(CONVERT)),
    *(Walk("subscription.trial_must_be_bought", converting, refused, "order o is paid",
           once((RecordPayment, {"order": "o"} | SELLERS)))
      for refused in ((AddSeats, DESK | {"quantity": 1}), (ChangePlan, DESK | {"plan": "desk"}))),
    *(Walk("subscription.not_a_trial", state, CONVERT, "Nothing is left to convert", ())
      for state in (having, prepaid)),
    Walk("order.exists", waiting, (AddSeats, DESK | {"quantity": 1, "order": "o"}),
         "another order id", once((AddSeats, DESK | {"quantity": 1, "order": "p"})), again=False),
    Walk("order.exists", converting, CONVERT, "cancel that order",
         once((CancelOrder, {"order": "o"}))),
    Walk("order.not_pending",
         lambda: waiting().done(RecordPayment, by=SELLER, order="o"),
         (RecordPayment, {"order": "o"} | SELLERS), "RecordPayment on the account",
         once((RecordPayment, ACME | euros("1.00"))),
         again=False),
    Walk("order.not_pending", lambda: waiting().done(CancelOrder, order="o"),
         (CancelOrder, {"order": "o"}), "Nothing is left to cancel", ()),
    Walk("order.credit_check_pending",
         lambda: having().done(AddSeats, **DESK, quantity=1, payment_method="invoice", order="o"),
         (AddSeats, DESK | {"quantity": 1}), "Wait for the credit check",
         once((PassCreditCheck, {"order": "o"} | SELLERS))),
    Walk("order.cart_empty", buying, (PlaceOrder, ACME | {"payment_method": "card"}),
         "Add a plan to the cart",
         once((AddToCart, ACME | {"subscription": "new", "plan": "desk", "seats": 1}))),
    Walk("payment.method_not_accepted", having,
         (AddSeats, DESK | {"quantity": 1, "payment_method": "gold"}), "card",
         once((AddSeats, DESK | {"quantity": 1, "payment_method": "card"})), again=False),
    Walk("payment.method_not_accepted",
         lambda: buying().done(AddToCart, **ACME, subscription="n1", plan="both", seats=1)
         .done(AddToCart, **ACME, subscription="n2", plan="transfer", seats=1),
         (PlaceOrder, ACME | {"payment_method": "gold"}), "Pay by transfer.",
         once((PlaceOrder, ACME | {"payment_method": "transfer"})), again=False),
    Walk("payment.method_not_accepted",
         lambda: buying().done(AddToCart, **ACME, subscription="n1", plan="desk", seats=1)
         .done(AddToCart, **ACME, subscription="n2", plan="transfer", seats=1),
         (PlaceOrder, ACME | {"payment_method": "card"}), "one by one",
         once((RemoveFromCart, ACME | {"subscription": "n2"}))),
    Walk("payment.currency_mismatch", waiting,
         (RecordPayment, {"order": "o"} | euros("1.00", "USD")),
         "seller's currency",
         once((RecordPayment, {"order": "o"} | euros("1.00"))),
         again=False),
    Walk("payment.more_than_due", waiting,
         (RecordPayment, {"order": "o"} | euros("900.00")),
         "RecordPayment on the account",
         once((RecordPayment, {"order": "o"} | SELLERS),
              (RecordPayment, ACME | euros("660.00"))),
         again=False),
    Walk("invoice.vat_rate_unknown",
         lambda: buyer(shop(seller=TAXED, desk=plan()), "2020-01-01", country="ES"),
         (StartSubscription, NEW | {"plan": "desk"}), "publish the country's rate",
         once((PublishPlan, SELLERS | {"catalogue": shop(
             seller={**TAXED, "vat": [*TAXED["vat"],
                                      {"country": "ES", "rate": "21", "from": "2000-01-01"}]},
             desk=plan())}))),
]  # fmt: skip


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize("walk", WALKS, ids=str)
def test_what_a_remedy_names_is_accepted(walk: Walk):
    """In the state in which the refusal was given; where it clears the way, so is the command."""
    walk.taken()


NAME_NO_COMMAND = {
    "command.invalid", "command.id_reused", "command.version_conflict", "subscription.unknown",
    "order.unknown", "invoice.unknown", "account.managed_by_adviser",
    "subscription.sold_by_reseller", "subscription.sold_by_partner",
    "subscription.managed_in_volume_centre", "subscription.key_malformed",
    "subscription.key_already_used", "order.cart_line_unknown", "seats.activation_not_offered",
    "seats.activation_already_used", "payment.unknown", "payment.reference_used",
    "payment.already_used", "payment.more_than_credit", "invoice.nothing_left_to_credit",
}  # fmt: skip
"""Refusals whose remedy is to look, to ask, or to type it again."""


def test_every_refusal_is_walked_or_names_no_command():
    """None is forgotten."""
    walked = {walk.code for walk in (*WALKS, *SEATS)}
    assert walked | NAME_NO_COMMAND == set(REFUSALS)
    assert not walked & NAME_NO_COMMAND
