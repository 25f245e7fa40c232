"""`seatledger show invoice`, `show preview` and `explain`: documents, and previews of them."""

from typing import TYPE_CHECKING

import typer

from ledger.cli.asking import AsJson, AsOf, Id, standing_at, tell
from ledger.cli.failing import NotThere, unknown
from ledger.cli.opening import opened

if TYPE_CHECKING:
    from ledger.reading.queries import Standing
    from projections.invoices import InvoiceRow


def _document(standing: "Standing", number: str) -> "InvoiceRow":
    from projections.invoices import invoice_by_number

    row = invoice_by_number(standing.rows, number)
    if row is None:
        raise unknown("invoice.unknown")
    return row


def invoice(
    context: typer.Context, number: Id, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """An invoice or a credit note: all that is on it, what paid it, and how it stands."""
    from ledger.cli.documents import show_invoice
    from ledger.reading.explaining import invoice_details

    with standing_at(context, as_of) as (_, standing):
        told = invoice_details(standing.rows, _document(standing, number))
    tell(told, show_invoice, as_json=as_json)


def explain(
    context: typer.Context, number: Id, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """The way to every amount of an invoice, and the events they come from."""
    from ledger.cli.documents import show_explanation
    from ledger.reading.explaining import explanation

    with standing_at(context, as_of) as (_, standing):
        told = explanation(standing.rows, _document(standing, number))
    tell(told, show_explanation, as_json=as_json)


def preview(context: typer.Context, preview_id: Id, as_json: AsJson = False) -> None:
    """A dry run as it was seen, by the id that it answered."""
    from ledger.cli.documents import show_kept_preview
    from ledger.reading.previews import kept_preview

    with opened(context) as ledger:
        told = kept_preview(ledger.store, preview_id)
    if told is None:
        raise NotThere("request.not_found", "There is no preview of this id.")
    tell(told, show_kept_preview, as_json=as_json)
