"""Plans as they are stored, and the days that stand in them."""

import json
from datetime import date
from typing import Any

import pytest

from events.catalogue import Plan, PlanPublished, VatRate
from events.days import parse_day

BYTES_A_FACT = 256 * 1024


def terms(**changed: Any) -> Plan:
    """A small plan as it is stored, with whatever a test changes."""
    fields = {
        "from": "2026-01-01",
        "title": "VPN for teams",
        "channel": None,
        "may_buy": ["owner"],
        "may_assign": ["owner"],
        "product": "vpn",
        "term": {"months": 12},
        "price": {
            "per": "month",
            "tiering": "volume",
            "tiers": [{"from": 5, "amount": "8.320"}],
        },
        "seats": {"minimum": 5},
        "proration": {"by": "months"},
        "payment": {"card": "at_once"},
        "renewal": {"auto": True, "per_seat": True},
        "entitlements": {"connected_devices": 8, "desktop": True},
    }
    return Plan.model_validate_json(json.dumps(fields | changed))


def test_from_is_stored_under_its_own_name():
    """`from` is written as the catalogue file writes it, in plans, tiers and rates."""
    plan = json.loads(terms().model_dump_json())
    rate = VatRate(**{"country": "FR", "rate": "20", "from": date(2014, 1, 1)})

    assert plan["from"] == "2026-01-01"
    assert plan["price"]["tiers"] == [{"from": 5, "amount": "8.320"}]
    assert json.loads(rate.model_dump_json()) == {
        "country": "FR",
        "rate": "20",
        "from": "2014-01-01",
    }


def test_the_largest_plan_fits():
    """A plan with as much of everything as it may hold stays below 256 KiB, even as ASCII."""
    fact = PlanPublished(
        catalogue="c",
        plan="p",
        version=1,
        terms=terms(
            price={
                "per": "month",
                "tiering": "volume",
                "tiers": [{"from": n + 1, "amount": "1234567890.1234567890"} for n in range(500)],
            },
            seats={"minimum": 1, "below_minimum": "é" * 1000},
            carries_over_from=["p" * 100] * 200,
            entitlements={f"{n:0100d}": "é" * 200 for n in range(50)},
            payment={f"m{n:039d}": "after_credit_check" for n in range(50)},
            sentences={f"seats.{'x' * n}": "é" * 1000 for n in range(1, 21)},
        ),
    )

    assert len(json.dumps(fact.model_dump(mode="json"))) < BYTES_A_FACT


@pytest.mark.parametrize(
    "given", ["2026-02-30", "1767225600", "2026-01-01T00:00:00", "1 Jan 2026", 20260101, None]
)
def test_a_day_is_an_iso_date_only(given):
    """A day is never guessed from a number, an instant or another notation."""
    with pytest.raises(ValueError, match="day"):
        parse_day(given)
