"""Billing: from charges to documents, with tax, credit and the payment that goes with them.

CONTRACT 5.6 and 5.7. A document is whole in its fact; its number comes by `NumberGiven`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal

from commands.accumulator import Work
from commands.amounts.settling import return_credit
from commands.amounts.sources import sources_of_part, taken_before
from commands.amounts.tax import (
    TaxableAmount,
    TaxTreatment,
    VatRateUnknown,
    tax_sums,
    tax_treatment,
)
from commands.decision import Policy
from commands.refusals import Refused
from commands.state.account import AccountState
from events.charges import Charge, TakenFrom
from events.credit import CreditOrigin, CreditUsed
from events.envelope import canonical
from events.invoices import (
    Corrected,
    CreditNoteIssued,
    DocumentLine,
    InvoiceIssued,
    NumberGiven,
    Party,
    TaxCategory,
    TaxSum,
)
from events.money import Money
from events.payments import Cover, PaymentRecorded
from events.periods import Period
from events.plans import Supply

DAYS_TO_APPEAR = 2
"""Within so many days a charge that is paid at once appears (MS-11)."""


@dataclass(frozen=True, slots=True)
class Billed:
    """A part of a charge that goes on a document: its amount and the period it pays for."""

    charge: Charge
    amount: Money
    period: Period
    explain: tuple[str, ...] = ()


def whole(charge: Charge) -> Billed:
    """A charge that goes on a document in one piece."""
    return Billed(charge, charge.net, charge.period)


def issue_invoice(
    work: Work,
    billed: Sequence[Billed],
    *,
    payment_method: str | None,
    tax_on: date,
    order: str | None = None,
    statement: date | None = None,
    purchase_order: str | None = None,
    prepaid: Money | None = None,
) -> InvoiceIssued | None:
    """Issue an invoice of charges, pay it from credit; None where there is nothing to charge.

    A total below zero becomes credit of the account. What was `prepaid` leaves less to credit.

    Raises:
        Refused: `invoice.vat_rate_unknown`.
    """
    if not any(part.amount.minor for part in billed):
        return None
    policy = work.policy
    lines = tuple(
        _line(work.state, policy, part, number, tax_on) for number, part in enumerate(billed, 1)
    )
    taxes = tax_of(lines)
    currency = work.state.currency
    net = Money.total((line.amount for line in lines), currency)
    tax = Money.total((part.tax for part in taxes), currency)
    total = net + tax
    invoice = policy.next_id()
    used = _credit_for(work.state, invoice, total - prepaid if prepaid else total)
    seller = policy.catalogue.seller
    issued_on = policy.today
    fact = InvoiceIssued(
        invoice=invoice,
        series=seller.series_on(issued_on),
        issued_on=issued_on,
        tax_on=tax_on,
        due_on=issued_on + timedelta(days=seller.payment_days),
        currency=currency,
        seller=seller_party(policy),
        buyer=_buyer_party(work.state),
        purchase_order=purchase_order,
        lines=lines,
        taxes=taxes,
        net=net,
        tax=tax,
        total=total,
        credit_used=Money.total((use.amount for use in used), currency),
        payment_method=payment_method,
        **seller_words(policy, payment_method),
        order=order,
        statement=statement,
    )
    work.add(fact, number_of(work.state, fact, "invoice"), *used)
    below_zero = max(-total, Money.zero(currency))
    return_credit(work, below_zero, "negative_total", CreditOrigin(invoice=invoice))
    return fact


def pay_at_once(work: Work, invoice: InvoiceIssued) -> None:
    """Record the payment of an invoice by a method that pays at once (MS-02, MS-11)."""
    due = work.state.books.invoices[invoice.invoice].due
    if due.minor > 0:
        work.add(
            PaymentRecorded(
                payment=work.policy.next_id(),
                method=invoice.payment_method,
                amount=due,
                basis="at_once",
                expected_by=invoice.issued_on + timedelta(days=DAYS_TO_APPEAR),
                covers=(Cover(amount=due, invoice=invoice.invoice),),
            )
        )


def number_of(
    state: AccountState,
    document: InvoiceIssued | CreditNoteIssued,
    kind: Literal["invoice", "credit_note"],
) -> NumberGiven:
    """The fact that gives a document its number in its series (ALL-07)."""
    return NumberGiven(
        series=document.series,
        account=state.account,
        invoice=document.invoice,
        kind=kind,
        issued_on=document.issued_on,
        sha256=sha256(canonical(document)).hexdigest(),
    )


def seller_party(policy: Policy) -> Party:
    """The seller as a document names it."""
    seller = policy.catalogue.seller
    return Party(
        name=seller.name,
        country=seller.country,
        vat_number=seller.vat_number,
        address=seller.address,
        registration=seller.registration,
        registration_scheme=seller.registration_scheme,
        electronic_address=seller.electronic_address,
        contact=seller.contact,
    )


def seller_words(policy: Policy, method: str | None) -> dict[str, Any]:
    """What a document says by its seller's wish beside its figures, by field."""
    seller = policy.catalogue.seller
    return {
        "mentions": seller.mentions,
        "mention_codes": seller.mention_codes,
        "payment_means": seller.payment_means.get(method or ""),
        "vat_on_debits": seller.vat_on_debits,
    }


def _buyer_party(state: AccountState) -> Party:
    details = state.details
    if details is None:
        raise LookupError(f"account {state.account} has no billing details")
    return Party(
        name=details.name,
        country=details.country,
        vat_number=details.vat_number,
        address=details.address,
        registration=details.registration,
        registration_scheme=details.registration_scheme,
        electronic_address=details.electronic_address,
        reference=details.buyer_reference,
    )


def treatment(
    state: AccountState, policy: Policy, tax_on: date, supply: Supply = "services"
) -> TaxTreatment:
    """How sales to the account are taxed on a day (GT-08, CONTRACT 5.30).

    Raises:
        Refused: `invoice.vat_rate_unknown`.
    """
    seller, buyer = policy.catalogue.seller, _buyer_party(state)
    try:
        return tax_treatment(
            seller.country,
            seller.vat_number,
            buyer.country,
            buyer.vat_number,
            lambda country: policy.catalogue.vat_rate(country, tax_on),
            supply,
        )
    except VatRateUnknown as missing:
        raise Refused(
            "invoice.vat_rate_unknown",
            detail=f"No VAT rate is known for {missing.country} on {tax_on}.",
            country=missing.country,
            day=tax_on.isoformat(),
        ) from missing


def _line(
    state: AccountState, policy: Policy, part: Billed, number: int, tax_on: date
) -> DocumentLine:
    charge = part.charge
    taken_from = line_of(state, charge.reverses[0].charge) if charge.reverses else None
    takes: tuple[TakenFrom, ...] = ()
    if taken_from is not None:
        invoice, earlier = taken_from
        category, rate, country = earlier.category, earlier.rate, earlier.country
        supply = earlier.supply
        takes = sources_of_part(state, charge, part.amount)
        corrects = Corrected(invoice=invoice, line=earlier.line) if takes else None
    else:
        supply = _supply_of(policy, charge.plan, charge.plan_version)
        found = treatment(state, policy, tax_on, supply)
        category, rate, country = found.category, found.rate, found.country
        corrects = None
    taken_by = () if charge.reverses else tuple(taken_before(state, charge, part.amount))
    return DocumentLine(
        line=number,
        charge=charge.charge,
        subscription=charge.subscription,
        reason=charge.reason,
        title=charge.title,
        quantity=charge.quantity,
        unit=charge.unit,
        price=charge.price,
        period=part.period,
        amount=part.amount,
        category=category,
        rate=rate,
        country=country,
        supply=supply,
        corrects=corrects,
        takes=takes,
        taken_by=taken_by,
        explain=(*charge.steps, *part.explain, _tax_step(category, rate, country)),
    )


def _supply_of(policy: Policy, plan: str, version: int) -> Supply:
    """Whether a version of a plan supplies services or goods."""
    return policy.catalogue.plan_version(plan, version).terms.supply


def _tax_step(category: str, rate: Decimal | None, country: str | None) -> str:
    if category == "S":
        return f"tax: {rate} % of {country}, on the sum of the lines of this rate"
    return "tax: none, reverse charge" if category == "AE" else "tax: none, outside its scope"


def line_of(state: AccountState, charge: str) -> tuple[str, DocumentLine] | None:
    """The invoice (its id) and the line on which a charge stands first; None while on none."""
    for invoice, line in state.books.charges[charge].places:
        return invoice, state.books.invoices[invoice].document.lines[line - 1]
    return None


def tax_of(lines: Sequence[DocumentLine]) -> tuple[TaxSum, ...]:
    """The tax of lines per category, rate and country, on the sum of each."""
    sums: list[TaxSum] = []
    currency = lines[0].amount.currency
    for country in dict.fromkeys(line.country for line in lines):
        of_country = [line for line in lines if line.country == country]
        categories: dict[str, TaxCategory] = {line.category: line.category for line in of_country}
        amounts = [
            TaxableAmount(line.category, line.rate, line.amount.minor) for line in of_country
        ]
        for part in tax_sums(amounts):
            code, text = EXEMPTIONS.get(part.category, (None, None))
            sums.append(
                TaxSum(
                    category=categories[part.category],
                    rate=part.rate,
                    country=country,
                    taxable=Money(part.taxable_minor, currency),
                    tax=Money(part.vat_minor, currency),
                    exemption_code=code,
                    exemption_text=text,
                )
            )
    return tuple(sums)


EXEMPTIONS = {
    "AE": ("VATEX-EU-AE", "Reverse charge"),
    "O": ("VATEX-EU-O", "Not subject to VAT"),
}
"""Why a category bears no tax: code and text of a document (CONTRACT 5.6)."""


def _credit_for(state: AccountState, invoice: str, total: Money) -> list[CreditUsed]:
    """The credit that pays an invoice, oldest lot first (CONTRACT 5.7, EV-19)."""
    uses: list[CreditUsed] = []
    rest = total
    for lot in state.books.lots.spendable:
        if rest.minor <= 0:
            break
        amount = min(lot.left, rest)
        uses.append(CreditUsed(credit=lot.credit, invoice=invoice, amount=amount))
        rest -= amount
    return uses
