"""`seatledger show`: how things stand, now or as of an earlier instant."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import output
from ledger.cli.asking import AsJson, AsOf, Id, found_row, standing_at, tell

if TYPE_CHECKING:
    from ledger.host.opened import OpenLedger
    from ledger.reading.queries import Standing
    from ledger.reading.schemas import Account, Subscription

app = typer.Typer(help="Show how things stand.", no_args_is_help=True)

OfAccount = Annotated[str | None, typer.Option("--account", help="Of this account alone.")]

ACCOUNTS = output.Listing(
    "Accounts",
    {
        "account": "account",
        "catalogue": "catalogue",
        "firm": "details.name",
        "country": "details.country",
        "opened on": "opened_on",
        "owner": "owner",
        "credit": "credit",
    },
    right=("credit",),
)
SUBSCRIPTIONS = output.Listing(
    "Subscriptions",
    {
        "subscription": "subscription",
        "account": "account",
        "plan": "plan",
        "status": "status",
        "term ends": "term.end",
        "seats": "seats.total",
        "assigned": "seats.assigned",
        "renews on": "renewal.renewal_date",
        "renewing": "renewal.seats",
    },
    right=("seats", "assigned", "renewing"),
)
SEATS = output.Listing(
    "Seats",
    {
        "seat": "seat",
        "status": "status",
        "kind": "kind",
        "holder": "held_by",
        "name": "holder.name",
        "renews": "renewing",
        "activation": "activation",
    },
    right=("seat",),
)
RENEWALS = output.Listing(
    "Renewals",
    {
        "subscription": "subscription",
        "account": "account",
        "plan": "plan",
        "on": "renewal_date",
        "seats": "seats",
        "total": "total",
    },
    right=("seats", "total"),
)
INVOICES = output.Listing(
    "Invoices",
    {
        "number": "number",
        "account": "account",
        "issued on": "issued_on",
        "due on": "due_on",
        "status": "status",
        "total": "total",
        "due": "due",
    },
    right=("total", "due"),
)
ORDERS = output.Listing(
    "Orders",
    {
        "order": "order",
        "account": "account",
        "placed on": "placed_on",
        "status": "status",
        "expires on": "expires_on",
        "expected on": "expected_on",
    },
)
CREDIT = output.Listing(
    "Credit",
    {
        "credit": "credit",
        "source": "source",
        "granted on": "granted_on",
        "amount": "amount",
        "left": "left",
        "of document": "of_invoice",
        "of payment": "of_payment",
        "reason": "reason",
        "used": "used",
        "withdrawn": "withdrawn",
        "refunded": "refunded",
    },
    right=("amount", "left"),
)
PLANS = output.Listing(
    "Plans",
    {
        "catalogue": "catalogue",
        "plan": "plan",
        "version": "version",
        "sold from": "terms.from",
        "title": "terms.title",
        "withdrawn": "withdrawn",
    },
)


@app.command()
def accounts(context: typer.Context, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """All accounts."""
    from projections.accounts import AccountRow

    with standing_at(context, as_of) as (ledger, standing):
        told = [_account(ledger, standing, row) for row in standing.rows.page(AccountRow)]
    tell(told, ACCOUNTS.show, as_json=as_json)


@app.command()
def account(context: typer.Context, name: Id, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """An account, with its roles, its credit and its subscriptions."""
    from projections.accounts import AccountRow
    from projections.subscriptions import SubscriptionRow

    with standing_at(context, as_of) as (ledger, standing):
        row = found_row(standing, AccountRow, name, "account.unknown")
        held = standing.rows.page(SubscriptionRow, account=name)
        told = _account(ledger, standing, row) | {
            "subscriptions": [_subscription(standing, one) for one in held]
        }
    tell(told, _show_account, as_json=as_json)


def _show_account(told: dict[str, Any]) -> None:
    roles = ", ".join(f"{held['role']} {output.cell(held['email'])}" for held in told["roles"])
    output.facts(
        f"Account {told['account']}",
        [
            ("catalogue", told["catalogue"]),
            ("firm", told["details"]["name"]),
            ("country", told["details"]["country"]),
            ("opened on", told["opened_on"]),
            ("roles", roles),
            ("application", told["application"]),
            ("credit", told["credit"]),
        ],
    )
    SUBSCRIPTIONS.show(told["subscriptions"])


@app.command()
def subscriptions(
    context: typer.Context, account: OfAccount = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """All subscriptions."""
    from projections.subscriptions import SubscriptionRow

    with standing_at(context, as_of) as (_, standing):
        found = standing.rows.page(SubscriptionRow, account=account)
        told = [_subscription(standing, row) for row in found]
    tell(told, SUBSCRIPTIONS.show, as_json=as_json)


@app.command()
def subscription(
    context: typer.Context, name: Id, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """A subscription: plan, term, seats and renewal."""
    from projections.subscriptions import SubscriptionRow

    with standing_at(context, as_of) as (_, standing):
        row = found_row(standing, SubscriptionRow, name, "subscription.unknown")
        told = _subscription(standing, row)
    tell(told, _show_subscription, as_json=as_json)


def _show_subscription(told: dict[str, Any]) -> None:
    output.facts(
        f"Subscription {told['subscription']}",
        [
            ("account", told["account"]),
            ("plan", f"{told['plan']}, version {told['plan_version']}"),
            ("status", told["status"] + (", cancelled" if told["cancelled"] else "")),
            ("term", f"{told['term']['start']} to {told['term']['end']}"),
            ("seats", told["seats"]),
            ("renewal", "none" if told["renewal"] is None else told["renewal"]),
        ],
    )


@app.command()
def seats(context: typer.Context, name: Id, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """The seats of a subscription, and who holds them."""
    from ledger.reading import answers
    from projections.seats import SeatRow, SeatsRow

    with standing_at(context, as_of) as (ledger, standing):
        row = found_row(standing, SeatsRow, name, "subscription.unknown")
        held = standing.rows.page(SeatRow, subscription=name)
        told = {
            "subscription": name,
            **answers.seat_counts(row),
            "untouched": row.untouched.ranges(),
            "items": [answers.seat(one, ledger.reading.person) for one in held],
        }
    tell(told, _show_seats, as_json=as_json)


def _show_seats(told: dict[str, Any]) -> None:
    counts = ("total", "usable", "pending", "assigned", "renewing")
    numbers = ", ".join(f"{told[name]} {name}" for name in counts)
    listed = [{**seat, "held_by": _holder(seat)} for seat in told["items"]]
    SEATS.show(listed, f"Seats of {told['subscription']}: {numbers}")


def _holder(seat: dict[str, Any]) -> str | None:
    """The address of a person, or the id of another holder."""
    held = seat["holder"] or {}
    return held.get("email") or held.get("id")


@app.command()
def renewals(
    context: typer.Context, account: OfAccount = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """What will renew: day, seats, and the total before tax and credit."""
    from ledger.reading import quotes
    from projections.renewals import RenewalRow

    with standing_at(context, as_of) as (_, standing):
        found = standing.rows.page(RenewalRow, account=account)
        quoted = (quotes.upcoming(standing.known, row) for row in found)
        told = [one for one in quoted if one is not None]
    tell(told, RENEWALS.show, as_json=as_json)


@app.command()
def invoices(
    context: typer.Context, account: OfAccount = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Invoices and credit notes in the order of their issue."""
    from ledger.reading import answers
    from projections.invoices import InvoiceRow

    with standing_at(context, as_of) as (_, standing):
        found = standing.rows.page(InvoiceRow, account=account)
        told = [answers.invoice(row) for row in found]
    tell(told, INVOICES.show, as_json=as_json)


@app.command()
def orders(
    context: typer.Context, account: OfAccount = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """All orders, paid at once or waiting."""
    from ledger.reading import answers
    from projections.orders import OrderRow

    with standing_at(context, as_of) as (_, standing):
        found = standing.rows.page(OrderRow, account=account)
        told = [answers.order_details(row) for row in found]
    tell(told, ORDERS.show, as_json=as_json)


@app.command()
def credit(context: typer.Context, name: Id, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """The credit of an account, lot by lot."""
    from ledger.reading import answers
    from projections.credit import CreditLotRow, CreditRow
    from projections.invoices import number_of

    with standing_at(context, as_of) as (_, standing):
        rows = standing.rows
        row = found_row(standing, CreditRow, name, "account.unknown")
        lots = rows.page(CreditLotRow, account=name)
        told = answers.credit(row, lots, lambda invoice: number_of(rows, invoice))
    title = f"Credit of {name}: {output.cell(told['balance'])}"
    tell(told, lambda all_: CREDIT.show(all_["lots"], title), as_json=as_json)


@app.command()
def plans(context: typer.Context, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """The plans of all catalogues."""
    from ledger.reading import answers
    from projections.plans import PlanRow, PlanVersionRow, plan_version_key

    with standing_at(context, as_of) as (_, standing):
        told = []
        for row in standing.rows.page(PlanRow):
            key = plan_version_key(row.catalogue, row.plan, row.version)
            version = standing.rows.get(PlanVersionRow, key)
            if version is not None:
                told.append(answers.plan(version) | {"withdrawn": row.withdrawn})
    tell(told, PLANS.show, as_json=as_json)


def _account(ledger: "OpenLedger", standing: "Standing", row: Any) -> "Account":
    from ledger.reading import answers
    from projections.credit import CreditRow
    from projections.orders import CartRow

    held = standing.rows.get(CreditRow, row.key)
    cart = standing.rows.get(CartRow, row.key)
    return answers.account(row, ledger.reading.person, held.balance if held else None, cart)


def _subscription(standing: "Standing", row: Any) -> "Subscription":
    from ledger.reading import answers, quotes
    from projections.renewals import RenewalRow
    from projections.seats import SeatsRow

    renewal = quotes.renewal(standing.known, standing.rows.get(RenewalRow, row.key))
    return answers.subscription(row, standing.rows.get(SeatsRow, row.key), renewal)
