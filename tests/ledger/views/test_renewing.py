"""Who renews by a plan that is about to change: asked of rows, and what the preview then shows."""

import json
from typing import Any

import pytest

from ledger.cli.documents import show_preview
from ledger.clock import FixedClock
from ledger.host.opened import on_database
from ledger.store.postgres.store import PostgresStore
from ledger.views.due_rows import ViewRenewalIndex
from ledger.views.renewing import LogRenewalIndex
from ledger.views.tables import Views
from ledger.writer import SELLER
from tests.support.desk import OWNER, START, Desk
from tests.support.grown import BEGINNING
from tests.support.shop import plan, shop

DEARER = {"per": "month", "tiering": "volume", "tiers": [{"from": 1, "amount": "12.00"}]}
PLANS = ("desktop-business-12m", "desktop-business-1m")


def bought(desk: Desk, account: str, subscription: str, seats: int = 2) -> None:
    """A subscription of the plan `desk`."""
    desk.do("StartSubscription", account=account, subscription=subscription, plan="desk",
            seats=seats, payment_method="card")  # fmt: skip


def desk_of_two() -> Desk:
    """Two catalogues, each with a plan `desk`, and an account with subscriptions in each."""
    desk = Desk.in_memory()
    others = shop(seller={"invoice_series": "O-{year}"}, desk=plan())
    desk.do("PublishPlan", SELLER, catalogue=shop(desk=plan()))
    desk.do("PublishPlan", SELLER, catalogue={**others, "catalogue": "others"})
    for account, catalogue in (("acme", "desks"), ("beta", "others")):
        desk.do("OpenAccount", account=account, email=OWNER, country="FR", catalogue=catalogue)
    for account, subscription in (("acme", "a1"), ("acme", "a2"), ("beta", "b1")):
        bought(desk, account, subscription)
    desk.do("CancelSubscription", subscription="a2")
    return desk


def dearer(desk: Desk, **changes: Any) -> dict[str, Any]:
    """What a dry run says of the plan when it becomes dearer."""
    catalogue = shop(desk=plan(price=DEARER, **changes))
    shown = desk.preview("PublishPlan", SELLER, catalogue=catalogue).preview
    (part,) = shown["publishes"]
    return {**part["change"]}


def test_only_who_renews_in_the_catalogue_is_shown():
    """Neither the cancelled, nor who has a plan of the same name in another catalogue."""
    desk = desk_of_two()

    renewals = dearer(desk)["renewals"]

    assert [one["subscription"] for one in renewals["listed"]] == ["a1"]
    assert renewals["sums"][0]["after"] == {"amount": "288.00", "currency": "EUR"}


def test_the_preview_is_what_comes_when_it_is_published():
    """Nothing is appended by the dry run; the renewal then costs what was shown."""
    desk = desk_of_two()
    head = desk.store.head()
    (shown,) = dearer(desk)["renewals"]["listed"]
    assert desk.store.head() == head
    desk.do("PublishPlan", SELLER, catalogue=shop(desk=plan(price=DEARER)))

    desk.at("2021-06-21").service.tick()

    charged = [
        event.fact.net.amount
        for event in desk.log()
        if event.type == "Charged" and event.subscription == "a1"
    ]
    assert charged == [shown["total_before"]["amount"], shown["total"]["amount"]]


def test_a_withdrawal_is_previewed_for_people(capsys: pytest.CaptureFixture[str]):
    """The command line says price, count, seats, days and sums; the list stands in the JSON."""
    desk = desk_of_two()
    bought(desk, "acme", "a3", 3)

    show_preview(desk.preview("WithdrawPlan", SELLER, catalogue="desks", plan="desk").preview)

    assert capsys.readouterr().out.splitlines() == [
        "Preview: would be published",
        "PlanWithdrawn desk: version 1, no longer sold",
        "  price: 10.00 from 1 per month (volume)",
        "  renews by it: 2 subscriptions, 5 seats, 2021-06-20: 600.00 EUR",
    ]


def test_a_publication_is_previewed_for_people(capsys: pytest.CaptureFixture[str]):
    """Old and new price, changed terms, the day of sale, and who keeps what they have."""
    desk = desk_of_two()
    catalogue = shop(desk=plan(**{"from": "2020-07-01"}, price=DEARER, removal="once_released"))

    show_preview(desk.preview("PublishPlan", SELLER, catalogue=catalogue).preview)
    kept = shop(desk=plan(title="Desk", existing="keep"))
    show_preview(desk.preview("PublishPlan", SELLER, catalogue=kept).preview)
    show_preview(desk.preview("PublishPlan", SELLER, catalogue=shop(desk=plan())).preview)

    assert capsys.readouterr().out.splitlines() == [
        "Preview: would be published",
        "PlanPublished desk: version 1 -> version 2, sold from 2020-07-01",
        "  price: 10.00 from 1 per month (volume) -> 12.00 from 1 per month (volume)",
        "  removal: at_renewal -> once_released",
        "  renews by it: 1 subscription, 2 seats, 2021-06-20: 240.00 EUR -> 288.00 EUR",
        "Preview: would be published",
        "PlanPublished desk: version 1 -> version 2, sold from 2000-01-01",
        "  price: 10.00 from 1 per month (volume)",
        "  title: desk -> Desk",
        "  existing: renewals -> keep",
        "  renews by it: nobody",
        "  keeps the version that it has: 1 subscription",
        "Preview: would be published: nothing",
    ]


class CountingStore(PostgresStore):
    """A store that counts the events that are read from its log."""

    read = 0

    def read_log(self, *args: Any, **kwargs: Any) -> list[Any]:
        """The log, counted."""
        found = super().read_log(*args, **kwargs)
        self.read += len(found)
        return found


def test_rows_and_log_name_the_same_subscriptions(grown_url: str):
    """The views answer as the log does, and no event of the log is read for it."""
    with CountingStore(grown_url, FixedClock(BEGINNING)) as store, Views(grown_url) as views:
        rows, log = ViewRenewalIndex(store, views), LogRenewalIndex(store)
        found = list(rows.of_plans("parallels", PLANS))
        assert store.read == 0

        assert found == list(log.of_plans("parallels", PLANS))
        assert {one.plan for one in found} == {PLANS[0]}
        assert len(found) == 2
        assert list(rows.of_plans("parallels", PLANS[1:])) == []


def test_a_service_on_a_database_previews_from_its_views(postgres_url: str):
    """The preview of a publication is the same as in memory, and is kept whole."""
    with on_database(postgres_url, "a test", FixedClock(START), 4) as ledger:
        desk = Desk(ledger.store, FixedClock(START))
        desk.service = ledger.service
        desk.do("PublishPlan", SELLER, catalogue=shop(desk=plan()))
        desk.do("OpenAccount", account="acme", email=OWNER, country="FR")
        bought(desk, "acme", "a1")

        answer = desk.preview("PublishPlan", SELLER, catalogue=shop(desk=plan(price=DEARER)))

        assert answer.preview_id is not None
        row = ledger.store.preview(answer.preview_id)
        assert row is not None
        assert row.preview is not None
        assert json.loads(row.preview) == json.loads(json.dumps(answer.preview))
        (part,) = answer.preview["publishes"]
        assert part["change"]["renewals"]["count"] == 1
