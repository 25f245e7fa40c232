"""The catalogue of refusals: closed, in the contract's words for when and why."""

import ast
import re
from pathlib import Path

import pytest

import commands
from commands.refusals import REFUSALS, Refused, VendorWords, invalid
from commands.subscriptions import KeepSubscription
from tests.events.test_plans import terms
from tests.support.rule_ids import RULES
from tests.support.shop import started

CONTRACT = """
command.invalid ALL-04
command.id_reused ALL-03
command.version_conflict ALL-03
command.time_out_of_range ALL-04
access.role_missing EV-20 SE-07 MS-09 GT-01
access.last_owner EV-20
account.unknown EV-04
account.exists ALL-04
account.application_not_approved EV-04
account.application_not_pending EV-04
account.email_domain_not_approved SE-07
account.vat_number_malformed GT-08
account.managed_by_adviser GT-02
catalogue.plan_unknown SE-01
catalogue.plan_withdrawn SE-01
subscription.unknown EV-10
subscription.exists EV-10
subscription.ended EV-17
subscription.already_cancelled EV-17 MS-14
subscription.term_shortened EV-12
subscription.change_not_allowed EV-11
subscription.carried_over GEN-24
subscription.not_now GEN-07
subscription.nothing_to_keep GEN-08
subscription.sold_by_reseller PA-06
subscription.sold_by_partner MS-07
subscription.managed_in_volume_centre MS-06
subscription.prepaid MS-05
subscription.not_prepaid MS-05
subscription.key_malformed MS-05
subscription.key_unknown MS-05
subscription.key_already_used MS-05
subscription.trial_not_offered GT-03
subscription.trial_already_used GT-03
subscription.trial_must_be_bought MS-08
subscription.not_a_trial MS-08
order.unknown PA-05
order.exists ALL-03
order.not_pending PA-05 MS-04
order.credit_check_pending MS-04
order.cart_empty SE-03
order.cart_line_unknown SE-02
seats.below_minimum EV-01 EV-16
seats.above_maximum EV-01
seats.total_below_present PA-02
seats.holder_not_allowed GEN-20
seats.unknown EV-13
seats.none_free GT-11 PA-04
seats.already_assigned EV-15
seats.not_assigned SE-08 EV-14
seats.still_assigned SE-08
seats.user_already_has_seat SE-04
seats.auto_renew_not_per_seat EV-16
seats.activation_not_offered SE-06
seats.activation_not_valid EV-14 EV-15 SE-06
seats.activation_already_used SE-06
payment.method_not_accepted EV-03
payment.currency_mismatch ALL-01
payment.more_than_due ALL-09
payment.unknown ALL-09
payment.reference_used GEN-23
payment.already_used GEN-23
payment.more_than_credit GEN-23
invoice.unknown ALL-08
invoice.nothing_left_to_credit ALL-08
invoice.vat_rate_unknown GT-08
"""

PLACES = [
    ["command"],
    [
        "account.unknown",
        "plan_unknown",
        "subscription.unknown",
        "order.unknown",
        "invoice.unknown",
        "payment.unknown",
    ],
    ["access"],
    ["managed_by_adviser", "sold_by_reseller", "sold_by_partner", "managed_in_volume_centre"],
    ["account"],
    ["plan_withdrawn", "subscription"],
    ["order"],
    ["seats"],
    ["payment", "invoice"],
]


def place(code: str) -> int:
    """The place of a code in the order in which refusals are looked for (CONTRACT 6)."""
    exact = [n for n, words in enumerate(PLACES) if code in words or code.split(".")[1] in words]
    family = [n for n, words in enumerate(PLACES) if code.split(".", maxsplit=1)[0] in words]
    return (exact or family)[0]


def test_the_catalogue_is_the_contract_s():
    """The same codes, each with the same rules in the same order, none more and none less."""
    contract = {code: tuple(rules) for code, *rules in map(str.split, CONTRACT.split("\n")[1:-1])}

    assert {code: entry.rules for code, entry in REFUSALS.items()} == contract


def test_every_rule_behind_a_refusal_is_one_of_ours():
    """No refusal names a rule that does not exist."""
    assert {rule for entry in REFUSALS.values() for rule in entry.rules} <= set(RULES)


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize("code", list(REFUSALS))
def test_every_refusal_says_in_words_what_is_wrong_and_what_to_do(code: str):
    """A sentence and a remedy, each whole, and without a word of ours from the code."""
    answer = Refused(code).answer()

    assert answer.rule == REFUSALS[code].rules[0]
    for words in (answer.detail, answer.remedy):
        assert re.fullmatch(r"[A-Z].{10,}\.", words), words
        assert "_" not in words


def test_the_order_of_the_catalogue_is_the_order_of_precedence():
    """Command, unknown ids, access, channel, account, subscription, order, seats, payment."""
    places = [place(code) for code in REFUSALS]

    assert places == sorted(places)


@pytest.mark.rule("ALL-04")
def test_the_rule_named_is_the_catalogue_s_own():
    """A buyer at Microsoft reads MS-09 where one at ExpressVPN reads EV-20, others the first."""
    named = {
        p: Refused("access.role_missing").answer(VendorWords(p)).rule
        for p in ("MS", "EV", "GT", "PA")
    }

    assert named == {"MS": "MS-09", "EV": "EV-20", "GT": "GT-01", "PA": "EV-20"}
    assert Refused("seats.unknown", rule="EV-14").answer(VendorWords("PA")).rule == "EV-14"


def test_a_case_may_have_better_words():
    """Words of the case replace the catalogue's; the code and its parameters stay."""
    answer = Refused("seats.unknown", detail="Seat 7 has ended.", seat="7").answer(
        VendorWords("EV")
    )

    assert answer.detail == "Seat 7 has ended."
    assert answer.remedy == REFUSALS["seats.unknown"].remedy
    assert answer.parameters == {"seat": "7"}


@pytest.mark.rule("GEN-21")
def test_a_vendor_s_own_ids_are_the_only_ones_of_any_vendor():
    """The ID that the catalogue names for a code; else one of every vendor's, never another's."""
    words = VendorWords("XX", {"seats.below_minimum": "XX-03"})

    named = {code: Refused(code).answer(words).rule for code in REFUSALS}

    assert named["seats.below_minimum"] == "XX-03"
    assert (named["subscription.not_now"], named["account.exists"]) == ("GEN-07", "ALL-04")
    assert named["access.role_missing"] == "ALL-04"
    assert {rule.partition("-")[0] for rule in named.values()} == {"XX", "GEN", "ALL"}


@pytest.mark.rule("GEN-21")
def test_a_vendor_s_sentence_stands_in_place_of_ours():
    """English where there is English, else the first; it follows what is said of the case."""
    words = VendorWords(
        sentences={
            "seats.unknown": "No seat like that.",
            "seats.none_free": {"fr": "Plus de place.", "en": "Full."},
            "seats.not_assigned": {"fr": "Libre.", "de": "Frei."},
        }
    )

    assert Refused("seats.unknown").answer(words).detail == "No seat like that."
    assert Refused("seats.none_free").answer(words).detail == "Full."
    assert Refused("seats.not_assigned").answer(words).detail == "Libre."
    assert Refused("seats.still_assigned").answer(words) == Refused("seats.still_assigned").answer()
    own = Refused("seats.unknown", detail="Seat 7 has ended.").answer(words)
    assert own.detail == "Seat 7 has ended. No seat like that."
    same = Refused("seats.none_free", detail="It is Full.").answer(words)
    assert same.detail == "It is Full."


@pytest.mark.rule("GEN-21")
def test_a_plan_speaks_before_its_catalogue():
    """A plan's sentence holds for what it refuses; a code that it leaves out is the catalogue's."""
    words = VendorWords(sentences={"seats.unknown": "Ours.", "seats.none_free": "Full."})
    plan = terms(sentences={"seats.unknown": "Mine."})

    assert Refused("seats.unknown").of_plan(plan).answer(words).detail == "Mine."
    assert Refused("seats.none_free").of_plan(plan).answer(words).detail == "Full."
    first = Refused("seats.unknown").of_plan(plan).of_plan(terms())
    assert first.answer(words).detail == "Mine."


@pytest.mark.rule("GEN-21")
def test_what_a_decision_refuses_is_said_in_the_words_of_its_plan():
    """Of the plan that was looked at last, where the refusal names none itself."""
    story = started(2, sentences={"subscription.nothing_to_keep": "Nothing to take back here."})
    story.when(KeepSubscription, subscription="desk").refused(
        "subscription.nothing_to_keep", "Nothing to take back here."
    )


VENDORS = re.compile(r"volume|licen[cs]|adviser|vpn|office|microsoft|goto|parallels", re.IGNORECASE)


@pytest.mark.rule("GEN-21")
def test_no_words_of_ours_are_one_vendor_s():
    """Sentences and remedies, of the table and of every case, name no vendor's offer."""
    texts = {
        node.value
        for path in Path(next(iter(commands.__path__))).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"Refused", "invalid"}
        for keyword in [*call.args, *(word.value for word in call.keywords)]
        for node in ast.walk(keyword)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
    }
    texts |= {words for entry in REFUSALS.values() for words in (entry.detail, entry.remedy)}

    assert len(texts) > len(REFUSALS)
    assert [text for text in texts if VENDORS.search(text)] == []


def test_an_invalid_field_is_named():
    """The refusal of a field says which, and why."""
    answer = invalid("quantity", "must be 1 or more").answer()

    assert answer.code == "command.invalid"
    assert answer.detail == "quantity: must be 1 or more"
    assert "quantity" in answer.remedy


def test_no_decision_invents_a_code():
    """Every code that stands in a decision is one of the catalogue, and an unknown one fails."""
    used = {
        node.args[0].value
        for path in Path(next(iter(commands.__path__))).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Refused"
        and isinstance(node.args[0], ast.Constant)
    }

    assert used <= set(REFUSALS)
    with pytest.raises(KeyError):
        Refused("seats.stolen")
