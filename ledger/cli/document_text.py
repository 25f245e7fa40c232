"""What is on a document beside its lines and sums, what paid it and what came of it, in sentences.

Every figure is one that the answer holds.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ledger.cli.output import cell

Told = Mapping[str, Any]

_SOURCES = {
    "goodwill": "goodwill",
    "carried_over": "carried over",
    "credit_note": "a credit note",
    "overpayment": "money that paid for nothing else",
    "negative_total": "a total below zero",
}
_BY = {
    "amount": "an amount",
    "seats": "whole seats",
    "time": "unused time",
    "removal": "seats that are gone",
}


def facts_of(document: Told) -> Iterator[str]:
    """All that is on a document beside its lines, one sentence a line."""
    yield f"seller: {_party(document['seller'])}"
    yield f"buyer: {_party(document['buyer'])}"
    yield ", ".join(_terms(document))
    if document["payment_means"] is not None:
        yield f"to pay: {_named(document['payment_means'], ('code', 'iban', 'bic'))}"
    if document["vat_on_debits"]:
        yield "VAT is due by the document, not by the payment"
    for mention in document["mentions"]:
        code = "" if mention["code"] is None else f"{mention['code']}: "
        yield f"{code}{mention['text']}"
    for line in document.get("line_details", document["lines"]):
        yield from line_facts(line)
    yield from settlement_of(document)


def settlement_of(document: Told) -> Iterator[str]:
    """What paid a document and what came of it."""
    for used in document["credits_used"]:
        yield f"credit used: {cell(used['amount'])} of {_lot(used)}"
    for payment in document["payments"]:
        yield _payment(payment)
    if document["kind"] == "invoice":
        if _is_some(document["no_longer_due"]):
            yield f"no longer due, by credit notes: {cell(document['no_longer_due'])}"
        for note in document["corrected_by"]:
            total, reason = cell(note["total"]), _because(note["reason"])
            yield f"corrected by {note['number']} of {note['issued_on']}: {total}{reason}"
    else:
        yield from _note(document)
    for made in document["credits_made"]:
        yield f"became credit {made['credit']}: {', '.join(_made(made))}"
    for taken in document["credits_taken"]:
        yield f"took {cell(taken['amount'])} of unused credit: {_lot(taken)}"


def line_facts(line: Told) -> Iterator[str]:
    """What a line corrects or takes back, and where the rest of its charge stands."""
    name = f"line {line['line']}"
    if line["corrects"] is not None:
        place, by = line["corrects"], line["by"]
        what = "" if by is None else f", {_BY[by]}"
        yield f"{name} corrects line {place['line']} of {place['invoice']}{what}{_seats(line)}"
    for part in line["takes_back"]:
        amount = cell(part["amount"])
        yield f"{name} takes back {amount} of line {part['line']} of {part['invoice']}"
    before, after = line["balance_of"], line["balance_on"]
    if before is not None:
        yield f"{name} is the balance of line {_place(before)}, {cell(before['amount'])}"
    if after is not None:
        yield f"{name}: the balance, {cell(after['amount'])}, is line {_place(after)}"
    if line["balance_waits"] is not None:
        yield f"{name}: the balance, {cell(line['balance_waits'])}, waits for the next statement"


def _party(party: Told) -> str:
    """A seller or a buyer on one line."""
    found = [party["name"] or "(no name)"]
    address = party["address"]
    if address is not None:
        found += [*address["lines"], f"{address['postcode']} {address['city']}"]
        found += [address["region"]] if address["region"] else []
    found.append(party["country"])
    if party["vat_number"] is not None:
        found.append(f"VAT {party['vat_number']}")
    for name in ("registration", "electronic_address"):
        if party[name] is not None:
            number = party[name]
            scheme = "" if number["scheme"] is None else f"{number['scheme']}:"
            found.append(f"{name.replace('_', ' ')} {scheme}{number['id']}")
    if party["contact"] is not None:
        found.append(_named(party["contact"], ("name", "telephone", "email")))
    if party["reference"] is not None:
        found.append(f"reference {party['reference']}")
    return ", ".join(found)


def _terms(document: Told) -> Iterator[str]:
    if document["due_on"] is not None:
        yield f"due {document['due_on']}: {document['payment_days']} days after the issue"
    if document["payment_method"] is not None:
        yield f"payment method {document['payment_method']}"
    yield f"tax of {document['tax_on']}"
    for name in ("order", "purchase_order"):
        if document[name] is not None:
            yield f"{name.replace('_', ' ')} {document[name]}"
    if document["statement"] is not None:
        yield f"statement of {document['statement']}"


def _note(document: Told) -> Iterator[str]:
    yield f"corrects {document['corrects']}{_because(document['reason'])}"
    if _is_some(document["no_longer_due"]):
        yield f"of it {cell(document['no_longer_due'])} had not been paid and is no longer due"
    if document["settle"] is not None:
        back = {"credit": "as credit", "refund": "as a refund", "outside": "outside the ledger"}
        yield f"what comes back is settled {back[document['settle']]}"


def _lot(lot: Told) -> str:
    """A lot of credit and where it comes from."""
    origin = _SOURCES[lot["source"]]
    if lot["of_invoice"] is not None:
        origin += f", {lot['of_invoice']}"
    if lot["of_payment"] is not None:
        origin += f", payment {lot['of_payment']}"
    if lot["of_charges"]:
        origin += f", charges {', '.join(lot['of_charges'])}"
    return f"{lot['credit']}, granted {lot['granted_on']}: {origin}{_because(lot['reason'])}"


def _made(made: Told) -> Iterator[str]:
    yield cell(made["amount"])
    yield f"{cell(made['left'])} left"
    if made["awaits_refund"]:
        yield "waits for its refund"
    for name in ("refunded", "withdrawn"):
        if _is_some(made[name]):
            yield f"{cell(made[name])} {name}"


def _payment(payment: Told) -> str:
    amount, whole = payment["amount"], payment["whole"]
    parts = [cell(amount) if amount == whole else f"{cell(amount)} of {cell(whole)}"]
    if payment["method"] is not None:
        parts.append(f"by {payment['method']}")
    if payment["received_on"] is not None:
        parts.append(f"received {payment['received_on']}")
    elif payment["expected_by"] is not None:
        parts.append(f"expected by {payment['expected_by']}")
    else:
        parts.append(f"recorded {payment['recorded_on']}")
    named = ("reference", "order")
    parts += [f"{name} {payment[name]}" for name in named if payment[name] is not None]
    undone = payment["reversed"]
    if undone is not None:
        reversed_ = f"reversed {undone['reversed_on']}: {cell(undone['amount'])} taken back"
        parts.append(reversed_ + _because(undone["reason"]))
    return f"payment {payment['payment']}: {', '.join(parts)}"


def _place(part: Told) -> str:
    statement = "" if part["statement"] is None else f", the statement of {part['statement']}"
    return f"{part['line']} of {part['invoice']}{statement}"


def _seats(line: Told) -> str:
    ranges = line["seat_numbers"]
    if not ranges:
        return ""
    told = (str(first) if first == last else f"{first} to {last}" for first, last in ranges)
    return f", seats {', '.join(told)}"


def _because(reason: str | None) -> str:
    return "" if reason is None else f" ({reason})"


def _named(given: Told, names: Iterable[str]) -> str:
    return ", ".join(str(given[name]) for name in names if given[name] is not None)


def _is_some(money: Told) -> bool:
    return bool(money["amount"].strip("-0."))
