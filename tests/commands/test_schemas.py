"""The shapes of what is shown: a preview has all of their keys, and no other."""

import pytest
from pydantic import TypeAdapter

from commands.purchases import AddSeats
from commands.schemas import Line, Preview
from commands.subscriptions import CancelSubscription
from tests.support.shop import started

SHOWN = TypeAdapter(Preview)


@pytest.mark.rule("ALL-02")
def test_a_preview_is_of_its_shape():
    """What a purchase shows passes through its shape unchanged; so does what shows no invoice."""
    story = started()
    buying = story.when(AddSeats, subscription="desk", quantity=5).preview
    leaving = story.when(CancelSubscription, subscription="desk").preview

    assert SHOWN.validate_python(buying, strict=True) == buying
    assert SHOWN.validate_python(leaving, strict=True) == leaving
    assert buying["invoice"] is not None
    assert leaving["invoice"] is None


def test_days_and_amounts_are_told_as_such():
    """A day is a string of a date, an amount a decimal string with its currency."""
    told = TypeAdapter(Line).json_schema()

    assert told["properties"]["period_start"].items() > {"format": "date", "type": "string"}.items()
    assert set(told["required"]) == set(told["properties"])
    assert "pattern" in told["$defs"]["Money"]["properties"]["amount"]
