"""Commands in any history: what a preview shows, what a refusal leaves, what a repeat answers."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.due import next_due_day
from commands.preview import document_view, line_view, money_view
from commands.renewals import renewal_quote
from events.charges import Charged
from events.invoices import CreditNoteIssued, InvoiceIssued
from events.money import Money
from events.orders import OrderPlaced
from events.subscriptions import TermStarted
from ledger.reading.quotes import Known, renewal_answers
from ledger.scenarios.runner import folded
from ledger.writer import Accepted, Intent, Previewed
from tests.properties.examples import few
from tests.properties.test_periods import taken_back
from tests.support.histories import Run, Told, histories, run
from tests.support.worlds import WORLDS

WAITING = {"pending_payment", "pending_credit_check"}


def previewed(played: Run, intent: Intent) -> Told:
    """Send a command as a dry run, then in earnest, and compare what is told."""
    if intent.dry_run:
        return played.send(intent)
    before = played.store.head()
    shown = played.send(replace(intent, dry_run=True))
    assert played.store.head() == before
    told = played.send(intent)
    if shown.refused is not None or told.refused is not None:
        assert shown.refused == told.refused
        return told
    assert isinstance(shown.answer, Previewed)
    assert isinstance(told.answer, Accepted)
    if not told.answer.repeated:
        _same_as_shown(played, intent, shown.answer.preview, told.answer)
    return told


def _same_as_shown(played: Run, intent: Intent, preview: dict[str, Any], answer: Accepted) -> None:
    facts = [event.fact for event in answer.events]
    documents = [
        (fact, "invoice" if isinstance(fact, InvoiceIssued) else "credit_note")
        for fact in facts
        if isinstance(fact, InvoiceIssued | CreditNoteIssued)
    ]
    gathered = [
        fact for fact in facts if isinstance(fact, Charged) and fact.statement_on is not None
    ]
    if answer.result.get("status") in WAITING:
        return
    _same_documents(preview, documents, gathered)
    if preview.get("renewal") is not None:
        assert preview["renewal"] == _renewal_now(played, intent, answer)


def _same_documents(
    preview: dict[str, Any],
    documents: list[tuple[InvoiceIssued | CreditNoteIssued, str]],
    gathered: list[Charged],
) -> None:
    """The documents as they come out, and what waits for a statement as one of its own."""
    shown = list(preview.get("documents", ()))
    for document, kind in documents:
        one = shown.pop(0)
        assert one["kind"] == kind
        assert one["lines"] == [line_view(line) for line in document.lines]
        assert one["total"] == money_view(document.total)
        if isinstance(document, InvoiceIssued):
            assert {**one, **document_view(document)} == one
    if gathered:
        lines = [(line["amount"], line["period_end"]) for line in shown.pop(0)["lines"]]
        assert lines == [(money_view(one.net), one.period.end.isoformat()) for one in gathered]
    assert not shown
    told = preview.get("documents", [])
    quoted = next((one for one in told if one["kind"] == "invoice"), next(iter(told), None))
    without_kind = quoted and {key: value for key, value in quoted.items() if key != "kind"}
    assert preview.get("invoice") == without_kind


def _renewal_now(played: Run, intent: Intent, answer: Accepted) -> dict[str, Any]:
    """The first renewal of the subscriptions that a command or its facts name, as it is now."""
    state = played.service.state(answer.account or "")
    offer = played.service.catalogue(state.catalogue)
    names = {event.subscription for event in answer.events if event.subscription is not None}
    names = names or {intent.fields["subscription"]}
    found = [renewal_quote(offer, state.subscriptions[name], with_pending=True) for name in names]
    quotes = [quote for quote in found if quote is not None]
    first = min(quote.renewal_date for quote in quotes)
    now = [quote for quote in quotes if quote.renewal_date == first]
    return {
        "renewal_date": first.isoformat(),
        "seats": sum(quote.seats for quote in now),
        "total": money_view(Money.total((quote.total for quote in now), state.currency)),
    }


def waiting_orders_cost_what_was_shown(played: Run) -> None:
    """An order that waited is invoiced by the lines of its preview, or gathered for its amounts."""
    shown: dict[str, dict[str, Any]] = {}
    preview: dict[str, Any] | None = None
    for told in played.told:
        if isinstance(told.answer, Previewed):
            preview = told.answer.preview.get("invoice")
        elif told.accepted and not told.accepted.repeated and preview is not None:
            if told.accepted.result.get("status") in WAITING:
                shown[told.accepted.result["order"]] = preview
            preview = None
        else:
            preview = None
    waiting: dict[str, set[str]] = {}
    overtaken: set[str] = set()
    for event in played.events():
        fact = event.fact
        if isinstance(fact, OrderPlaced):
            waiting[fact.order] = {back.charge for one in fact.charges for back in one.reverses}
        for charge, _minor in taken_back(fact):
            # What another order or a credit note took back meanwhile is not taken back again.
            own = getattr(fact, "order", None)
            overtaken |= {order for order in waiting if order != own and charge in waiting[order]}
        if isinstance(fact, InvoiceIssued) and fact.order in shown:
            lines = [_without_tax(line) for line in document_view(fact)["lines"]]
            told_ = [_without_tax(line) for line in shown[fact.order]["lines"]]
            if fact.order in overtaken:
                lines, told_ = _bought(lines), _bought(told_)
            assert lines == told_
        elif isinstance(fact, Charged) and fact.order in shown and fact.statement_on is not None:
            amounts = [line["amount"] for line in shown[fact.order]["lines"]]
            is_less = fact.reason == "unused_credit" and fact.order in overtaken
            assert is_less or money_view(fact.net) in amounts


def _bought(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines without what is taken back."""
    return [line for line in lines if line["reason"] != "unused_credit"]


def _without_tax(line: dict[str, Any]) -> dict[str, Any]:
    """A line without its last step, which names a rate that may have changed in between."""
    return {**line, "explain": line["explain"][:-1]}


def renewals_cost_what_was_shown(played: Run) -> None:
    """Left alone, each subscription renews on its day, for the seats and the total told."""
    promised = renewal_answers(Known.now(played.service), folded(played.service, played.store))
    waiting = {
        name
        for account in played.accounts()
        for name, sub in played.service.state(account).subscriptions.items()
        if sub.pending or sub.starting or sub.converting
    }
    before = played.store.head()
    if played.service.next_due() is None:
        return
    last = max((one["renewal_date"] for one in promised.values()), default="")
    while (due := played.service.next_due()) is not None and due.date().isoformat() <= last:
        played.clock.set(max(due, played.clock.now()))
        if not played.service.tick() and played.service.next_due() == due:
            break
    events = [event for event in played.events() if event.position > before]
    for name, told in promised.items():
        renewed = (
            event
            for event in events
            if isinstance(event.fact, TermStarted) and event.fact.subscription == name
        )
        term = next(renewed, None)
        if name in waiting or (term is None and _is_stuck(played, name)):
            continue
        assert term is not None, name
        charge = next(
            event.fact
            for event in events
            if event.command_id == term.command_id and isinstance(event.fact, Charged)
        )
        assert term.effective_on.isoformat() == told["renewal_date"]
        assert charge.quantity == told["seats"]
        assert money_view(charge.net) == told["total"]


def _is_stuck(played: Run, subscription: str) -> bool:
    """Whether due work of the subscription's account is refused, for want of a VAT rate say."""
    account = played.service.account_of("subscription", subscription)
    day = next_due_day(played.service.state(str(account)))
    return day is not None and day <= played.clock.now().date()


def refusals_leave_nothing(played: Run) -> None:
    """After a refused command or a dry run the log holds due work at most, and no key is used."""
    stored = {event.position: event for event in played.events()}
    for told in played.told:
        if told.refused is None and not isinstance(told.answer, Previewed):
            continue
        added = [stored[place] for place in range(told.before + 1, told.after + 1)]
        assert all(event.actor.kind == "system" for event in added)
        assert told.refused is None or told.refused.rule
        assert not isinstance(told.answer, Previewed) or not added
    accepted = {told.accepted.command_id for told in played.told if told.accepted is not None}
    for told in played.told:
        key = told.intent.command_id
        if key is not None and key not in accepted:
            assert played.store.answer(key) is None
            assert not played.store.events_of(key)


def repeated(played: Run, intent: Intent) -> Told:
    """Send a command, then again, and then with another content; only the first may act."""
    told = played.send(intent)
    if told.accepted is None or intent.command_id is None:
        return told
    before, people = played.store.head(), _people(played)
    again = played.send(intent).accepted
    assert again is not None
    assert again.repeated
    assert again.events == told.accepted.events
    assert (again.position, again.version) == (told.accepted.position, told.accepted.version)
    secrets = {"activation", "remedy"}
    assert {k: v for k, v in again.result.items() if k not in secrets} == {
        k: v for k, v in told.accepted.result.items() if k not in secrets
    }
    assert again.result.get("activation") is None
    other = played.send(replace(intent, actor="other@a0.example"))
    assert other.refused is not None
    assert other.refused.code == "command.id_reused"
    assert (played.store.head(), _people(played)) == (before, people)
    return told


def _people(played: Run) -> list[Any]:
    return [row for account in played.accounts() for row in played.store.people(account)]


@pytest.mark.rule("ALL-02", "PA-03")
@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_a_preview_is_what_the_command_then_does(world: str, data: st.DataObject):
    """Same refusal, or same lines, same cents, now or when the order that waited completes."""
    waiting_orders_cost_what_was_shown(run(data.draw(histories(world)), previewed))


@pytest.mark.rule("PA-03")
@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_a_renewal_costs_what_was_told(world: str, data: st.DataObject):
    """The next renewal has the day, the seats and the total that were shown for it."""
    renewals_cost_what_was_shown(run(data.draw(histories(world))))


@pytest.mark.rule("ALL-04")
@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_a_refused_command_leaves_no_event(world: str, data: st.DataObject):
    """Neither a fact nor a used key, and neither does a dry run."""
    refusals_leave_nothing(run(data.draw(histories(world))))


@pytest.mark.rule("ALL-03")
@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_a_command_sent_twice_acts_once(world: str, data: st.DataObject):
    """The repeat answers the same and writes nothing; another content is refused."""
    run(data.draw(histories(world)), repeated)
