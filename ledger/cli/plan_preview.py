"""What publishing a catalogue or withdrawing a plan would do, for people."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ledger.cli.output import cell, say

Told = Mapping[str, Any]


def show_publishing(parts: Sequence[Told]) -> None:
    """Print each part that would be published; of plans prices, terms and who renews."""
    if not parts:
        say("Preview: would be published: nothing")
        return
    say("Preview: would be published")
    for part in parts:
        change = part.get("change")
        if change is None:
            version = f", version {part['version']}" if "version" in part else ""
            say(f"{part['type']}{version}")
        else:
            for sentence in _plan(part, change):
                say(sentence)


def _plan(part: Told, change: Told) -> Iterator[str]:
    before, after = change["before"], change["after"]
    withdrawn = ", no longer sold" if change["withdrawn"] else ""
    was = "new" if before is None else f"version {before['version']}"
    if part["type"] == "PlanWithdrawn":
        yield f"{part['type']} {part['plan']}: {was}{withdrawn}"
        yield f"  price: {_price(after)}"
    else:
        yield (
            f"{part['type']} {part['plan']}: {was} -> version {after['version']},"
            f" sold from {after['sold_from']}{withdrawn}"
        )
        yield f"  price: {_from(before and _price(before), _price(after))}"
        if before is not None and before["title"] != after["title"]:
            yield f"  title: {before['title']} -> {after['title']}"
    for term in change["changes"]:
        yield f"  {term['term']}: {_json(term['was'])} -> {_json(term['becomes'])}"
    yield from _renewals(change["renewals"])


def _renewals(renewals: Told) -> Iterator[str]:
    count, keeping = renewals["count"], renewals["keeping"]
    if not count:
        yield "  renews by it: nobody"
    else:
        days = renewals["first_on"]
        if renewals["last_on"] != days:
            days = f"{days} to {renewals['last_on']}"
        sums = "".join(
            f": {_from(cell(one['before']), cell(one['after']))}" for one in renewals["sums"]
        )
        counted = _counted(count, "subscription")
        yield f"  renews by it: {counted}, {_counted(renewals['seats'], 'seat')}, {days}{sums}"
    if renewals["not_priced"]:
        yield f"  without a price: {_counted(renewals['not_priced'], 'renewal')}"
    if keeping:
        yield f"  keeps the version that it has: {_counted(keeping, 'subscription')}"


def _price(offer: Told) -> str:
    tiers = ", ".join(f"{tier['amount']} from {tier['from']}" for tier in offer["tiers"])
    return f"{tiers} per {offer['per']} ({offer['tiering']})"


def _from(before: str | None, after: str) -> str:
    return after if before in {None, after} else f"{before} -> {after}"


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
