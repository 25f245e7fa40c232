"""Several services, in processes and on stores of their own, write into one PostgreSQL at once."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from ledger.clock import Clock, FixedClock, SystemClock
from ledger.store.postgres.store import PostgresStore
from ledger.writer import Intent, Service
from tests.ledger.writer.test_together import check_whole
from tests.support.desk import OWNER, Desk
from tests.support.intent_writer import answer

PROCESSES = 4
HERE = Path(__file__).parents[3]
TYPED_CONFLICT = "command.version_conflict"


@pytest.fixture
def desk(postgres_url: str) -> Iterator[Desk]:
    """A desk on PostgreSQL whose clock is the computer's, as that of the other processes."""
    clock = FixedClock(SystemClock().now())
    with PostgresStore(postgres_url, clock, pool_size=2) as store:
        yield Desk(store, clock)


def by_processes(url: str, intents: Sequence[Intent]) -> list[dict[str, Any]]:
    """Send commands at once from several processes, each command in a thread of its own."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.intent_writer", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=HERE,
        )
        for _ in range(min(PROCESSES, len(intents)))
    ]
    answers: list[dict[str, Any]] = []
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for number, writer in enumerate(writers):
        own = intents[number :: len(writers)]
        lines = [{"name": one.name, "fields": one.fields, "actor": one.actor} for one in own]
        keys = [{"command_id": one.command_id} for one in own]
        text = "".join(json.dumps(a | b) + "\n" for a, b in zip(lines, keys, strict=True))
        assert writer.stdin is not None
        writer.stdin.write(text)
        writer.stdin.flush()
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        out, _ = writer.communicate(timeout=200)
        assert writer.returncode == 0
        answers += [json.loads(line) for line in out.splitlines()]
    return answers


def by_services(url: str, clock: Clock, intents: Sequence[Intent]) -> list[dict[str, Any]]:
    """Send commands at once, each from a service on a store of its own."""
    barrier = Barrier(len(intents))
    with ExitStack() as stack:
        stores = [
            stack.enter_context(PostgresStore(url, clock, pool_size=2)) for _ in range(len(intents))
        ]

        def send(place: int) -> dict[str, Any]:
            service = Service(stores[place], clock)
            barrier.wait()
            return answer(service, intents[place])

        with ThreadPoolExecutor(len(intents)) as threads:
            return list(threads.map(send, range(len(intents))))


def with_seats(desk: Desk, accounts: Sequence[str], seats: int = 10) -> None:
    """Accounts that each hold a subscription `s-ACCOUNT` by the year."""
    desk.publish("parallels")
    for account in accounts:
        desk.open(account, country="US")
        desk.do(
            "StartSubscription",
            account=account,
            subscription=f"s-{account}",
            plan="desktop-business-12m",
            seats=seats,
            payment_method="card",
        )


@pytest.mark.rule("ALL-03", "ALL-07")
def test_a_hundred_writers_in_four_processes_add_a_seat_each(desk: Desk, postgres_url: str):
    """Exactly as many seats as were accepted, all other writers told of the conflict."""
    with_seats(desk, ["acme"])
    fields = {"subscription": "s-acme", "quantity": 1}
    intents = [Intent("AddSeats", fields, OWNER, command_id=f"k{n}") for n in range(100)]
    answers = by_processes(postgres_url, intents)

    added = [one for one in answers if one["outcome"] == "accepted"]
    assert {one["outcome"] for one in answers} <= {"accepted", TYPED_CONFLICT}
    state = Service(desk.store, desk.clock).state("acme")
    assert state.subscriptions["s-acme"].usable.ranges() == [[1, 10 + len(added)]]
    seats = sorted(one["result"]["seats"][0][0] for one in added)
    assert seats == list(range(11, 11 + len(added)))
    numbers = sorted(one["result"]["invoices"][0] for one in added)
    series = numbers[0].rsplit("-", 1)[0]
    assert numbers == [f"{series}-{n:06d}" for n in range(2, 2 + len(added))]
    check_whole(desk.store)


@pytest.mark.rule("ALL-07")
def test_accounts_that_invoice_at_once_share_a_series_without_gap(desk: Desk, postgres_url: str):
    """Four processes invoice forty accounts: none is refused, each number comes once."""
    accounts = [f"a{n}" for n in range(40)]
    with_seats(desk, accounts, seats=1)
    intents = [
        Intent("AddSeats", {"subscription": f"s-{account}", "quantity": 2}, OWNER)
        for account in accounts
    ]
    answers = by_processes(postgres_url, intents)

    assert {one["outcome"] for one in answers} == {"accepted"}
    assert len({one["result"]["invoices"][0] for one in answers}) == 40
    series = answers[0]["result"]["invoices"][0].rsplit("-", 1)[0]
    assert desk.store.stream_version(f"invoices/{series}") == 80
    check_whole(desk.store)


@pytest.mark.rule("ALL-03")
def test_one_command_sent_by_eight_services_acts_once(desk: Desk, postgres_url: str):
    """One effect, and the same answer for all of them."""
    with_seats(desk, ["acme"])
    fields = {"subscription": "s-acme", "quantity": 3}
    intents = [Intent("AddSeats", fields, OWNER, command_id="k")] * 8
    answers = by_services(postgres_url, desk.clock, intents)

    assert sorted(one.pop("repeated") for one in answers) == [False] + [True] * 7
    assert all(one == answers[0] for one in answers)
    assert desk.service.state("acme").subscriptions["s-acme"].usable.ranges() == [[1, 13]]
    check_whole(desk.store)


@pytest.mark.rule("ALL-03")
def test_one_key_with_eight_contents_acts_once(desk: Desk, postgres_url: str):
    """Whoever comes first has the key; the others are told that it is used."""
    with_seats(desk, ["acme"])
    contents = [{"subscription": "s-acme", "quantity": n} for n in range(1, 9)]
    intents = [Intent("AddSeats", fields, OWNER, command_id="k") for fields in contents]
    answers = by_services(postgres_url, desk.clock, intents)

    outcomes = sorted(one["outcome"] for one in answers)
    assert outcomes == ["accepted"] + ["command.id_reused"] * 7
    check_whole(desk.store)


@pytest.mark.rule("MS-05")
def test_one_product_key_is_redeemed_by_one_of_two_accounts(desk: Desk, postgres_url: str):
    """One wins; for the other it has been used, and its own id is still free."""
    desk.publish("microsoft")
    for account in ("a", "b"):
        desk.open(account, country="FR")
        desk.do("GrantRole", account=account, email=OWNER, role="billing_administrator")
    for number in range(1, 7):
        key = f"DEMO1-AAAAA-BBBBB-CCCCC-0000{number}"
        intents = [
            Intent(
                "RedeemProductKey",
                {"account": a, "subscription": f"{a}{number}", "key": key},
                OWNER,
            )
            for a in ("a", "b")
        ]
        answers = by_services(postgres_url, desk.clock, intents)
        outcomes = sorted(one["outcome"] for one in answers)
        assert outcomes == ["accepted", "subscription.key_already_used"]
        owners = [desk.service.account_of("subscription", f"{a}{number}") for a in ("a", "b")]
        assert owners.count(None) == 1
    check_whole(desk.store)


@pytest.mark.rule("ALL-07")
def test_ticks_of_several_services_act_once(desk: Desk, postgres_url: str):
    """Twelve renewals of each of six accounts, done by six services at once: each once."""
    desk.at("2024-01-31T10:00")
    desk.publish("parallels")
    for n in range(6):
        desk.open(f"a{n}", country="US")
        desk.do(
            "StartSubscription",
            account=f"a{n}",
            subscription=f"s{n}",
            plan="desktop-business-1m",
            seats=1,
            payment_method="card",
        )
    desk.at("2025-02-01T10:00")
    with ExitStack() as stack:
        services = [
            Service(
                stack.enter_context(PostgresStore(postgres_url, desk.clock, pool_size=2)),
                desk.clock,
            )
            for _ in range(6)
        ]
        barrier = Barrier(6)

        def tick(service: Service) -> int:
            barrier.wait()
            return service.tick()

        with ThreadPoolExecutor(6) as threads:
            done = sum(threads.map(tick, services))
    keys = [e.command_id for e in desk.decisions() if e.actor.kind == "system"]
    assert len(keys) == len(set(keys)) == done == 6 * 12
    check_whole(desk.store)
