"""Random catalogues: every way to price, to prorate, to pay and to take back, in small numbers."""

import random
from typing import Any

from tests.model.arithmetic import DIGITS

VAT = [
    {"country": "FR", "rate": "20", "from": "2007-01-01"},
    {"country": "DE", "rate": "19", "from": "2007-01-01"},
    {"country": "DE", "rate": "7", "from": "2024-06-17"},
    {"country": "IE", "rate": "23", "from": "2007-01-01"},
    {"country": "FI", "rate": "25.5", "from": "2007-01-01"},
]
BUYERS: tuple[tuple[str, str | None], ...] = (
    ("FR", None), ("FR", None), ("DE", None), ("IE", None), ("FI", None), ("US", None),
    ("MC", None), ("DE", "DE136695976"), ("IE", "IE6433435F"), ("FR", "FR40303265045"),
)  # fmt: skip
"""Countries and VAT numbers: taxed at four rates, reverse charge, outside the EU."""

ZONES = ("UTC", "UTC", "Europe/Paris", "Pacific/Auckland", "America/New_York")
CURRENCIES = ("EUR", "EUR", "JPY", "KWD")


def catalogue(chance: random.Random, currency: str | None = None) -> dict[str, Any]:
    """A seller and four plans: two of one product, one beside, one that carries over."""
    drawn = chance.choice(CURRENCIES)
    currency = currency or drawn
    seller: dict[str, Any] = {
        "name": "Team Ltd", "country": "FR", "currency": currency,
        "time_zone": chance.choice(ZONES),
        "invoice_series": chance.choice(("TL-{year}", "TL")),
        "payment_days": chance.choice((0, 30)),
    }  # fmt: skip
    if chance.random() < 0.8:
        seller |= {"vat_number": "FR40303265045", "vat": VAT}
    moves = chance.random() < 0.5
    plans = {
        "p": plan(chance, "team", currency, moves=moves),
        "q": plan(chance, "other", currency, moves=chance.random() < 0.3),
        "r": plan(chance, "team", currency, moves=moves),
        "v": plan(chance, "volume", currency, moves=chance.random() < 0.2),
    }
    old = chance.choice((["p"], ["p", "q"], ["q", "r"], ["p", "q", "r"]))
    if chance.random() < 0.3:
        plans["v"]["carries_over_from"] = old
    else:
        seats = chance.choice(("keep", "end"))
        plans["v"]["carries_over"] = {"from": old, "old_seats": seats}
    return {"catalogue": "team", "seller": seller, "plans": plans}


def plan(chance: random.Random, product: str, currency: str, *, moves: bool) -> dict[str, Any]:
    """One plan."""
    term = chance.choice(
        ({"months": 12}, {"months": 12}, {"months": 3}, {"months": 1}, {"days": 45})
    )
    per = "period" if "days" in term else chance.choice(("month", "period"))
    made: dict[str, Any] = {
        "product": product,
        "term": term,
        "price": {"per": per, **prices(chance, currency)},
        "seats": {
            "minimum": chance.choice((1, 1, 1, 2)),
            "maximum": chance.choice((None, None, 20)),
        },
        "proration": proration(chance, term),
        "payment": {
            "card": "at_once",
            "transfer": "when_paid",
            "invoice": chance.choice(("on_account", "on_account", "after_credit_check")),
            "cheque": chance.choice(("on_account", "after_credit_check", "when_paid")),
        },
        "renewal": {"auto": chance.random() < 0.95, "per_seat": True},
        "may_buy": ["owner"],
        "activation": "none",
        "removal": removal(chance),
        "cancellation": cancellation(chance),
    }
    if moves:
        made["change_resets_term"] = True
    if chance.random() < 0.35:
        made["statement"] = "monthly"
        if not moves and chance.random() < 0.4:
            made["charge_split"] = "statement"
    return made


def prices(chance: random.Random, currency: str) -> dict[str, Any]:
    """Tiers that fall, finer than the currency now and then."""
    decimals = max(DIGITS[currency] + chance.choice((0, 0, 0, 2)), 0)
    top = chance.choice((1, 10, 30, 100)) * 10 ** (3 if currency == "JPY" else 0)
    amount = chance.randint(top * 10**decimals // 3, top * 10**decimals)
    tiers = []
    start = 1
    for _ in range(chance.choice((1, 1, 2, 3))):
        digits = f"{amount:0{decimals + 1}d}"
        text = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
        tiers.append({"from": start, "amount": text})
        start += chance.randint(2, 6)
        amount = amount * chance.randint(20, 95) // 100 or 1
    return {"tiering": chance.choice(("volume", "volume", "graduated")), "tiers": tiers}


def proration(chance: random.Random, term: dict[str, int]) -> dict[str, str]:
    """By months only where the term is one of months."""
    kinds = ["days", "days", "seconds", "none"] + (["months"] * 3 if "months" in term else [])
    by = chance.choice(kinds)
    if by == "months":
        return {"by": by, "started_month": chance.choice(("days", "up", "down"))}
    return {"by": by}


def removal(chance: random.Random) -> Any:
    """When removed seats are gone, and what comes back for them."""
    kind = chance.choice(("word", "window", "two", "always"))
    if kind == "word":
        return chance.choice(("at_renewal", "once_released"))
    if kind == "always":
        return [{"when": "now", "credit": chance.choice(("full", "prorated", "none"))}]
    first = {"within_days": chance.choice((0, 7, 30)), "when": "now", "credit": "full"}
    second = {"within_days": chance.choice((60, 200)), "when": "now", "credit": "prorated"}
    return [first, *([second] if kind == "two" else []), {"when": "at_renewal"}]


def cancellation(chance: random.Random) -> Any:
    """When a cancelled subscription ends, and what comes back for it."""
    kind = chance.choice(("word", "window", "two", "always"))
    if kind == "word":
        return "at_term_end"
    if kind == "always":
        return [{"when": "now", "credit": chance.choice(("full", "prorated", "none"))}]
    first = {"within_days": chance.choice((0, 14, 40)), "when": "now", "credit": "full"}
    second = {"within_days": chance.choice((90, 300)), "when": "now", "credit": "prorated"}
    return [first, *([second] if kind == "two" else []), {"when": "at_term_end"}]
