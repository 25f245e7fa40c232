"""Documents for people: a preview, an invoice, and an invoice explained."""

from collections.abc import Iterable, Mapping
from typing import Any

from ledger.cli import output

_LINE = ("subscription", "reason", "seats", "from", "to", "amount")
_FIGURES = ("seats", "amount")


def show_preview(preview: Mapping[str, Any]) -> None:
    """Print what a dry run came to: documents, balances, the next renewal of what it concerns."""
    for document in preview["documents"]:
        if document["kind"] == "invoice":
            lines("Preview: would be charged now", document["lines"])
            _sums(document, ("net", "tax", "total", "credit_used", "due"))
        else:
            lines("Preview: would be credited", document["lines"])
            _sums(document, ("net", "tax", "total"))
    if not preview["documents"]:
        output.say("Preview: nothing would be charged now")
    for invoice in preview.get("invoices", ()):
        paid, due = _change(invoice["paid"]), _change(invoice["due"])
        output.say(f"Invoice {invoice['number']}: paid {paid}, due {due}")
    if "credit" in preview:
        output.say(f"Credit: {_change(preview['credit'])}")
    renewal = preview["renewal"]
    if renewal is not None:
        day, seats = renewal["renewal_date"], renewal["seats"]
        output.say(f"Next renewal: {day}, {seats} seats, {output.cell(renewal['total'])}")
    elif preview["subscriptions"]:
        output.say("Next renewal: none")


def _change(change: Mapping[str, Any]) -> str:
    before, after = output.cell(change["before"]), output.cell(change["after"])
    return before if before == after else f"{before} -> {after}"


def show_invoice(invoice: Mapping[str, Any]) -> None:
    """Print a document and how it stands."""
    kind = "Credit note" if invoice["kind"] == "credit_note" else "Invoice"
    heading = f"{kind} {invoice['number']} for {invoice['account']}: {invoice['status']}"
    dates = f"issued {invoice['issued_on']}"
    if invoice["due_on"] is not None:
        dates += f", due {invoice['due_on']}"
    lines(f"{heading}, {dates}", invoice["lines"])
    if invoice["corrects"] is not None:
        reason = f": {invoice['reason']}" if invoice["reason"] else ""
        output.say(f"corrects {invoice['corrects']}{reason}")
    _sums(invoice, ("net", "tax", "total", "credit_used", "paid", "due"))


def lines(title: str, listed: Iterable[Mapping[str, Any]]) -> None:
    """Print the lines of a document."""
    rows = [
        (
            line["subscription"],
            line["reason"],
            line["seats"],
            line["period_start"],
            line["period_end"],
            line["amount"],
        )
        for line in listed
    ]
    output.table(title, _LINE, rows, right=_FIGURES)


def show_explanation(told: Mapping[str, Any]) -> None:
    """Print the way to every amount of a document."""
    output.say(f"{told['number']}: {output.cell(told['total'])}")
    for line in told["lines"]:
        output.say(f"line {line['line']}: {line['title']}, {output.cell(line['amount'])}")
        for step in line["explain"]:
            output.say(f"  {step}")
        charge = line["charge"]
        if charge is not None:
            output.say(f"  charge {charge['charge']}, event {charge['event']} of the log")
    for tax in told["taxes"]:
        output.say(tax["explain"])
    output.say(f"document: event {told['event']} of the log")


def _sums(document: Mapping[str, Any], names: Iterable[str]) -> None:
    told = [f"{name.replace('_', ' ')} {output.cell(document[name])}" for name in names]
    output.say("  ".join(told))
