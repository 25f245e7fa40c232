"""A night on which the subscriptions of many accounts renew, each with its invoice."""

from collections.abc import Iterator
from itertools import islice

from dateutil.relativedelta import relativedelta

from ledger.clock import FixedClock
from tests.bench.databases import SingleRows
from tests.bench.figures import Figure, Setting
from tests.bench.measuring import Measured, Sample, in_turns
from tests.bench.processes import Ticking, followed
from tests.bench.service import (
    BEGINNING,
    TEMPLATE,
    Rehearsal,
    copied,
    opened,
    opening,
    publication,
)

BATCH = 500
SEATS = 5
MIB = 1024 * 1024


def many(accounts: int) -> Iterator:
    """The decisions of so many accounts, each of which buys a subscription by the month."""
    rehearsal = Rehearsal()
    for command in opening(TEMPLATE, SEATS, "monthly"):
        rehearsal.send(command)
    template = rehearsal.take()
    for number in range(accounts):
        account = f"c{number:08d}"
        for decision in template:
            yield copied(decision, account, decision.command_id.replace(TEMPLATE, account))


def bought(url: str, accounts: int) -> None:
    """Have so many accounts buy."""
    decisions = many(accounts)
    with opened(url, FixedClock(BEGINNING)) as service:
        service.send(publication())
        while batch := list(islice(decisions, BATCH)):
            service.append(batch)


def renewing(setting: Setting) -> Measured:
    """Each night a month later, all of them renew; nothing warms up."""
    url = setting.server.ledger()
    bought(url, setting.due)
    peaks: list[int] = []
    nights = iter(range(1, setting.pairs + 1))
    with (
        opened(url) as service,
        followed(url),
        Ticking(url, BEGINNING) as ticking,
    ):
        service.caught_up_after(3600)

        def ours() -> Sample:
            night = BEGINNING + relativedelta(months=next(nights))
            done, took, used, peak = ticking.tick(night)
            if done != setting.due:
                raise ValueError(f"{done} of {setting.due} subscriptions were renewed")
            service.caught_up_after(3600)
            peaks.append(peak)
            return Sample(done / took, used / done * 1000)

        works = {
            "service": ours,
            "pgbench, one row a commit": SingleRows(setting.server, 1, setting.seconds),
        }
        measured = in_turns(works, setting.pairs, warm=False)
    memory = f"{setting.due:,} due; at most {max(peaks) / MIB:,.0f} MiB of memory"
    return Measured(measured.rounds, (memory,))


FIGURES = (
    Figure("renewals", "renewal night", "invoices/s", "600/s, under 300 MB", renewing),
)  # fmt: skip
