"""Catalogues as text: a small good one, the contract's example, and how a broken one is refused."""

import pytest

from ledger.catalogues.files import CatalogueInvalid, parse_text

GOOD = """\
catalogue: shop
rules: EV
seller:
  name: Seats Ltd.
  country: NO
  currency: EUR
  time_zone: Europe/Oslo
  invoice_series: "S-{year}"
  vat_registered: false
  vat: [{country: FR, rate: "20", from: 2014-01-01}]
  holidays: [2026-12-25]
product_keys:
  - {key: AAAAA-BBBBB-CCCCC-DDDDD-EEEEE, plan: p12, seats: 5}
plans:
  p12:
    product: vpn
    from: 2026-01-01
    term: {months: 12}
    price:
      per: month
      tiering: volume
      tiers:
        - {from: 5, amount: "8.32"}
        - {from: 10, amount: "7.49"}
    seats: {minimum: 5, maximum: 100}
    proration: {by: months, started_month: days}
    payment: {card: at_once}
    renewal: {auto: true, per_seat: true}
    may_buy: [owner]
"""

CONTRACT = """\
catalogue: expressvpn
rules: EV
seller:
  {name: Seats Ltd., country: VG, currency: USD, time_zone: UTC, invoice_series: "EV-{year}",
   vat_number: null, vat_registered: false,
   vat: [{country: FR, rate: "20", from: 2014-01-01}], holidays: [2026-12-25],
   address: {lines: [1 Harbour], postcode: VG1110, city: Road Town}, registration: R 1,
   electronic_address: {scheme: "0088", id: "1234567890123"},
   payment_days: 30, mentions: []}
product_keys: [{key: AAAAA-BBBBB-CCCCC-DDDDD-EEEEE, plan: volume-12m, seats: 5}]
plans:
  volume-12m:
    product: vpn
    title: VPN for teams
    unit: C62
    from: 2026-01-01
    existing: renewals
    level: null
    term: {months: 12}
    statement: at_order
    price: {per: month, tiering: volume,
            tiers: [{from: 5, amount: "8.32"}, {from: 10, amount: "7.49"}]}
    seats: {minimum: 5, maximum: null,
            below_minimum: "Up to four more individual subscriptions fit on one account."}
    proration: {by: months, started_month: days}
    change_resets_term: false
    payment: {card: at_once}
    renewal: {auto: true, per_seat: true}
    trial: null
    channel: direct
    may_buy: [owner]
    may_assign: [owner]
    requires: [approved_application]
    carries_over_from: []
    activation: credential
    removal: at_renewal
    charge_split: none
    backdating_days: 0
    entitlements: {connected_devices: 8}
"""


def line_of(text: str, part: str) -> int:
    """The line, from 1, of the first line that holds the part."""
    return next(n for n, line in enumerate(text.splitlines(), start=1) if part in line)


def refused(text: str | bytes) -> CatalogueInvalid:
    """Why a catalogue is refused."""
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(CatalogueInvalid) as caught:
        parse_text(content, "bad.yaml")
    return caught.value


def assert_refused(part: str, instead: str, at: str, reason: str) -> None:
    """`GOOD` with a part replaced is refused for the reason, at the line that holds `at`."""
    assert part in GOOD
    text = GOOD.replace(part, instead, 1)
    invalid = refused(text)
    line = line_of(text, at)

    told = {p.line for p in invalid.problems if reason in f"{p.place}: {p.reason}"}
    assert line in told, str(invalid)
    assert f"bad.yaml:{line}: " in str(invalid)
