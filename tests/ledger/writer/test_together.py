"""Many writers at once, in several services: nothing is lost, doubled or numbered with a gap."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from ledger.clock import FixedClock
from ledger.store.contract import Store
from ledger.store.memory import MemoryStore
from ledger.store.postgres.store import PostgresStore
from ledger.writer import SELLER, Accepted, Intent, RefusedCommand, Service
from tests.support.desk import OWNER, START, Desk, instant, mapping_of
from tests.support.long_history import KEY

SERVICES = 4


@pytest.fixture(params=["memory", "postgres"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A desk on an empty store, of either kind."""
    clock = FixedClock(START)
    if request.param == "memory":
        yield Desk(MemoryStore(clock), clock)
        return
    with PostgresStore(request.getfixturevalue("postgres_url"), clock, pool_size=16) as store:
        yield Desk(store, clock)


def ten_seats(desk: Desk) -> None:
    """An account with ten seats by the year."""
    desk.publish("expressvpn")
    desk.open()
    desk.do("ApplyForVolumeLicences", account="acme")
    desk.do("ApproveApplication", SELLER, account="acme")
    desk.do("StartSubscription", account="acme", subscription="vpn", plan="volume-12m", seats=10,
            payment_method="card")  # fmt: skip


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """Start all of these in threads at the same moment; their answers, or what they raised."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return work()
        except RefusedCommand as refused:
            return refused.answer.code

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def commands(desk: Desk, intents: list[Intent]) -> list[Any]:
    """Send commands at once, spread over several services, as over several processes."""
    services = [Service(desk.store, desk.clock) for _ in range(SERVICES)]

    def sender(index: int, intent: Intent) -> Callable[[], Any]:
        return lambda: services[index % SERVICES].handle(intent)

    return at_once([sender(index, intent) for index, intent in enumerate(intents)])


def check_whole(store: Store) -> None:
    """Positions, sequences and invoice numbers rise from 1 without gap or double."""
    events = store.read_log(limit=100_000)
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    streams: dict[str, list[int]] = {}
    for event in events:
        streams.setdefault(event.stream, []).append(event.sequence)
    for sequences in streams.values():
        assert sequences == list(range(1, len(sequences) + 1))


@pytest.mark.rule("ALL-03", "ALL-07")
def test_a_hundred_writers_add_a_seat_each(desk: Desk):
    """All of them are added, each with a number and an invoice of its own."""
    ten_seats(desk)
    fields = {"subscription": "vpn", "quantity": 1}
    answers = commands(desk, [Intent("AddSeats", fields, OWNER) for _ in range(100)])

    assert all(isinstance(answer, Accepted) for answer in answers)
    state = desk.service.state("acme")
    assert state.subscriptions["vpn"].usable.ranges() == [[1, 110]]
    assert desk.store.stream_version("invoices/EV-2020") == 101
    assert len({answer.result["invoices"][0] for answer in answers}) == 100
    assert state == Service(desk.store, desk.clock).state("acme")
    check_whole(desk.store)


@pytest.mark.rule("ALL-03")
def test_one_command_sent_by_many_acts_once(desk: Desk):
    """Every sender gets the same answer, and one of them made the facts."""
    ten_seats(desk)
    intent = Intent("AddSeats", {"subscription": "vpn", "quantity": 1}, OWNER, command_id="k")
    answers = commands(desk, [intent] * 20)

    assert sorted(answer.repeated for answer in answers) == [False] + [True] * 19
    assert all(answer.events == answers[0].events for answer in answers)
    assert desk.service.state("acme").subscriptions["vpn"].usable.ranges() == [[1, 11]]


@pytest.mark.rule("ALL-03", "ALL-04")
def test_one_account_opened_by_many(desk: Desk):
    """With one key it is one account and one person; with several keys the others are refused."""
    desk.publish("expressvpn")
    fields = {"account": "acme", "email": OWNER, "country": "VG"}
    same = commands(desk, [Intent("OpenAccount", fields, OWNER, command_id="k")] * 8)
    fields = {**fields, "account": "b"}
    others = [Intent("OpenAccount", fields, OWNER, command_id=f"o{n}") for n in range(8)]
    answers = commands(desk, others)

    assert sorted(answer.repeated for answer in same) == [False] + [True] * 7
    assert answers.count("account.exists") == 7
    assert [row.address_key for row in desk.store.people("acme")] == [OWNER]
    assert [row.address_key for row in desk.store.people("b")] == [OWNER]


@pytest.mark.rule("MS-05")
def test_two_accounts_redeem_one_key(desk: Desk):
    """One of them wins; for the other the key has been used."""
    desk.publish("microsoft")
    for account in ("a", "b"):
        desk.open(account, country="FR")
        desk.do("GrantRole", account=account, email=OWNER, role="global_administrator")
    redeem = [{"account": a, "subscription": f"s-{a}", "key": KEY} for a in ("a", "b")]
    answers = commands(desk, [Intent("RedeemProductKey", fields, OWNER) for fields in redeem])

    assert answers.count("subscription.key_already_used") == 1
    assert sum(isinstance(answer, Accepted) for answer in answers) == 1


@pytest.mark.rule("ALL-04")
def test_one_id_wanted_by_two_accounts(desk: Desk):
    """A subscription's and an order's id are unique in the ledger, whoever comes first."""
    desk.publish("parallels")
    for account in "abcd":
        desk.open(account)
    buy = {"plan": "desktop-business-12m", "seats": 1, "payment_method": "card"}
    same = [{**buy, "account": a, "subscription": "s"} for a in "abcd"]
    orders = [{**buy, "account": a, "subscription": f"s-{a}", "order": "o"} for a in "abcd"]

    first = commands(desk, [Intent("StartSubscription", fields, OWNER) for fields in same])
    second = commands(desk, [Intent("StartSubscription", fields, OWNER) for fields in orders])
    assert first.count("subscription.exists") == 3
    assert second.count("order.exists") == 3
    check_whole(desk.store)


def test_a_new_person_named_by_many_is_one_person(desk: Desk):
    """Whoever comes second finds the person of whoever came first."""
    ten_seats(desk)
    fields = {"account": "acme", "email": "new@acme.example"}
    roles = ("administrator", "auditor", "billing_contact", "billing_administrator")
    intents = [Intent("GrantRole", {**fields, "role": role}, OWNER) for role in roles]
    answers = commands(desk, intents)

    assert all(isinstance(answer, Accepted) for answer in answers)
    person = desk.store.person_by_address("acme", "new@acme.example")
    assert person is not None
    assert sorted(desk.service.state("acme").roles[person.person]) == sorted(roles)


def test_many_ticks_at_once_do_everything_once(desk: Desk):
    """What is due is done by one of them; together they count what was done."""
    ten_seats(desk)
    desk.open("two")
    desk.do("ApplyForVolumeLicences", account="two")
    desk.do("ApproveApplication", SELLER, account="two")
    desk.do("StartSubscription", account="two", subscription="v2", plan="volume-1m", seats=5,
            payment_method="card")  # fmt: skip
    desk.at("2021-07-01")
    services = [Service(desk.store, desk.clock) for _ in range(SERVICES)]
    counts = at_once([service.tick for service in services])

    assert sum(counts) == 1 + 12
    due = [e.command_id for e in desk.log() if e.command_id.startswith("due/") and e.command]
    assert len(due) == len(set(due)) == 13
    assert desk.service.next_due() == instant("2021-07-20")
    check_whole(desk.store)


def test_catalogues_published_at_once(desk: Desk):
    """Two versions of one catalogue do not mix, and two catalogues cannot share a series."""
    changed = [mapping_of("expressvpn") for _ in range(4)]
    for number, catalogue in enumerate(changed):
        catalogue["plans"]["volume-12m"]["title"] = f"Title {number}"
    intents = [Intent("PublishPlan", {"catalogue": one}, SELLER) for one in changed]
    assert all(isinstance(answer, Accepted) for answer in commands(desk, intents))

    twin = {**mapping_of("expressvpn"), "catalogue": "twin"}
    refused = commands(desk, [Intent("PublishPlan", {"catalogue": twin}, SELLER)])
    assert refused == ["command.invalid"]
    assert desk.service.catalogue("expressvpn").plan_version("volume-12m", 4).version == 4
    assert desk.service.catalogues() == ("expressvpn",)


def test_a_clock_a_day_behind_does_not_number_backwards(desk: Desk):
    """A service whose clock is behind issues on the last day of the series, not before it."""
    ten_seats(desk)
    desk.open("two")
    behind = FixedClock(desk.clock.now())
    desk.at("2020-06-22T00:30")
    desk.do("AddSeats", subscription="vpn", quantity=1)
    fields = {"account": "two", "subscription": "i", "plan": "individual-12m", "seats": 1,
              "payment_method": "card"}  # fmt: skip
    answer = Service(desk.store, behind).handle(Intent("StartSubscription", fields, OWNER))

    assert isinstance(answer, Accepted)
    numbers = [e for e in desk.log() if e.type == "NumberGiven"]
    assert [str(e.effective_on) for e in numbers] == ["2020-06-20", "2020-06-22", "2020-06-22"]
    assert str(answer.events[0].effective_on) == "2020-06-20"
