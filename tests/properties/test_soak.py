"""All laws over many more histories than `make check` has time for, by seeds that can be repeated.

`SEATLEDGER_SOAK_SEEDS` says how many of each world, 100 if it says nothing.
"""

import os
from collections.abc import Callable

import pytest

from tests.properties.test_books import books_show_what_is_open, revenue_is_the_charge
from tests.properties.test_commands import (
    previewed,
    refusals_leave_nothing,
    renewals_cost_what_was_shown,
    repeated,
    waiting_orders_cost_what_was_shown,
)
from tests.properties.test_log import (
    decisions_stand_together,
    numbers_have_no_gaps,
    places_have_no_gaps,
)
from tests.properties.test_money import (
    charges_are_billed_once,
    credit_pays_oldest_first,
    documents_add_up,
    invoices_add_up,
    money_is_conserved,
    nothing_is_taken_back_twice,
    payments_add_up,
)
from tests.properties.test_periods import (
    moved_terms_are_taken_back,
    renewals_keep_their_day,
    seats_are_paid_without_gap,
    terms_tile,
)
from tests.properties.test_seats import seats_are_counted
from tests.properties.test_states import (
    decisions_come_out_again,
    snapshots_change_nothing,
    state_and_rows_agree,
)
from tests.support.histories import Run, Send, run, seeded, sent
from tests.support.worlds import WORLDS

SEEDS = int(os.environ.get("SEATLEDGER_SOAK_SEEDS", "100"))

Laws = tuple[Callable[[Run], None], ...]
LAWS: Laws = (
    places_have_no_gaps,
    numbers_have_no_gaps,
    decisions_stand_together,
    documents_add_up,
    charges_are_billed_once,
    credit_pays_oldest_first,
    money_is_conserved,
    payments_add_up,
    invoices_add_up,
    nothing_is_taken_back_twice,
    terms_tile,
    renewals_keep_their_day,
    seats_are_paid_without_gap,
    moved_terms_are_taken_back,
    seats_are_counted,
    refusals_leave_nothing,
    snapshots_change_nothing,
    decisions_come_out_again,
    state_and_rows_agree,
    books_show_what_is_open,
    revenue_is_the_charge,
    renewals_cost_what_was_shown,
)
"""Every law that looks at a history afterwards; the last lets its time go on."""


def judge(world: str, seed: int, steps: int) -> list[str]:
    """The laws that a history breaks, each with where; none, one hopes."""
    broken: list[str] = []
    history = seeded(world, seed, steps)
    plays: tuple[tuple[Send, Laws], ...] = (
        (sent, LAWS),
        (previewed, (waiting_orders_cost_what_was_shown,)),
    )
    for how, laws in plays:
        law: Callable[..., object] = run
        try:
            played = run(history, how)
            for law in laws:
                law(played)
        except Exception as problem:
            # All seeds are tried, and those that fail are told together.
            broken.append(f"{world} {seed} {steps}: {law.__name__}: {problem!r}"[:600])
    return broken


@pytest.mark.soak
@pytest.mark.parametrize("world", WORLDS)
def test_all_laws_hold_over_many_histories(world: str):
    """Every law, over histories of 50 to 150 commands; failing seeds are told."""
    broken = [told for seed in range(SEEDS) for told in judge(world, seed, 50 + seed % 101)]
    assert not broken, "\n".join(broken)


@pytest.mark.soak
@pytest.mark.parametrize("world", WORLDS)
def test_repeats_act_once_over_many_histories(world: str):
    """Every accepted command is sent again, and again with another content."""
    for seed in range(SEEDS // 3):
        run(seeded(world, seed), repeated)
