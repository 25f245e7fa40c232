"""States in any history: from a snapshot, decided anew, and as the projections have it."""

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.due import next_due_day
from commands.renewals import renewal_quote
from commands.state.account import AccountState, evolve, initial
from commands.state.catalogue import CatalogueState, evolve_catalogue, initial_catalogue
from commands.state.subscriptions import Subscription
from events.envelope import Recorded
from events.registry import catalogue_stream
from ledger.scenarios.runner import folded as rows_of
from ledger.states.cache import Accounts, folded
from ledger.states.snapshots import decode, encode
from ledger.store.contract import account_stream
from ledger.writer import Intent, Service
from ledger.writer.decide import State, decide_again
from projections.accounts import AccountRow
from projections.charges import ChargeRow
from projections.credit import CreditLotRow, CreditRow
from projections.due import DueRow, first_days
from projections.invoices import InvoiceRow
from projections.orders import CartRow, OrderRow
from projections.renewals import RenewalRow
from projections.rows import MemoryRows
from projections.seats import SeatRow, SeatsRow
from projections.subscriptions import SubscriptionRow
from tests.properties.examples import few
from tests.support.histories import Run, Told, histories, run
from tests.support.worlds import WORLDS


def snapshots_change_nothing(played: Run) -> None:
    """From zero, from a snapshot at any place, and by a service that keeps many: one state."""
    often = Accounts(played.store, kept=1, snapshot_every=7)
    for account in played.accounts():
        stored = played.store.read_account(account)
        state = played.service.state(account)
        assert folded(initial(), stored) == state
        for cut in range(0, len(stored), max(len(stored) // 5, 1)):
            kept = encode(folded(initial(), stored[:cut]))
            assert encode(decode(kept)) == kept
            assert folded(decode(kept), stored[cut:]) == state
        assert often.now(account) == state
        assert often.as_of(account, played.store.head()) == state
    for account in played.accounts():
        assert often.now(account) == played.service.state(account)


def decisions_come_out_again(played: Run) -> None:
    """Each decision made anew from its record, the facts before it and its catalogue version."""
    catalogues: dict[str, list[CatalogueState]] = {}
    accounts: dict[str, AccountState] = {}
    for decision in _decisions(played.events()):
        first, record = decision[0], decision[0].command
        assert record is not None
        name = str(record.catalogue["name"])
        if first.account is None:
            name = first.stream.removeprefix(catalogue_stream(""))
        versions = catalogues.setdefault(name, [initial_catalogue()])
        offer = versions[record.catalogue["version"]]
        state: State = offer
        if first.account is not None:
            state = accounts.get(first.account, initial())
            assert state.version == record.account_version
        again = decide_again(first, state, offer)
        assert list(again) == [event.fact for event in decision]
        for event in decision:
            if event.stream == catalogue_stream(name):
                versions.append(evolve_catalogue(versions[-1], event.fact, event.sequence))
            elif event.account is not None and event.stream == account_stream(event.account):
                accounts[event.account] = evolve(
                    accounts.get(event.account, initial()),
                    event.fact,
                    event.effective_at,
                    event.effective_on,
                )


def _decisions(events: list[Recorded]) -> Iterator[list[Recorded]]:
    """The log, cut into decisions."""
    decision: list[Recorded] = []
    for event in events:
        if event.command is not None and decision:
            yield decision
            decision = []
        decision.append(event)
    if decision:
        yield decision


def state_and_rows_agree(played: Run) -> None:
    """What decisions know and what readers see is the same."""
    rows = rows_of(played.service, played.store)
    due = first_days(rows.page(DueRow), date.max)
    for account in played.accounts():
        state = played.service.state(account)
        offer = played.service.catalogue(state.catalogue)
        _account_agrees(state, rows)
        for sub in state.subscriptions.values():
            _subscription_agrees(sub, rows)
            quote = None if sub.planned and sub.ended else renewal_quote(offer, sub)
            row = rows.get(RenewalRow, sub.subscription)
            assert (row is None) == (quote is None), sub
            if row is not None and quote is not None:
                assert (row.renewal_date, row.seats) == (quote.renewal_date, quote.seats)
        wanted = next_due_day(state)
        known = {name: day for day, name in due}.get(account)
        assert wanted is None or (known is not None and known <= wanted)


def _account_agrees(state: AccountState, rows: MemoryRows) -> None:
    row = rows.get(AccountRow, state.account)
    assert row is not None
    assert (row.catalogue, row.currency, row.time_zone) == (
        state.catalogue,
        state.currency,
        state.time_zone,
    )
    assert (row.details, row.channel) == (state.details, state.channel)
    assert (row.application, row.domains) == (state.application, state.domains)
    held = {(person, role) for person, roles in state.roles.items() for role in roles}
    assert {(one.person, one.role) for one in row.roles} == held
    assert set(row.payment_methods) == set(state.methods)
    cart = rows.get(CartRow, state.account)
    lines = [] if cart is None else [(one.subscription, one.plan, one.seats) for one in cart.lines]
    assert lines == [(one.subscription, one.plan, one.seats) for one in state.cart]
    _money_agrees(state, rows)
    orders = {row.key: row for row in rows.page(OrderRow, account=state.account)}
    assert {name: one.status for name, one in orders.items()} == {
        name: one.status for name, one in state.orders.items()
    }
    for name in state.waiting:
        assert orders[name].lines == state.orders[name].lines
        received = orders[name].received
        paid = sum(part.amount.minor for part in state.orders[name].paid)
        assert (0 if received is None else received.minor) == paid


def _money_agrees(state: AccountState, rows: MemoryRows) -> None:
    credit = rows.get(CreditRow, state.account)
    assert credit is not None
    lots = {row.lot.credit: row.lot for row in rows.page(CreditLotRow, account=state.account)}
    own = state.books.lots
    assert {name: lot.left for name, lot in lots.items()} == {
        name: lot.left for name, lot in own.by_id.items()
    }
    assert credit.balance.minor == sum(own.by_id[name].left.minor for name in own.open)
    assert credit.awaiting_refund.minor == sum(lot.left.minor for lot in own.awaiting_refund)
    for name, lot in lots.items():
        paid = sum(use.amount.minor for use in lot.used)
        spent = paid + lot.withdrawn.minor + lot.refunded.minor
        assert lot.amount.minor == lot.left.minor + spent
        assert own.by_id[name].spent.minor == paid + lot.refunded.minor
    invoices = {
        row.key: row
        for row in rows.page(InvoiceRow, account=state.account)
        if row.kind == "invoice"
    }
    assert set(invoices) == set(state.books.invoices)
    for name, invoice in state.books.invoices.items():
        row = invoices[name]
        assert (row.document, row.due) == (invoice.document, invoice.due)
        assert (row.paid, row.credit_used) == (invoice.paid, invoice.credit_used)
        assert (row.waived, row.taken) == (invoice.waived, invoice.taken)
        assert len(row.credited_by) == invoice.notes
        assert (row.status == "credited") == invoice.credited
        assert (row.status == "open") == bool(row.due.minor)
    charges = {row.key: row for row in rows.page(ChargeRow, account=state.account)}
    assert set(charges) == set(state.books.charges)
    unbilled = {part.fact.charge: part.amount for part in state.books.unbilled}
    for name, charge in state.books.charges.items():
        found = charges[name]
        assert found.taken_back == charge.taken_back
        assert found.invoices == tuple(dict.fromkeys(place for place, _ in charge.places))
        waits = unbilled.get(name)
        assert found.unbilled.minor == (0 if waits is None else waits.minor)


def _subscription_agrees(sub: Subscription, rows: MemoryRows) -> None:
    row = rows.get(SubscriptionRow, sub.subscription)
    assert row is not None
    assert (row.plan, row.plan_version, row.product, row.kind) == (
        sub.plan,
        sub.plan_version,
        sub.product,
        sub.kind,
    )
    assert (row.term, row.renews) == (sub.term, sub.renews)
    assert (row.status == "ended") == sub.ended
    if not sub.ended:
        assert row.cancelled == sub.cancelled
        assert (row.planned is None) == (sub.planned is None)
        assert (row.status == "pending") == (sub.starting is not None)
    if row.planned is not None and sub.planned is not None:
        assert (row.planned.plan, row.planned.seats) == (sub.planned.plan, sub.planned.seats)
    assert row.payment_method == sub.payment_method
    seats = rows.get(SeatsRow, sub.subscription)
    if seats is None:
        assert not sub.numbered
        return
    assert seats.sets.usable == sub.usable
    assert seats.assigned_seats == sub.assigned
    assert seats.sets.renewing == sub.renewing
    assert seats.pending == (0 if sub.ended else sub.pending_seats)
    for number, holder in sub.holders.items():
        seat = next(
            one for one in rows.page(SeatRow, subscription=sub.subscription) if one.seat == number
        )
        assert (seat.person, seat.other) == (holder.person, holder.other)
        assert (seat.activation is not None) == (holder.activation is not None)
        assert seat.activated == holder.activated


@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_a_snapshot_changes_nothing(world: str, data: st.DataObject):
    """The state folded from a snapshot is the state folded from zero."""
    snapshots_change_nothing(run(data.draw(histories(world))))


@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_every_decision_comes_out_again(world: str, data: st.DataObject):
    """Decided anew from its command record alone, each decision gives the same facts."""
    decisions_come_out_again(run(data.draw(histories(world))))


@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_write_state_and_projections_agree(world: str, data: st.DataObject):
    """Seats, credit, invoices, renewals, orders and due days are the same on both sides."""
    state_and_rows_agree(run(data.draw(histories(world))))


@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_services_that_take_turns_are_one_ledger(world: str, data: st.DataObject):
    """Each command goes to another of three services: all of them know what the others wrote."""
    services: list[Service] = []

    def elsewhere(played: Run, intent: Intent) -> Told:
        if not services:
            services.extend(Service(played.store, played.clock) for _ in range(3))
        services.append(played.service)
        played.service = services.pop(0)
        return played.send(intent)

    history = data.draw(histories(world))
    played = run(history, elsewhere)
    assert [told.refused for told in played.told] == [told.refused for told in run(history).told]
    for service in (*services, Service(played.store, played.clock)):
        for account in played.accounts():
            assert service.state(account) == played.service.state(account)
        assert service.next_due() == played.service.next_due()
    decisions_come_out_again(played)
