"""The worlds of random histories: each a catalogue or several, and accounts that buy from them.

The five shipped catalogues, and three written out here for what no shipped one combines: seconds,
graduated tiers, back-dating, a moved billing date that waits for its payment, three decimals; open
accounts, seats that go at once with credit, value carried over both ways, holders that are no
persons, a currency without decimals.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from commands.catalogue_file import CatalogueFile
from ledger.catalogues.files import load, shipped_names

_MANY_WAYS: dict[str, Any] = {
    "card": "at_once",
    "invoice": "after_credit_check",
    "transfer": "when_paid",
}
_SLOW: dict[str, Any] = {
    "product": "suite",
    "term": {"months": 1},
    "statement": "monthly",
    "charge_split": "statement",
    "price": {
        "per": "month",
        "tiering": "graduated",
        "tiers": [{"from": 1, "amount": "9.9955"}, {"from": 8, "amount": "7.333"}],
    },
    "seats": {"minimum": 2, "maximum": 60},
    "proration": {"by": "seconds"},
    "payment": _MANY_WAYS,
    "renewal": {"auto": True, "per_seat": True},
    "trial": {"days": 10},
    "may_buy": ["owner", "administrator"],
    "removal": "once_released",
    "activation": "code",
    "backdating_days": 20,
    "existing": "keep",
}
VARIANT_SECONDS: dict[str, Any] = {
    "catalogue": "atelier",
    "seller": {
        "name": "Atelier SARL",
        "country": "FR",
        "currency": "EUR",
        "time_zone": "Europe/Paris",
        "invoice_series": "AT-{year}",
        "vat_number": "FR40303265045",
        "vat": [
            {"country": "FR", "rate": "20", "from": "2014-01-01"},
            {"country": "DE", "rate": "19", "from": "2007-01-01"},
            {"country": "DE", "rate": "16", "from": "2024-07-01"},
            {"country": "IE", "rate": "23", "from": "2012-01-01"},
        ],
        "payment_days": 10,
        "mentions": [],
    },
    "product_keys": [
        {"key": f"ATELI-AAAAA-BBBBB-CCCCC-0000{n}", "plan": "suite-3m", "seats": n + 1}
        for n in range(1, 9)
    ],
    "plans": {
        "suite-1m": _SLOW,
        "suite-3m": {**_SLOW, "term": {"months": 3}, "existing": "renewals"},
        "studio-1m": {
            **_SLOW,
            "product": "studio",
            "proration": {"by": "none"},
            "carries_over_from": ["suite-1m", "suite-3m"],
            "backdating_days": 3,
            "removal": "at_renewal",
        },
    },
}
_MOVED: dict[str, Any] = {
    "product": "desk",
    "term": {"months": 1},
    "price": {"per": "month", "tiering": "volume", "tiers": [{"from": 1, "amount": "3.0005"}]},
    "seats": {"minimum": 1},
    "proration": {"by": "months", "started_month": "up"},
    "change_resets_term": True,
    "payment": {"card": "at_once", "transfer": "when_paid", "cheque": "after_credit_check"},
    "renewal": {"auto": True, "per_seat": True},
    "trial": {"days": 40},
    "may_buy": ["owner"],
    "carries_over_from": [],
}
VARIANT_MOVED: dict[str, Any] = {
    "catalogue": "souk",
    "seller": {
        "name": "Souk",
        "country": "KW",
        "currency": "KWD",
        "time_zone": "Pacific/Auckland",
        "invoice_series": "SK",
        "payment_days": 0,
        "mentions": [],
    },
    "plans": {
        "desk-1m": _MOVED,
        "desk-12m": {**_MOVED, "term": {"months": 12}, "carries_over_from": ["lamp-30d"]},
        "lamp-30d": {
            **_MOVED,
            "product": "lamp",
            "term": {"days": 30},
            "price": {
                "per": "period",
                "tiering": "graduated",
                "tiers": [{"from": 1, "amount": "10.0"}, {"from": 3, "amount": "7.777"}],
            },
            "proration": {"by": "days"},
            "change_resets_term": False,
            "renewal": {"auto": False, "per_seat": False},
        },
        "chair-2m": {
            **_MOVED,
            "product": "chair",
            "term": {"months": 2},
            "proration": {"by": "months", "started_month": "down"},
            "change_resets_term": False,
            "carries_over_from": ["desk-1m"],
        },
    },
}

_GOES: dict[str, Any] = {
    "product": "booth",
    "term": {"months": 12},
    "price": {
        "per": "month",
        "tiering": "volume",
        "tiers": [{"from": 1, "amount": "980.4"}, {"from": 6, "amount": "871.0"}],
    },
    "seats": {"minimum": 1, "maximum": 80, "holders": ["person", "agent", "device"]},
    "proration": {"by": "months", "started_month": "days"},
    "payment": {"card": "at_once", "invoice": "on_account", "transfer": "when_paid"},
    "renewal": {"auto": True, "per_seat": True},
    "trial": {"days": 20},
    "may_buy": ["owner"],
    "removal": [
        {"within_days": 14, "when": "now", "credit": "full"},
        {"within_days": 200, "when": "now", "credit": "prorated"},
        {"when": "at_renewal"},
    ],
    "cancellation": [
        {"within_days": 20, "when": "now", "credit": "full"},
        {"within_days": 240, "when": "now", "credit": "prorated"},
        {"when": "at_term_end"},
    ],
}
VARIANT_RETURNED: dict[str, Any] = {
    "catalogue": "matsuri",
    "seller": {
        **VARIANT_SECONDS["seller"],
        "name": "Matsuri SAS",
        "currency": "JPY",
        "time_zone": "Asia/Tokyo",
        "invoice_series": "MA-{year}",
    },
    "plans": {
        "booth-12m": _GOES,
        "booth-1m": {
            **_GOES,
            "term": {"months": 1},
            "statement": "monthly",
            "charge_split": "statement",
            "proration": {"by": "days"},
            "removal": [{"when": "now", "credit": "prorated"}],
        },
        "lantern-45d": {
            **_GOES,
            "product": "lantern",
            "term": {"days": 45},
            "price": {
                "per": "period",
                "tiering": "graduated",
                "tiers": [{"from": 1, "amount": "1500.0"}, {"from": 4, "amount": "1133.0"}],
            },
            "proration": {"by": "days"},
            "change_resets_term": True,
            "trial": None,
            "cancellation": [{"when": "now", "credit": "prorated"}],
        },
        "street-6m": {
            **_GOES,
            "product": "street",
            "term": {"months": 6},
            "seats": {"minimum": 2},
            "carries_over": {"from": ["booth-12m", "booth-1m"], "old_seats": "end"},
            "removal": "at_renewal",
        },
        "quarter-12m": {
            **_GOES,
            "product": "quarter",
            "proration": {"by": "months", "started_month": "up"},
            "statement": "monthly",
            "carries_over": {"from": ["lantern-45d", "street-6m"], "old_seats": "keep"},
            "cancellation": "at_term_end",
        },
    },
}

KEYS: Mapping[str, tuple[str, ...]] = {
    "microsoft": tuple(f"DEMO1-AAAAA-BBBBB-CCCCC-0000{n}" for n in range(1, 7)),
    "atelier": tuple(offer["key"] for offer in VARIANT_SECONDS["product_keys"]),
}
"""The product keys of each catalogue, since its facts hold digests alone."""

_VAT_NUMBERS = {"FR": "FR40303265045", "DE": "DE136695976", "IE": "IE6433435F"}
BUYERS: tuple[tuple[str, str | None], ...] = (
    ("IE", None),
    ("FR", _VAT_NUMBERS["FR"]),
    ("US", None),
    ("DE", None),
    ("IE", _VAT_NUMBERS["IE"]),
    ("DE", _VAT_NUMBERS["DE"]),
    ("ES", None),
)
"""Countries and VAT numbers: taxed, reverse charge, outside the EU, no rate in one world."""


@dataclass(frozen=True, slots=True)
class World:
    """Catalogues, and for each account of the world the catalogue that it buys from."""

    name: str
    catalogues: tuple[str, ...]
    accounts: tuple[str, ...]


SHIPPED = tuple(World(name, (name,), (name, name)) for name in shipped_names())
VARIANTS = tuple(World(name, (name,), (name, name)) for name in ("atelier", "souk", "matsuri"))
GROUP = World("group", shipped_names(), shipped_names())
"""All five shipped catalogues in one ledger, an account in each."""

WORLDS: Mapping[str, World] = {world.name: world for world in (*SHIPPED, *VARIANTS, GROUP)}
_WRITTEN: Mapping[str, dict[str, Any]] = {
    "atelier": VARIANT_SECONDS,
    "souk": VARIANT_MOVED,
    "matsuri": VARIANT_RETURNED,
}


@cache
def catalogue(name: str, edition: int = 0) -> CatalogueFile:
    """A catalogue of the worlds; later editions raise all prices by as many hundredths."""
    file = load(_WRITTEN.get(name, name))
    if not edition:
        return file
    mapping = file.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for plan in mapping["plans"].values():
        for tier in plan["price"]["tiers"]:
            tier["amount"] = f"{tier['amount']}{edition % 10}" if "." in tier["amount"] else "9"
    return CatalogueFile.model_validate(mapping)
