"""A story told: a scenario file run in process, and what it came to, ready to be compared.

Amounts that a test expects are worked out here again, by hand and from nothing of the ledger:
`usd(F("7.49") * 5 * 10)` is exact up to one rounding, half away from zero.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from ledger.scenarios.runner import Outcome, run
from ledger.scenarios.scenario_file import read_scenario

FOLDER = Path(__file__).parent
F = Fraction
Json = dict[str, Any]

_DIGITS = {"USD": 2, "EUR": 2, "CAD": 2, "JPY": 0, "KWD": 3}


def money(amount: Fraction | str | int, currency: str) -> Json:
    """An amount as answers have it, rounded half away from zero to the currency's digits."""
    exact = F(amount) * 10 ** _DIGITS[currency]
    minor = int(abs(exact) + F(1, 2)) * (1 if exact > 0 else -1)
    digits = _DIGITS[currency]
    whole, part = divmod(abs(minor), 10**digits)
    text = f"{whole}.{part:0{digits}}" if digits else f"{whole}"
    return {"amount": f"-{text}" if minor < 0 else text, "currency": currency}


def usd(amount: Fraction | str | int) -> Json:
    """US dollars."""
    return money(amount, "USD")


def eur(amount: Fraction | str | int) -> Json:
    """Euro."""
    return money(amount, "EUR")


def cad(amount: Fraction | str | int) -> Json:
    """Canadian dollars."""
    return money(amount, "CAD")


@dataclass(frozen=True)
class Story:
    """What a scenario came to; steps are counted from 0."""

    outcome: Outcome

    @property
    def answer(self) -> Json:
        """The whole answer of CONTRACT 7."""
        return self.outcome.answer

    @property
    def seats(self) -> Json:
        """Seats a subscription."""
        return self.answer["seats"]

    @property
    def renewals(self) -> Json:
        """What will renew, by subscription."""
        return self.answer["renewals"]

    @property
    def orders(self) -> Json:
        """Every order."""
        return self.answer["orders"]

    @property
    def credit(self) -> Json:
        """The credit an account."""
        return self.answer["credit"]

    @property
    def invoices(self) -> list[Json]:
        """Invoices and credit notes in order of issue."""
        return self.answer["invoices"]

    def invoices_of(self, account: str) -> list[Json]:
        """The documents of one account."""
        return [one for one in self.invoices if one["account"] == account]

    def step(self, index: int) -> Json:
        """What a step came to."""
        return self.answer["steps"][index]

    def result(self, index: int) -> Json:
        """The result of an accepted step."""
        return self.step(index)["result"]

    def preview(self, index: int) -> Json:
        """What a dry run would charge now, and its next renewal."""
        shown = self.step(index)["preview"]
        return {name: shown[name] for name in ("invoice", "renewal")}

    def types(self, index: int) -> list[str]:
        """The stored names of a step's facts, in order."""
        return [event["type"] for event in self.step(index)["events"]]

    def facts(self, index: int, name: str) -> list[Json]:
        """The facts of that name of a step, without their envelopes."""
        return [event["data"] for event in self.step(index)["events"] if event["type"] == name]

    def fact(self, index: int, name: str) -> Json:
        """The one fact of that name of a step."""
        (found,) = self.facts(index, name)
        return found

    def refused(self, index: int) -> tuple[str, str]:
        """Code and rule of a refused step, which left no event."""
        step = self.step(index)
        assert step["outcome"] == "refused"
        assert step["events"] == []
        assert step["detail"]
        assert step["remedy"]
        return step["code"], step["rule"]

    def words(self, index: int) -> str:
        """What the buyer reads of a refusal: detail and remedy."""
        step = self.step(index)
        return f"{step['detail']} {step['remedy']}"


@cache
def story(name: str) -> Story:
    """The story in that file of this folder; each is run once."""
    return Story(run(read_scenario(FOLDER / name)))


def line(
    subscription: str, reason: str, seats: int, start: str, end: str, amount: Json
) -> tuple[object, ...]:
    """A line as `lines` gives it."""
    return (subscription, reason, seats, start, end, amount["amount"], amount["currency"])


def lines(invoice: Json) -> list[tuple[object, ...]]:
    """The lines of an invoice or of a preview's, without the way to each amount."""
    return [
        line(
            one["subscription"],
            one["reason"],
            one["seats"],
            one["period_start"],
            one["period_end"],
            one["amount"],
        )
        for one in invoice["lines"]
    ]


def counts(total: int, *, pending: int = 0, assigned: int = 0, renewing: int | None = None) -> Json:
    """The seats of a subscription; all of the usable renew unless it is said otherwise."""
    usable = total - pending
    return {
        "total": total,
        "usable": usable,
        "pending": pending,
        "assigned": assigned,
        "renewing": usable if renewing is None else renewing,
    }


def renewal(day: str, seats: int, total: Json) -> Json:
    """A renewal as answers and previews have it."""
    return {"renewal_date": day, "seats": seats, "total": total}


def same_as_preview(preview: Json, invoice: Json) -> bool:
    """Whether an invoice is what its preview showed: same lines, same way to them, same cents.

    What was due at the preview has since been paid or still is due.
    """
    shown = preview["invoice"]
    due = F(invoice["due"]["amount"]) + F(invoice["paid"]["amount"])
    names = ("lines", "net", "tax", "total", "credit_used")
    return F(shown["due"]["amount"]) == due and all(shown[one] == invoice[one] for one in names)
