"""The log of any history: places without gaps, numbers without gaps, days that never go back."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import Recorded
from events.invoices import CreditNoteIssued, InvoiceIssued, NumberGiven
from events.registry import FACTS
from tests.properties.examples import few
from tests.support.histories import Run, histories, run
from tests.support.worlds import WORLDS


def places_have_no_gaps(played: Run) -> None:
    """Positions, sequences of each stream, and numbers among an account's public facts."""
    events = played.events()
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    streams: dict[str, list[int]] = defaultdict(list)
    public: dict[str, list[int]] = defaultdict(list)
    for event in events:
        streams[event.stream].append(event.sequence)
        if event.account is not None and FACTS[event.type].PUBLIC:
            assert event.account_sequence is not None
            public[event.account].append(event.account_sequence)
    for sequences in (*streams.values(), *public.values()):
        assert sequences == list(range(1, len(sequences) + 1))
    moments = [event.recorded_at for event in events]
    assert moments == sorted(moments)


def numbers_have_no_gaps(played: Run) -> None:
    """Each document has one number, in its own transaction, and days never go back in a series."""
    events = played.events()
    documents = {
        event.fact.invoice: event
        for event in events
        if isinstance(event.fact, InvoiceIssued | CreditNoteIssued)
    }
    series: dict[str, list[Recorded]] = defaultdict(list)
    for event in events:
        if isinstance(event.fact, NumberGiven):
            series[event.fact.series].append(event)
            document = documents.pop(event.fact.invoice)
            assert document.command_id == event.command_id
            assert document.fact.issued_on == event.fact.issued_on  # type: ignore[attr-defined]
    assert not documents
    for name, numbers in series.items():
        assert [event.stream for event in numbers] == [f"invoices/{name}"] * len(numbers)
        assert [event.sequence for event in numbers] == list(range(1, len(numbers) + 1))
        days = [event.effective_on for event in numbers]
        assert days == sorted(days)


def decisions_stand_together(played: Run) -> None:
    """The facts of a decision follow one another, and the first alone holds its record."""
    previous = ""
    seen: set[str] = set()
    for event in played.events():
        is_first = event.command_id != previous
        assert (event.command is not None) == is_first, event
        if is_first:
            assert event.command_id not in seen
            seen.add(event.command_id)
        previous = event.command_id


@pytest.mark.rule("ALL-10")
@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_no_place_is_left_out_or_given_twice(world: str, data: st.DataObject):
    """Positions, sequences and account numbers run 1, 2, 3 … and time never goes back."""
    played = run(data.draw(histories(world)))
    places_have_no_gaps(played)
    decisions_stand_together(played)


@pytest.mark.rule("ALL-07")
@pytest.mark.parametrize("world", WORLDS)
@few
@given(data=st.data())
def test_numbers_of_documents_have_no_gaps(world: str, data: st.DataObject):
    """Each document has one number, without gap or double, and days never go back in a series."""
    numbers_have_no_gaps(run(data.draw(histories(world))))
