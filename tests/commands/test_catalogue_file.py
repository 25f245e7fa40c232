"""A catalogue as a seller writes it, and what is published of it."""

from typing import Any

import pytest

from commands.catalogue import published_facts
from commands.catalogue_file import parse_catalogue
from commands.state.catalogue import evolve_catalogue, initial_catalogue
from events.catalogue import PlanPublished, SellerPublished
from events.envelope import canonical
from events.parties import Contact, PaymentMeans
from events.plans import CancellationEntry, RemovalEntry
from ledger.catalogues.files import parse_text
from tests.support.catalogue_samples import GOOD
from tests.support.given import START
from tests.support.shop import TAXED, plan, shop


def published(catalogue: dict[str, Any]) -> tuple[SellerPublished, PlanPublished]:
    """The facts of the seller and of the plan `desk` of a catalogue."""
    facts = published_facts(initial_catalogue(), parse_catalogue(catalogue), START)
    seller = next(fact for fact in facts if isinstance(fact, SellerPublished))
    desk = next(f for f in facts if isinstance(f, PlanPublished) and f.plan == "desk")
    return seller, desk


@pytest.mark.rule("GEN-06", "GEN-07")
def test_a_word_stands_for_one_entry():
    """Removal and cancelling as a word or as a list: decisions read one form."""
    words = published(shop(desk=plan()))[1].terms
    entries = [{"within_days": 7, "when": "now", "credit": "prorated"}, {"when": "at_renewal"}]
    ends = [{"within_days": 14, "when": "now", "credit": "full"}, {"when": "at_term_end"}]
    listed = published(shop(desk=plan(removal=entries, cancellation=ends)))[1].terms

    assert words.removal_entries == (RemovalEntry(when="at_renewal"),)
    assert words.cancellation_entries == (CancellationEntry(when="at_term_end"),)
    assert listed.removal_entries == (
        RemovalEntry(within_days=7, when="now", credit="prorated"),
        RemovalEntry(when="at_renewal"),
    )
    assert listed.cancellation_entries == (
        CancellationEntry(within_days=14, when="now", credit="full"),
        CancellationEntry(when="at_term_end"),
    )


@pytest.mark.rule("GEN-24")
def test_both_forms_of_carrying_over_are_read_as_one():
    """`carries_over_from` keeps the old seats; `carries_over` says what becomes of them."""
    old = plan(product="old")
    short = published(shop(old=old, desk=plan(carries_over_from=["old"])))[1].terms
    kept = published(shop(old=old, desk=plan(carries_over={"from": ["old"]})))[1].terms
    ended = {"from": ["old"], "old_seats": "end"}
    ending = published(shop(old=old, desk=plan(carries_over=ended)))[1].terms

    assert [(one.carried_from, one.old_seats) for one in (short, kept, ending)] == [
        (("old",), "keep"),
        (("old",), "keep"),
        (("old",), "end"),
    ]


@pytest.mark.rule("GEN-20")
def test_a_plan_says_who_may_hold_its_seats():
    """Left out: persons."""
    assert published(shop())[1].terms.seats.holders == ("person",)
    seats = {"minimum": 1, "holders": ["person", "agent"]}
    assert published(shop(desk=plan(seats=seats)))[1].terms.seats.holders == ("person", "agent")


def test_a_seller_says_what_its_documents_need():
    """Registration with its scheme, contact, means of payment, mentions with their codes."""
    seller = published(
        shop(
            seller={
                **TAXED,
                "registration": {"scheme": "0002", "id": "403 032 650"},
                "contact": {"name": "Billing", "telephone": "+33 1", "email": "b@d.example"},
                "payment_means": {"bank": {"code": "30", "iban": "FR7630006000011234567890189"}},
                "mentions": ["Thank you.", {"code": "PMT", "text": "40 euro"}],
                "vat_on_debits": True,
            }
        )
    )[0].seller

    assert (seller.registration, seller.registration_scheme) == ("403 032 650", "0002")
    assert seller.contact == Contact(name="Billing", telephone="+33 1", email="b@d.example")
    assert seller.payment_means == {
        "bank": PaymentMeans(code="30", iban="FR7630006000011234567890189")
    }
    assert seller.mentions == ("Thank you.", "40 euro")
    assert seller.mention_codes == (None, "PMT")
    assert seller.vat_on_debits


@pytest.mark.parametrize(
    ("catalogue", "new"),
    [
        (shop(), ["supply", "carries_over", "cancellation", "sentences", "holders"]),
        (shop(), ["vat_registered", "vat_on_debits", "contact", "payment_means", "rule_ids"]),
        (shop(), ["registration_scheme", "mention_codes"]),
    ],
)
def test_a_file_without_the_new_keys_publishes_the_text_of_before(
    catalogue: dict[str, Any], new: list[str]
):
    """What a catalogue does not say is not written, so that old and new facts are the same."""
    text = b"".join(map(canonical, published(catalogue))).decode()

    assert not [name for name in new if f'"{name}":' in text]


def test_what_is_published_already_is_not_published_again():
    """A catalogue that uses every new key, published again after it was stored: no fact."""
    full = shop(
        seller={**TAXED, "contact": {"name": "B"}, "mentions": [{"code": "PMT", "text": "x"}]},
        old=plan(product="old"),
        desk=plan(
            carries_over={"from": ["old"], "old_seats": "end"},
            removal=[{"when": "once_released"}],
            cancellation="now",
            supply="goods",
            sentences={"seats.unknown": {"en": "No.", "fr": "Non."}},
        ),
    )
    full |= {"rule_ids": {"seats.unknown": "XX-1"}, "sentences": {"seats.none_free": "None."}}
    state = initial_catalogue()
    for number, fact in enumerate(published_facts(state, parse_catalogue(full), START), start=1):
        stored = type(fact).model_validate_json(canonical(fact))
        state = evolve_catalogue(state, stored, number)

    assert published_facts(state, parse_catalogue(full), START) == ()
    read = parse_catalogue(full).model_dump(mode="json", by_alias=True)
    assert published_facts(state, parse_catalogue(read), START) == ()


def test_x_keys_are_a_place_for_anchors():
    """At the top, in the seller and in a plan a key that begins with `x-` is ignored."""
    text = GOOD.replace(
        "rules: EV", "x-version: 1.5\nx-base: &base\n  x-note: any word\n  activation: code"
    )
    text = text.replace("  country: NO", "  x-desk: 5\n  country: NO")
    text = text.replace("    product: vpn", "    <<: *base\n    product: vpn")
    read = parse_text(text.encode(), "x.yaml")

    assert read.plans["p12"].activation == "code"
    assert "x-" not in read.model_dump_json(by_alias=True)
