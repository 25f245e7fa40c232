"""A hundred thousand seats in one subscription make a command do no more work than ten do.

Work is counted, not timed: calls of functions through the whole service, bytes that are written.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from ledger.writer import SELLER, Accepted
from tests.support.desk import Desk, mapping_of

LARGE = 100_000


def with_seats(seats: int) -> Desk:
    """A desk with an account that holds so many seats of a plan without upper bound."""
    catalogue = mapping_of("expressvpn")
    catalogue["plans"]["volume-12m"]["removal"] = "once_released"
    desk = Desk.in_memory()
    desk.do("PublishPlan", SELLER, catalogue=catalogue)
    desk.open()
    desk.do("ApplyForVolumeLicences", account="acme")
    desk.do("ApproveApplication", SELLER, account="acme")
    desk.do(
        "StartSubscription",
        account="acme",
        subscription="vpn",
        plan="volume-12m",
        seats=seats,
        payment_method="card",
    )
    person = {"name_": "Ann", "email": "ann@acme.example"}
    desk.do("AssignSeat", subscription="vpn", seat=2, **person)
    return desk


def calls_of(work: Callable[[], Any]) -> int:
    """How many functions, written in Python or not, are called in doing this."""
    count = 0

    def profiler(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(profiler)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


COMMANDS: dict[str, Callable[[Desk], Any]] = {
    "AddSeats": lambda desk: desk.do("AddSeats", subscription="vpn", quantity=1),
    "AssignSeat": lambda desk: desk.do(
        "AssignSeat", subscription="vpn", email="bob@acme.example", name_="Bob"
    ),
    "ReassignSeat": lambda desk: desk.do(
        "ReassignSeat", subscription="vpn", seat=2, email="cid@acme.example", name_="Cid"
    ),
    "ReleaseSeat": lambda desk: desk.do("ReleaseSeat", subscription="vpn", seat=2),
    "IssueActivation": lambda desk: desk.do("IssueActivation", subscription="vpn", seat=2),
    "DisableAutoRenew": lambda desk: desk.do(
        "DisableAutoRenew", subscription="vpn", seat_numbers=[3]
    ),
    "RemoveSeats": lambda desk: desk.do("RemoveSeats", subscription="vpn", seat_numbers=[10]),
    "CancelSubscription": lambda desk: desk.do("CancelSubscription", subscription="vpn"),
    "preview": lambda desk: desk.preview("AddSeats", subscription="vpn", quantity=1),
    "refused": lambda desk: desk.refused(
        "AssignSeat", subscription="vpn", seat=2, email="bob@acme.example", name_="Bob"
    ),
    "renewal": lambda desk: desk.at("2021-06-20T10:00").service.tick(),
    "end": lambda desk: desk.at("2021-06-20T10:00").service.tick(),
}


def work_of(command: str, seats: int) -> tuple[int, int]:
    """Calls, and bytes written, of a command with so many seats; not the first of its kind."""
    for _ in range(2):
        desk = with_seats(seats)
        if command == "end":
            desk.do("CancelSubscription", subscription="vpn")
        before = desk.store.head()
        calls = calls_of(lambda desk=desk: COMMANDS[command](desk))  # type: ignore[misc]
    written = desk.store.read_log(after=before)
    assert written or command in {"preview", "refused"}
    return calls, sum(len(one.data) + len(one.command or b"") for one in written)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_hundred_thousand_seats_are_no_more_work_than_ten(command: str):
    """Neither more calls through the service nor more bytes in the log, but for longer figures."""
    calls, size = work_of(command, 10)
    many_calls, many_bytes = work_of(command, LARGE)

    assert many_calls <= calls * 1.05 + 20
    assert many_bytes <= size * 1.05 + 100


def test_states_of_many_seats_share_what_did_not_change():
    """A new state holds the same objects as the one before, all but those of the changed seat."""
    desk = with_seats(LARGE)
    before = desk.service.state("acme").subscriptions["vpn"]
    answer = desk.do("AssignSeat", subscription="vpn", email="bob@acme.example", name_="Bob")
    after = desk.service.state("acme").subscriptions["vpn"]

    assert isinstance(answer, Accepted)
    assert after.usable is before.usable
    assert after.term_charges is before.term_charges
    assert after.holders[2] is before.holders[2]


@pytest.mark.parametrize("command", ["AddSeats", "AssignSeat", "ReleaseSeat", "RemoveSeats"])
def test_seats_held_here_and_there_are_no_more_work(command: str):
    """Nor does it matter that the free seats are many short runs instead of one long one."""
    work: dict[int, int] = {}
    for held in (1, 300):
        for _ in range(2):
            desk = with_seats(LARGE)
            for n in range(held):
                person = {"name_": "Dan", "email": f"dan{n}@acme.example"}
                desk.do("AssignSeat", subscription="vpn", seat=4 + 300 * n, **person)
            work[held] = calls_of(lambda desk=desk: COMMANDS[command](desk))  # type: ignore[misc]

    assert work[300] <= work[1] * 1.05 + 20
