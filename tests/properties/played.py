"""A scenario played on the program step by step, so that laws may look, and go on from there."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from events.credit import CreditGranted, CreditWithdrawn
from events.envelope import Recorded
from events.invoices import CreditNoteIssued, InvoiceIssued, NumberGiven
from events.payments import PaymentRecorded, PaymentReversed, RefundRecorded
from ledger.scenarios.runner import _catalogue, _Ledger
from ledger.scenarios.scenario_file import Scenario, parse_scenario
from ledger.writer.results import document_number

Json = dict[str, Any]
SELLER = "seller"


class Played:
    """A history on a ledger of its own; `told` is what every step came to."""

    def __init__(self, scenario: Mapping[str, Any]) -> None:
        parsed: Scenario = parse_scenario(json.dumps(scenario).encode(), "law.json")
        self.scenario = scenario
        self.ledger = _Ledger(parsed)
        self.ledger.publish(_catalogue(parsed))
        self.told = [self.ledger.step(step) for step in parsed.steps]
        if parsed.until is not None:
            self.ledger.advance(parsed.until)
        self.count = len(parsed.steps)
        self.currency = str(scenario["catalogue"]["seller"]["currency"])

    @property
    def now(self) -> datetime:
        """The time of the ledger."""
        return self.ledger._clock.now()

    def wait(self, span: timedelta) -> None:
        """Time goes on, and what falls due is done."""
        self.ledger.advance(self.now + span)

    def do(self, name: str, by: str = SELLER, *, dry: bool = False, **fields: Any) -> Json:
        """One more command, now."""
        step = {"at": f"{self.now:%Y-%m-%dT%H:%M:%SZ}", "by": by, "do": name, "with": fields}
        file = {
            "scenario": "more",
            "catalogue": "expressvpn",
            "start": step["at"],
            "steps": [step | {"command_id": f"law-{self.count}", "dry_run": dry}],
        }
        self.count += 1
        (parsed,) = parse_scenario(json.dumps(file).encode(), "law.json").steps
        return self.ledger.step(parsed)

    def standing(self) -> Json:
        """How everything stands."""
        return self.ledger.standing()

    def money(self, minor: int) -> Json:
        """An amount as a command takes it."""
        digits = {"JPY": 0, "KWD": 3}.get(self.currency, 2)
        text = f"{minor:0{digits + 1}d}"
        amount = f"{text[:-digits]}.{text[-digits:]}" if digits else text
        return {"amount": amount, "currency": self.currency}

    def events(self) -> list[Recorded]:
        """The whole log."""
        service, store = self.ledger._service, self.ledger._store
        found: list[Recorded] = []
        while page := store.read_log(after=len(found), limit=10_000):
            found += [service.recorded(stored) for stored in page]
        return found

    def with_several_rates(self) -> frozenset[str]:
        """The numbers of the documents on which rates of tax differ."""
        facts = {
            event.fact.invoice
            for event in self.events()
            if isinstance(event.fact, InvoiceIssued) and len(event.fact.taxes) > 1
        }
        return frozenset(
            document_number(event.fact.series, event.sequence)
            for event in self.events()
            if isinstance(event.fact, NumberGiven) and event.fact.invoice in facts
        )

    def came_in_less_went_back(self) -> int:
        """Payments, less reversals, refunds and what was settled outside; and goodwill, less what
        the seller took back of credit. What was taken of a payment that was reversed later counts
        once, with the reversal.
        """
        total = taken = again = 0
        for event in self.events():
            match event.fact:
                case PaymentRecorded(amount=amount):
                    total += amount.minor
                case PaymentReversed(amount=amount, covers=covers):
                    total -= amount.minor
                    opened = sum(one.amount.minor - one.waived.minor for one in covers)
                    again += amount.minor - opened
                case RefundRecorded(amount=amount):
                    total -= amount.minor
                case CreditNoteIssued(settle="outside") as note:
                    total -= -note.total.minor - note.open.minor
                case CreditGranted(source="goodwill", amount=amount):
                    total += amount.minor
                case CreditWithdrawn(amount=amount, of=of) if of.payment:
                    again -= amount.minor
                case CreditWithdrawn(amount=amount, of=of) if not of.invoice:
                    taken += amount.minor
                case _:
                    pass
        assert 0 <= again <= taken
        return total - taken + again

    def paid_for_what_waits(self, orders: Mapping[str, Json]) -> int:
        """Money that came for orders that still wait."""
        gone = {
            event.fact.payment for event in self.events() if isinstance(event.fact, PaymentReversed)
        }
        return sum(
            cover.amount.minor
            for event in self.events()
            if isinstance(event.fact, PaymentRecorded) and event.fact.payment not in gone
            for cover in event.fact.covers
            if cover.order is not None and orders[cover.order]["status"] == "pending_payment"
        )


def minor(amount: Mapping[str, str]) -> int:
    """Money of an answer in minor units."""
    return int(amount["amount"].replace(".", ""))


def notes_of(invoices: list[Json]) -> dict[str, list[Json]]:
    """The credit notes of each invoice, by its number."""
    found: dict[str, list[Json]] = {one["number"]: [] for one in invoices}
    for one in invoices:
        if one["kind"] == "credit_note":
            found[one["corrects"]].append(one)
    return found
