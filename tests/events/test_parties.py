"""Sentences of a vendor: one text, or the same one by language, under the code of a refusal."""

import pytest
from pydantic import TypeAdapter, ValidationError

from events.parties import Sentences

SENTENCES: TypeAdapter[Sentences] = TypeAdapter(Sentences)


def test_a_sentence_is_one_text_or_one_by_language():
    """Both forms are read and written as they are given."""
    given = {
        "seats.below_minimum": "Five at least.",
        "seats.unknown": {"en": "No such seat.", "fr-CA": "Ce poste n'existe pas."},
    }

    assert SENTENCES.dump_python(SENTENCES.validate_python(given)) == given


@pytest.mark.parametrize(
    "given",
    [
        {"below minimum": "Five."},
        {"seats.below_minimum": ""},
        {"seats.below_minimum": {}},
        {"seats.below_minimum": {"english": "Five."}},
        {"seats.below_minimum": "two\nlines"},
    ],
)
def test_what_is_no_sentence_of_a_refusal_is_refused(given):
    """No code, no text, no language, a tag that is none, more than a line: none of them."""
    with pytest.raises(ValidationError):
        SENTENCES.validate_python(given)
