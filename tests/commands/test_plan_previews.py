"""What publishing and withdrawing plans would do: prices, terms, who renews for how much."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from commands import plan_previews
from commands.catalogue import published_facts
from commands.plan_previews import Renewing, plans_of, published_parts
from commands.renewals import renewal_quote
from commands.schemas import PlanPreview
from commands.state.account import AccountState
from commands.state.catalogue import CatalogueState, evolve_catalogue, initial_catalogue
from events.catalogue import PlanWithdrawn
from events.charges import TermSpan
from events.fact import Fact
from ledger.catalogues.files import load
from tests.support.shop import bought, plan, republished, shop, started

TODAY = date(2020, 3, 1)
YEAR = TermSpan(number=1, anchor=date(2020, 1, 1), start=date(2020, 1, 1), end=date(2021, 1, 1))


def price(amount: str) -> dict[str, Any]:
    """A price per seat and month."""
    return {"per": "month", "tiering": "volume", "tiers": [{"from": 1, "amount": amount}]}


def after(state: CatalogueState, *facts: Fact) -> CatalogueState:
    """The catalogue after facts."""
    for sequence, fact in enumerate(facts, start=state.version + 1):
        state = evolve_catalogue(state, fact, sequence)
    return state


def published(state: CatalogueState, catalogue: Mapping[str, Any]) -> tuple[Fact, ...]:
    """What publishing a catalogue comes to."""
    return published_facts(state, load(catalogue), TODAY)


def catalogue(**plans: Any) -> CatalogueState:
    """A catalogue as first published."""
    empty = initial_catalogue()
    return after(empty, *published(empty, shop(**plans)))


def renewing(name: str, seats: int = 2, by: str = "desk", own: int | None = 1,
             term: TermSpan = YEAR) -> Renewing:  # fmt: skip
    """A subscription that will renew."""
    return Renewing(name, "acme", by, own, term, seats)


def change(state: CatalogueState, facts: tuple[Fact, ...], *found: Renewing) -> PlanPreview:
    """What happens to the one plan that changes."""
    (part,) = (part for part in published_parts(state, facts, found) if "change" in part)
    return part["change"]


def eur(amount: str) -> dict[str, str]:
    """An amount as it is shown."""
    return {"amount": amount, "currency": "EUR"}


@pytest.mark.rule("ALL-02")
def test_a_new_version_shows_old_and_new_price_and_who_renews_by_it():
    """Version, tiers, changed terms, the day of sale; count, seats, days and sums of renewals."""
    state = catalogue(desk=plan())
    new = plan(**{"from": "2020-06-01"}, price=price("12.00"), seats={"minimum": 2})
    facts = published(state, shop(desk=new))
    later = YEAR.model_copy(update={"end": date(2021, 3, 1), "start": date(2020, 3, 1),
                                    "anchor": date(2020, 3, 1)})  # fmt: skip

    shown = change(state, facts, renewing("b", 3, term=later), renewing("a"))

    assert shown["before"] is not None
    assert (shown["before"]["version"], shown["after"]["version"]) == (1, 2)
    assert (shown["before"]["tiers"], shown["after"]["tiers"]) == (
        [{"from": 1, "amount": "10.00"}], [{"from": 1, "amount": "12.00"}]
    )  # fmt: skip
    assert shown["after"]["sold_from"] == "2020-06-01"
    (term,) = shown["changes"]
    assert (term["term"], term["was"]["minimum"], term["becomes"]["minimum"]) == ("seats", 1, 2)
    renewals = shown["renewals"]
    assert (renewals["count"], renewals["seats"]) == (2, 5)
    assert (renewals["first_on"], renewals["last_on"]) == ("2021-01-01", "2021-03-01")
    assert renewals["sums"] == [{"before": eur("600.00"), "after": eur("720.00")}]
    assert (renewals["keeping"], renewals["not_priced"], renewals["not_listed"]) == (0, 0, 0)
    assert renewals["listed"] == [
        {"subscription": "a", "account": "acme", "renewal_date": "2021-01-01", "seats": 2,
         "total_before": eur("240.00"), "total": eur("288.00")},
        {"subscription": "b", "account": "acme", "renewal_date": "2021-03-01", "seats": 3,
         "total_before": eur("360.00"), "total": eur("432.00")},
    ]  # fmt: skip


def test_changed_terms_are_shown_by_the_words_of_the_file():
    """What the file calls `from` is called so in what was and what becomes."""
    own = {"carries_over": {"from": ["desk"], "old_seats": "keep"}}
    state = catalogue(desk=plan(), sofa=plan(product="sofa", **own))
    own = {"carries_over": {"from": ["desk"], "old_seats": "end"}}
    facts = published(state, shop(desk=plan(), sofa=plan(product="sofa", **own)))
    (term,) = change(state, facts)["changes"]
    assert term == {
        "term": "carries_over",
        "was": {"from": ["desk"], "old_seats": "keep"},
        "becomes": {"from": ["desk"], "old_seats": "end"},
    }


def test_who_renews_before_the_day_renews_by_it_a_term_later():
    """The first renewal by the new version is the first on or after the day of its sale."""
    state = catalogue(desk=plan(term={"months": 1}))
    new = plan(**{"from": "2020-06-15"}, term={"months": 1}, price=price("12.00"))
    facts = published(state, shop(desk=new))
    month = TermSpan(number=2, anchor=date(2020, 1, 31), start=date(2020, 2, 29),
                     end=date(2020, 3, 31))  # fmt: skip
    on_the_day = month.model_copy(update={"anchor": date(2020, 2, 15), "start": date(2020, 2, 15),
                                          "end": date(2020, 3, 15)})  # fmt: skip

    shown = change(state, facts, renewing("a", term=month), renewing("b", term=on_the_day))

    days = [one["renewal_date"] for one in shown["renewals"]["listed"]]
    assert days == ["2020-06-15", "2020-06-30"]
    assert shown["renewals"]["sums"] == [{"before": eur("40.00"), "after": eur("48.00")}]


@pytest.mark.parametrize("keeps", ["newest", "own"])
def test_who_keeps_a_version_is_counted_apart(keeps: str):
    """`existing: keep`: of the new version, or of the one that somebody has."""
    own = {"existing": "keep"} if keeps == "own" else {}
    state = catalogue(desk=plan(**own))
    new = {"existing": "keep"} if keeps == "newest" else {}
    facts = published(state, shop(desk=plan(price=price("12.00"), **new)))

    renewals = change(state, facts, renewing("a"), renewing("b"))["renewals"]

    assert (renewals["count"], renewals["keeping"], renewals["sums"]) == (0, 2, [])
    assert (renewals["first_on"], renewals["last_on"]) == (None, None)


def test_a_planned_change_renews_by_the_version_of_its_day():
    """Whoever will change to the plan takes its new version, whatever plan they have now."""
    state = catalogue(desk=plan(), big=plan())
    facts = published(state, shop(desk=plan(), big=plan(price=price("20.00"), existing="keep")))

    shown = change(state, facts, renewing("a", by="big", own=None), renewing("b", by="big"))

    (listed,) = shown["renewals"]["listed"]
    assert (listed["subscription"], listed["total"]) == ("a", eur("480.00"))
    assert shown["renewals"]["keeping"] == 1


def test_a_new_plan_has_no_renewals_and_nothing_before():
    """Nobody can have it; it is asked of nobody."""
    state = catalogue(desk=plan())
    facts = published(state, shop(desk=plan(), big=plan()))

    assert plans_of(state, facts) == ()
    shown = change(state, facts)
    assert (shown["before"], shown["changes"], shown["renewals"]["count"]) == (None, [], 0)


@pytest.mark.rule("SE-01")
def test_a_withdrawn_plan_renews_by_its_last_version():
    """The price stays; who has it renews by it all the same."""
    state = catalogue(desk=plan())
    facts = (PlanWithdrawn(catalogue="desks", plan="desk"),)

    assert plans_of(state, facts) == ("desk",)
    shown = change(state, facts, renewing("a"))

    assert (shown["withdrawn"], shown["before"], shown["changes"]) == (True, shown["after"], [])
    assert shown["renewals"]["sums"] == [{"before": eur("240.00"), "after": eur("240.00")}]


def test_parts_that_are_no_plans_show_their_version():
    """Seller, rates, holidays and keys; a first publication shows each plan as new."""
    empty = initial_catalogue()

    parts = published_parts(empty, published(empty, shop(desk=plan())), ())

    assert [(part["type"], part.get("plan"), part.get("version")) for part in parts] == [
        ("SellerPublished", None, 1), ("PlanPublished", "desk", 1)
    ]  # fmt: skip


def test_a_long_list_is_cut_and_counted(monkeypatch: pytest.MonkeyPatch):
    """Counts and sums are of all, the first by their days are listed."""
    monkeypatch.setattr(plan_previews, "LISTED", 3)
    state = catalogue(desk=plan())
    facts = published(state, shop(desk=plan(price=price("12.00"))))

    shown = change(state, facts, *(renewing(f"s{number}", 1) for number in range(5)))

    renewals = shown["renewals"]
    assert (renewals["count"], renewals["not_listed"]) == (5, 2)
    assert [one["subscription"] for one in renewals["listed"]] == ["s0", "s1", "s2"]
    assert renewals["sums"] == [{"before": eur("600.00"), "after": eur("720.00")}]


def test_a_renewal_that_would_be_refused_has_no_price():
    """One that is dearer than any amount is listed without a total and counted apart."""
    state = catalogue(desk=plan())
    facts = published(state, shop(desk=plan(price=price("9999999999.00"))))

    renewals = change(state, facts, renewing("a", 9_000_000), renewing("b", 1))["renewals"]

    assert (renewals["not_priced"], renewals["count"]) == (1, 2)
    first, second = renewals["listed"]
    assert (first["total"], second["total"]) == (None, eur("119999999988.00"))
    assert renewals["sums"] == [{"before": eur("120.00"), "after": eur("119999999988.00")}]


@pytest.mark.rule("ALL-02")
def test_the_quote_is_what_the_renewal_will_come_to():
    """The same figure as that of the subscription's own quote under the new catalogue."""
    story = bought(started(3, price=PRICE, **MONTHS), "other", "desk", 12)
    new = shop(desk=plan(price={**PRICE, "tiers": [{"from": 1, "amount": "11.00"}]}, **MONTHS))
    facts = published_facts(story.catalogue, load(new), story.on)
    found = [
        Renewing(sub.subscription, "acme", sub.plan, sub.plan_version, sub.term, len(sub.renewing))
        for sub in subscriptions(story.state)
    ]

    listed = change(story.catalogue, facts, *found)["renewals"]["listed"]

    later = republished(story, new)
    for one in listed:
        sub = later.state.subscriptions[one["subscription"]]
        old, now = (renewal_quote(at.catalogue, sub) for at in (story, later))
        assert old is not None
        assert now is not None
        assert one["total_before"] == eur(old.total.amount)
        assert (one["total"], one["renewal_date"]) == (
            eur(now.total.amount), now.renewal_date.isoformat()
        )  # fmt: skip
    assert len(listed) == 2


PRICE = {
    "per": "month",
    "tiering": "graduated",
    "tiers": [{"from": 1, "amount": "10.00"}, {"from": 11, "amount": "5.00"}],
}
MONTHS = {"term": {"months": 6}}


def subscriptions(state: AccountState) -> list[Any]:
    """All subscriptions of an account."""
    return list(state.subscriptions.values())
