"""A history in which every fact that there is happens at least once, over all five catalogues."""

from ledger.writer import SELLER, Accepted
from tests.support.desk import OWNER, Desk

CATALOGUES = ("expressvpn", "microsoft", "parallels", "secureexchanges", "goto")
ADMIN = "admin@office.example"
KEY = "DEMO1-AAAAA-BBBBB-CCCCC-00001"


def long_history() -> Desk:
    """A desk after about three years of five accounts."""
    desk = Desk.in_memory(*CATALOGUES)
    live_through(desk)
    return desk


def live_through(desk: Desk) -> None:
    """Let it all happen at a desk with the five catalogues."""
    _individuals_then_a_team(desk)
    _an_office_by_invoice(desk)
    _orders_that_wait(desk)
    _seats_that_go_at_once(desk)
    _a_trial_and_a_moved_billing_date(desk)
    _money_put_right(desk)
    desk.do("WithdrawPlan", SELLER, catalogue="parallels", plan="desktop-business-1m")
    desk.at("2023-07-01").service.tick()


def usd(amount: str) -> dict[str, str]:
    """Money of the catalogues that sell in dollars."""
    return {"amount": amount, "currency": "USD"}


def _individuals_then_a_team(desk: Desk) -> None:
    desk.open("acme", "expressvpn", channel="direct")
    desk.do("AddPaymentMethod", account="acme", payment_method="card", reference="tok-1")
    desk.do("ChangeBillingDetails", account="acme", name_="Acme Ltd")
    _start(desk, "acme", "mine", "individual-12m", 2)
    desk.do("ApplyForVolumeLicences", account="acme")
    desk.do("RejectApplication", SELLER, account="acme", reason="too early")
    desk.do("ApplyForVolumeLicences", account="acme")
    desk.do("ApproveApplication", SELLER, account="acme")
    desk.at("2020-08-25T17:30")
    _start(desk, "acme", "vpn", "volume-12m", 10)
    desk.do("AddSeats", subscription="vpn", quantity=5, command_id="add-1")
    desk.do("AssignSeat", subscription="vpn", email="ann@acme.example", name_="Ann")
    issued = desk.do("IssueActivation", subscription="vpn", seat=1)
    secret = issued.result["activation"]
    desk.do("ActivateSeat", "ann@acme.example", subscription="vpn", seat=1, activation=secret)
    desk.do("ReassignSeat", subscription="vpn", seat=1, email="bob@acme.example", name_="Bob")
    desk.do("ReleaseSeat", subscription="vpn", seat=1)
    desk.do("DisableAutoRenew", subscription="vpn", seat_numbers=[3, 4])
    desk.do("EnableAutoRenew", subscription="vpn", seat_numbers=[4])
    desk.do("GrantCredit", SELLER, account="acme", amount=usd("5.00"))
    desk.do("IssueCreditNote", SELLER, invoice="EV-2020-000003", reason="a gift")
    desk.do("ForgetPerson", account="acme", email="ann@acme.example")
    desk.at("2021-08-26").service.tick()
    desk.do("CancelSubscription", subscription="vpn")
    desk.do("ChangePlan", subscription="vpn", plan="volume-6m", seats=6)


def _an_office_by_invoice(desk: Desk) -> None:
    desk.open("office", "microsoft", country="FR", email=ADMIN, vat_number="FR40303265045")
    desk.do("GrantRole", ADMIN, account="office", email=ADMIN, role="global_administrator")
    desk.do("GrantRole", ADMIN, account="office", email="x@office.example", role="auditor")
    desk.do("RevokeRole", ADMIN, account="office", email="x@office.example", role="auditor")
    _start(desk, "office", "basic", "business-basic-12m", 5, ADMIN, "invoice", order="po-1")
    desk.do("PassCreditCheck", SELLER, order="po-1")
    _start(desk, "office", "more", "business-basic-1m", 5, ADMIN, "invoice", order="po-2")
    desk.do("FailCreditCheck", SELLER, order="po-2")
    desk.do(
        "RedeemProductKey", ADMIN, account="office", subscription="keyed",
        key=KEY,
    )  # fmt: skip
    desk.at("2021-10-02").service.tick()


def _orders_that_wait(desk: Desk) -> None:
    desk.open("waits", "parallels")
    for order in ("paid", "late", "lost", "gone"):
        plan = "desktop-business-12m"
        _start(desk, "waits", f"s-{order}", plan, 2, OWNER, "bank_transfer", order=order)
    half = usd("1.00")
    desk.do("RecordPayment", SELLER, order="paid", amount=half)
    desk.do("RecordPayment", SELLER, order="paid")
    desk.do("RecordPayment", SELLER, account="waits", amount=half)
    desk.do("RecordPaymentFailure", SELLER, order="lost")
    desk.do("CancelOrder", order="gone")
    desk.do("AddToCart", account="waits", subscription="c1", plan="desktop-business-12m", seats=1)
    desk.do("AddToCart", account="waits", subscription="c2", plan="desktop-business-12m", seats=1)
    desk.do("RemoveFromCart", account="waits", subscription="c2")
    desk.do("PlaceOrder", account="waits", payment_method="card")
    desk.at("2021-10-20").service.tick()


def _seats_that_go_at_once(desk: Desk) -> None:
    desk.open("mail", "secureexchanges")
    desk.do("GrantRole", account="mail", email=OWNER, role="administrator")
    desk.do("ApproveEmailDomain", SELLER, account="mail", domain="acme.example")
    desk.do("ApproveEmailDomain", SELLER, account="mail", domain="other.example")
    desk.do("WithdrawEmailDomain", SELLER, account="mail", domain="other.example")
    people = [{"email": f"{who}@acme.example", "name": who} for who in ("eve", "joe")]
    _start(desk, "mail", "m", "mail-12m", 4, assign=people)
    desk.do("RemoveSeats", subscription="m", seat_numbers=[3])


def _a_trial_and_a_moved_billing_date(desk: Desk) -> None:
    desk.open("meet", "goto", country="FR")
    desk.do("GrantRole", account="meet", email=OWNER, role="billing_contact")
    desk.do("StartTrial", account="meet", subscription="t", plan="meeting-pro-12m", seats=2)
    desk.at("2021-10-25T10:00")
    desk.do("ConvertTrial", subscription="t", payment_method="card")
    desk.at("2021-12-25T10:00")
    desk.do("AddSeats", subscription="t", quantity=1)


def _money_put_right(desk: Desk) -> None:
    desk.open("wrong", "parallels")
    payment = _start(desk, "wrong", "w", "desktop-business-12m", 2).result["payment"]
    invoice = desk.newest_number()
    desk.do("SetSeatTotal", subscription="w", total=3)
    desk.do("CancelSubscription", subscription="w")
    desk.do("KeepSubscription", subscription="w")
    desk.do("ReversePayment", SELLER, payment=payment)
    credit = desk.do("GrantCredit", SELLER, account="wrong", amount=usd("7.00")).result["credit"]
    desk.do("ApplyCredit", SELLER, invoice=invoice, amount=usd("2.00"))
    desk.do("WithdrawCredit", SELLER, account="wrong", credit=credit, amount=usd("1.00"))
    desk.do("RecordPayment", SELLER, account="wrong", amount=usd("9.00"))
    desk.do("RecordRefund", SELLER, account="wrong", amount=usd("9.00"), method="bank_transfer")


def _start(
    desk: Desk,
    account: str,
    subscription: str,
    plan: str,
    seats: int,
    actor: str = OWNER,
    method: str = "card",
    **more: object,
) -> Accepted:
    return desk.do(
        "StartSubscription", actor, account=account, subscription=subscription, plan=plan,
        seats=seats, payment_method=method, **more,
    )  # fmt: skip
