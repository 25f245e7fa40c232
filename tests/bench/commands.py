"""How many commands a second, in one process and from clients in a process of their own."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import count
from statistics import median
from typing import NamedTuple

from tests.bench.databases import SingleRows
from tests.bench.figures import Figure, Setting
from tests.bench.measuring import Measured, Sample, Work, beside_one_another, in_turns
from tests.bench.processes import OverHttp, OverSocket, followed
from tests.bench.service import (
    Command,
    Opened,
    adding,
    assigning,
    opened,
    opening,
    publication,
)
from tests.bench.stock import Stock

ACCOUNTS_EACH = 4
"""How many accounts a client writes to in turn; no other client does."""

HTTP_CLIENTS = 16

SEATS = {"AddSeats": 1, "AssignSeat": 50_000}
"""How many seats an account begins with."""

MAKERS: dict[str, Callable[[str, int], Command]] = {"AddSeats": adding, "AssignSeat": assigning}


class Traffic(NamedTuple):
    """Accounts, and what each client sends next."""

    url: str
    name: str
    turns: tuple[Iterator[int], ...]

    def next(self, client: int) -> Command:
        """The next command of a client."""
        turn = next(self.turns[client])
        account = f"a{client * ACCOUNTS_EACH + turn % ACCOUNTS_EACH}"
        return MAKERS[self.name](account, turn)


@contextmanager
def traffic(setting: Setting, name: str, clients: int) -> Iterator[tuple[Traffic, Opened]]:
    """A ledger with the accounts of these clients, which is followed meanwhile; and a service."""
    url = setting.server.ledger()
    with opened(url) as service, followed(url):
        service.send(publication())
        for number in range(clients * ACCOUNTS_EACH):
            service.send_all(opening(f"a{number}", SEATS[name]))
        yield Traffic(url, name, tuple(count() for _ in range(clients))), service
    setting.server.drop(url)


def settled(work: Work, service: Opened, lags: list[float]) -> Work:
    """A work after which the views catch up before the next is measured; the times it took."""

    def settling() -> Sample:
        sample = work()
        lags.append(service.caught_up_after())
        return sample

    return settling


def told(measured: Measured, lags: list[float], *notes: str) -> Measured:
    """The measurement, with how far the followers were behind."""
    lag = f"followers had caught up {max(lags):.1f} s after the end of the slowest round"
    return Measured(measured.rounds, (*notes, lag))


def in_process(setting: Setting, name: str, clients: int) -> Measured:
    """Clients that are threads of the service's process."""
    lags: list[float] = []
    with (
        traffic(setting, name, clients) as (sent, service),
        closing(Stock(setting.server, clients, setting.seconds)) as stock,
    ):

        def ours() -> Sample:
            return beside_one_another(
                clients, setting.seconds, lambda client: service.send(sent.next(client))
            )

        works = {
            "service": settled(ours, service, lags),
            "stock eventsourcing": stock,
            "pgbench, one row a commit": SingleRows(setting.server, clients, setting.seconds),
        }
        return told(in_turns(works, setting.pairs), lags)


def from_outside(setting: Setting, name: str) -> Measured:
    """The processor's time of a service whose clients are in a process of their own."""
    lags: list[float] = []
    rates: list[float] = []
    clients, seconds = setting.clients, setting.seconds
    with (
        traffic(setting, name, clients) as (sent, service),
        OverSocket(sent.url, clients) as served,
    ):

        def ours() -> Sample:
            def send(client: int) -> None:
                served.send(client, sent.next(client))

            sample = beside_one_another(clients, seconds, send, served.cpu)
            rates.append(sample.value)
            return _cpu_of(sample)

        def echo() -> Sample:
            def send(client: int) -> None:
                served.send(client, "hello")

            return _cpu_of(beside_one_another(clients, seconds, send, served.cpu))

        works = {"service": settled(ours, service, lags), "an answer without a command": echo}
        measured = in_turns(works, setting.pairs)
        return told(measured, lags, f"{clients} clients, {median(rates):,.0f} commands/s")


def _cpu_of(sample: Sample) -> Sample:
    """The processor's time as the figure itself."""
    return Sample(sample.cpu_ms or 0.0, None, sample.p99_ms)


def over_http(setting: Setting, name: str) -> Measured:
    """The whole way from clients elsewhere, against a route that only answers."""
    lags: list[float] = []
    seconds = setting.seconds
    with (
        traffic(setting, name, HTTP_CLIENTS) as (sent, service),
        OverHttp(sent.url, HTTP_CLIENTS) as served,
    ):

        def ours() -> Sample:
            def send(client: int) -> None:
                served.send(client, sent.next(client))

            return beside_one_another(HTTP_CLIENTS, seconds, send, served.cpu)

        fields = MAKERS[name]("a0", 0).fields

        def echo() -> Sample:
            def send(client: int) -> None:
                served.echo(client, fields)

            return beside_one_another(HTTP_CLIENTS, seconds, send, served.cpu)

        works = {"service": settled(ours, service, lags), "echo route": echo}
        return told(in_turns(works, setting.pairs), lags, f"{HTTP_CLIENTS} clients")


def _many(name: str, setting: Setting) -> Measured:
    return in_process(setting, name, setting.clients)


def _one(name: str, setting: Setting) -> Measured:
    return in_process(setting, name, 1)


def _outside(name: str, setting: Setting) -> Measured:
    return from_outside(setting, name)


def _http(name: str, setting: Setting) -> Measured:
    return over_http(setting, name)


_ADD = "AddSeats with invoice and payment"
FIGURES = (
    Figure("add_seats_64", f"{_ADD}, many clients", "commands/s",
           "850/s, 1.7x stock, p99 200 ms", partial(_many, "AddSeats")),
    Figure("add_seats_1", f"{_ADD}, one client", "commands/s",
           "0.5x stock", partial(_one, "AddSeats")),
    Figure("assign_seat_64", "AssignSeat, many clients", "commands/s",
           "2,500/s, p99 200 ms", partial(_many, "AssignSeat")),
    Figure("assign_seat_1", "AssignSeat, one client", "commands/s",
           "0.9x stock", partial(_one, "AssignSeat")),
    Figure("add_seats_cpu", "processor's time of the service, AddSeats", "ms a command",
           "0.9 ms", partial(_outside, "AddSeats"), less=True),
    Figure("assign_seat_cpu", "processor's time of the service, AssignSeat", "ms a command",
           "0.30 ms", partial(_outside, "AssignSeat"), less=True),
    Figure("http_assign_seat", "AssignSeat over HTTP", "requests/s",
           "", partial(_http, "AssignSeat")),
)  # fmt: skip
