"""Reads over HTTP: accounts, subscriptions, seats, renewals, invoices, orders and plans (DESIGN 6).

Every read takes `as_of` and `min_position`; lists are keyset pages.
"""

import etag
from fastapi import APIRouter, Response

from events.periods import day_in_zone
from ledger.api.errors import Problem
from ledger.api.query_parameters import AnswerRoute, AtMoment, Filter, Named, OfPage, name_of
from ledger.host.opened import OpenLedger
from ledger.reading import answers, quotes, schemas
from ledger.reading.document_schemas import Explanation, InvoiceDetails
from ledger.reading.event_schemas import KeptPreview
from ledger.reading.explaining import explanation, invoice_details
from ledger.reading.previews import kept_preview
from ledger.reading.queries import Standing
from ledger.store.contract import account_stream
from projections.accounts import AccountRow
from projections.credit import CreditLotRow, CreditRow
from projections.invoices import InvoiceRow, invoice_by_number, number_of
from projections.orders import CartRow, OrderRow
from projections.plans import PlanRow, PlanVersionRow, offered, plan_version_key
from projections.renewals import RenewalRow
from projections.rows import existing
from projections.seats import SeatRow, SeatsRow
from projections.subscriptions import SubscriptionRow


def router(ledger: OpenLedger) -> APIRouter:
    """The routes of all reads of rows."""
    routes = APIRouter(prefix="/v1", tags=["reads"], route_class=AnswerRoute)
    _accounts(routes, ledger)
    _subscriptions(routes, ledger)
    _documents(routes, ledger)
    _offer(routes, ledger)
    _previews(routes, ledger)
    return routes


def _accounts(routes: APIRouter, ledger: OpenLedger) -> None:
    def told(standing: Standing, row: AccountRow) -> schemas.Account:
        credit = standing.rows.get(CreditRow, row.key)
        cart = standing.rows.get(CartRow, row.key)
        balance = credit.balance if credit else None
        return answers.account(row, ledger.reading.person, balance, cart)

    @routes.get("/accounts", summary="All accounts, in the order of their opening.")
    def accounts(moment: AtMoment, page: OfPage) -> schemas.Page[schemas.Account]:
        standing = moment.standing(ledger)
        return page.of(standing, AccountRow, lambda row: told(standing, row))

    @routes.get("/accounts/{account}", summary="An account; its version is the `ETag`.")
    def account(account: Named, moment: AtMoment, response: Response) -> schemas.Account:
        name = name_of(account, "account.unknown")
        version = ledger.store.stream_version(account_stream(name))
        standing = moment.standing(ledger, name)
        row = standing.rows.get(AccountRow, name)
        if row is None:
            raise Problem("account.unknown")
        if moment.as_of is None:
            response.headers["ETag"] = etag.format_etag(str(version))
        return told(standing, row)

    @routes.get("/accounts/{account}/credit", summary="An account's credit, lot by lot.")
    def credit(account: Named, moment: AtMoment) -> schemas.Credit:
        name = name_of(account, "account.unknown")
        rows = moment.standing(ledger, name).rows
        row = rows.get(CreditRow, name)
        if row is None:
            raise Problem("account.unknown")
        lots = rows.page(CreditLotRow, account=name)
        return answers.credit(row, lots, lambda invoice: number_of(rows, invoice))


def _subscriptions(routes: APIRouter, ledger: OpenLedger) -> None:
    def standing_of(name: str, moment: AtMoment) -> Standing:
        claim = ledger.store.claim("subscription", name_of(name, "subscription.unknown"))
        if claim is None:
            raise Problem("subscription.unknown")
        return moment.standing(ledger, claim.account)

    def told(standing: Standing, row: SubscriptionRow) -> schemas.Subscription:
        seats = standing.rows.get(SeatsRow, row.key)
        renewal = standing.rows.get(RenewalRow, row.key)
        return answers.subscription(row, seats, quotes.renewal(standing.known, renewal))

    @routes.get("/subscriptions", summary="All subscriptions, or those of an account.")
    def subscriptions(
        moment: AtMoment, page: OfPage, account: Filter = None
    ) -> schemas.Page[schemas.Subscription]:
        standing = moment.standing(ledger, account)
        return page.of(standing, SubscriptionRow, lambda row: told(standing, row), account=account)

    @routes.get("/subscriptions/{subscription}", summary="A subscription with its renewal.")
    def subscription(subscription: Named, moment: AtMoment) -> schemas.Subscription:
        standing = standing_of(subscription, moment)
        row = standing.rows.get(SubscriptionRow, subscription)
        if row is None:
            raise Problem("subscription.unknown")
        return told(standing, row)

    @routes.get(
        "/subscriptions/{subscription}/seats",
        summary="The seats: their numbers, and each that somebody holds or has held.",
    )
    def seats(subscription: Named, moment: AtMoment, page: OfPage) -> schemas.Seats:
        standing = standing_of(subscription, moment)
        row = standing.rows.get(SeatsRow, subscription)
        if row is None:
            raise Problem("subscription.unknown")
        items = page.of(
            standing,
            SeatRow,
            lambda seat: answers.seat(seat, ledger.reading.person),
            subscription=subscription,
        )
        return {
            "subscription": subscription,
            **answers.seat_counts(row),
            "untouched": row.untouched.ranges(),
            "entitlements": row.entitlements,
            **items,
        }

    @routes.get("/renewals", summary="What will renew: day, seats and total before tax.")
    def renewals(
        moment: AtMoment, page: OfPage, account: Filter = None
    ) -> schemas.Page[schemas.UpcomingRenewal]:
        standing = moment.standing(ledger, account)
        known = standing.known
        return page.of(
            standing, RenewalRow, lambda row: quotes.upcoming(known, row), account=account
        )


def _documents(routes: APIRouter, ledger: OpenLedger) -> None:
    def found(number: str, moment: AtMoment) -> tuple[Standing, InvoiceRow]:
        claim = ledger.store.claim("invoice", name_of(number, "invoice.unknown"))
        if claim is None:
            raise Problem("invoice.unknown")
        standing = moment.standing(ledger, claim.account)
        row = invoice_by_number(standing.rows, number)
        if row is None:
            raise Problem("invoice.unknown")
        return standing, row

    @routes.get("/invoices", summary="Invoices and credit notes in the order of their issue.")
    def invoices(
        moment: AtMoment, page: OfPage, account: Filter = None
    ) -> schemas.Page[schemas.Invoice]:
        standing = moment.standing(ledger, account)
        return page.of(standing, InvoiceRow, answers.invoice, account=account)

    @routes.get(
        "/invoices/{number}",
        summary="All that is on a document, what paid it, and how it stands.",
    )
    def invoice(number: Named, moment: AtMoment) -> InvoiceDetails:
        standing, row = found(number, moment)
        return invoice_details(standing.rows, row)

    @routes.get(
        "/invoices/{number}/explain",
        summary="Each line's way to its amount, the tax, and the events they come from (ALL-06).",
    )
    def explain(number: Named, moment: AtMoment) -> Explanation:
        standing, row = found(number, moment)
        return explanation(standing.rows, row)

    @routes.get("/orders", summary="All orders, or those of an account.")
    def orders(
        moment: AtMoment, page: OfPage, account: Filter = None
    ) -> schemas.Page[schemas.Order]:
        standing = moment.standing(ledger, account)
        return page.of(standing, OrderRow, answers.order_details, account=account)

    @routes.get("/orders/{order}", summary="An order and how it stands.")
    def order(order: Named, moment: AtMoment) -> schemas.Order:
        claim = ledger.store.claim("order", name_of(order, "order.unknown"))
        standing = None if claim is None else moment.standing(ledger, claim.account)
        row = None if standing is None else standing.rows.get(OrderRow, order)
        if row is None:
            raise Problem("order.unknown")
        return answers.order_details(row)


def _offer(routes: APIRouter, ledger: OpenLedger) -> None:
    @routes.get("/plans", summary="The plans of all catalogues, and which are on sale (SE-01).")
    def plans(
        moment: AtMoment, page: OfPage, catalogue: Filter = None
    ) -> schemas.Page[schemas.OfferedPlan]:
        if moment.as_of is None:
            standing = moment.standing(ledger)
        else:
            moment.wait(ledger)
            names = ledger.service.catalogues()
            standing = ledger.reading.plans_as_of(moment.as_of, names)
        now = moment.as_of or ledger.clock.now()

        def told(row: PlanRow) -> schemas.OfferedPlan:
            zone = standing.known.catalogue(row.catalogue).seller.time_zone
            on_sale = offered(standing.rows, row, day_in_zone(now, zone))
            key = plan_version_key(row.catalogue, row.plan, row.version)
            shown = on_sale or existing(standing.rows, PlanVersionRow, key)
            return {
                **answers.plan(shown),
                "on_sale": on_sale is not None,
                "withdrawn": row.withdrawn,
            }

        def taken(row: PlanRow) -> bool:
            return catalogue in {None, row.catalogue}

        return page.of(standing, PlanRow, told, taken)


def _previews(routes: APIRouter, ledger: OpenLedger) -> None:
    @routes.get("/previews/{preview}", summary="A dry run as it was seen, by its `preview_id`.")
    def preview(preview: Named) -> KeptPreview:
        found = kept_preview(ledger.store, preview)
        if found is None:
            raise Problem("request.not_found", "There is no preview of this id.")
        return found
