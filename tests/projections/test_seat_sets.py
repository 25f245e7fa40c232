"""Laws of the sets of seats, whatever happens to them."""

from hypothesis import given as given_any
from hypothesis import strategies as st

from events.seat_numbers import SeatNumbers
from events.seats import SeatsAdded, SeatsEnded, SeatsRemoved
from events.subscriptions import (
    AutoRenewDisabled,
    AutoRenewEnabled,
    SubscriptionCancelled,
    SubscriptionEnded,
    SubscriptionKept,
)
from projections.seat_sets import SeatSets, Waiting, after, settled, waiting_lines, with_waiting
from tests.support.given_facts import NEXT_TERM, TERM, charge, placed, seats, started, term_started

numbers = st.frozensets(st.integers(1, 20), max_size=8).map(SeatNumbers.of)
facts = st.one_of(
    st.just(started()),
    st.just(started(kind="trial", renews=False)),
    st.sampled_from(["renewal", "trial_converted", "billing_date_moved", "plan_changed"]).map(
        term_started
    ),
    st.just(SubscriptionCancelled(subscription="vpn", ends_on=TERM.end)),
    st.builds(AutoRenewDisabled, subscription=st.just("vpn"), seats=numbers),
    st.builds(AutoRenewEnabled, subscription=st.just("vpn"), seats=numbers),
    st.builds(
        SubscriptionKept, subscription=st.just("vpn"), cancelled=st.booleans(), seats=numbers
    ),
    st.builds(SeatsEnded, subscription=st.just("vpn"), seats=numbers),
    st.builds(
        SeatsRemoved,
        subscription=st.just("vpn"),
        seats=numbers,
        when=st.sampled_from(["at_once", "at_renewal"]),
    ),
    st.just(SubscriptionEnded(subscription="vpn", cause="cancelled")),
    st.builds(
        SeatsAdded,
        subscription=st.just("vpn"),
        seats=st.integers(1, 5).map(lambda count: SeatNumbers.span(1, count)),
        order=st.none(),
        renewing=st.booleans(),
        entitlements=st.just({}),
    ),
)


@given_any(st.lists(facts, max_size=40))
def test_every_seat_ever_numbered_is_usable_or_ended(happened):
    """No seat is lost or doubled: those numbered are the usable and the ended, and none is both."""
    sets, numbered = SeatSets(), 0
    for fact in happened:
        if isinstance(fact, SeatsAdded):
            new = SeatNumbers.span(numbered + 1, numbered + len(fact.seats))
            numbered += len(new)
            sets = after(sets, fact.model_copy(update={"seats": new}))
        else:
            sets = after(sets, fact)

        assert sets.usable | sets.ended == SeatNumbers.span(1, numbered)
        assert not sets.usable & sets.ended
        assert sets.renewing - sets.usable == SeatNumbers()


@given_any(st.lists(facts, max_size=20))
def test_a_cancelled_subscription_renews_nothing(happened):
    """After a cancellation no seat renews, whatever came before."""
    sets = SeatSets()
    for fact in [*happened, SubscriptionCancelled(subscription="vpn", ends_on=TERM.end)]:
        sets = after(sets, fact)

    assert len(sets.renewing) == 0


def test_orders_wait_side_by_side():
    """Each order takes its own seats along when it is settled."""
    first = Waiting("o1", "add", "yearly", 1, 5, None)
    second = Waiting("o2", "add", "yearly", 1, 3, None)
    sets = with_waiting(with_waiting(SeatSets(usable=seats((1, 2))), first), second)

    assert sets.pending == 8
    assert settled(sets, "o1").pending == 3
    assert settled(settled(sets, "o1"), "o1").waiting == (second,)


def test_waiting_line_names_the_end_of_its_new_term():
    """The term of a line that waits is that of its charge, not of what the order takes back."""
    order = placed(
        "o1",
        5,
        "move_billing_date",
        charges=(
            charge("150.00", "c3", "seats_added", term=NEXT_TERM),
            charge("-50.00", "c2", "unused_credit"),
        ),
    )

    ((subscription, waiting),) = waiting_lines(order)
    assert (subscription, waiting.seats, waiting.term_end) == ("vpn", 5, NEXT_TERM.end)
