"""All projections of the ledger, in the order in which they are fed."""

from projections.accounts import AccountsProjection
from projections.charges import ChargesProjection
from projections.credit import CreditProjection
from projections.due import DueProjection
from projections.invoices import InvoicesProjection
from projections.orders import OrdersProjection
from projections.payments import PaymentsProjection
from projections.plans import PlansProjection
from projections.projection import Projection
from projections.renewals import RenewalsProjection
from projections.seats import SeatsProjection
from projections.subscriptions import SubscriptionsProjection

ALL_PROJECTIONS: tuple[Projection, ...] = (
    AccountsProjection(),
    PlansProjection(),
    SubscriptionsProjection(),
    SeatsProjection(),
    OrdersProjection(),
    ChargesProjection(),
    InvoicesProjection(),
    CreditProjection(),
    PaymentsProjection(),
    RenewalsProjection(),
    DueProjection(),
)
