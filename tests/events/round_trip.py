"""What every fact keeps: through its JSON it comes back equal, and no field is ever guessed."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from events.envelope import canonical
from events.fact import Fact, Value
from events.registry import fact_class

SAMPLES = Path(__file__).parent / "samples"


def data(name: str) -> dict[str, Any]:
    """The fields of the stored sample of a fact, first version."""
    content = json.loads((SAMPLES / f"{name}.v1.json").read_text(encoding="utf-8"))
    fields: dict[str, Any] = content["data"]
    return fields


def stored(name: str) -> Fact:
    """The stored sample of a fact."""
    return fact_class(name).model_validate_json(json.dumps(data(name)))


def read(kind: type[Value], fields: Any) -> Value:
    """A value from plain data, as JSON brings it."""
    return kind.model_validate_json(json.dumps(fields))


def comes_back(value: Value) -> None:
    """A value is equal after its canonical JSON, whose bytes are always the same; and frozen."""
    text = canonical(value)
    again = type(value).model_validate_json(text)
    assert again == value
    assert canonical(again) == text
    name = next(iter(type(value).model_fields), None)
    if name is not None:
        with pytest.raises(ValidationError):
            setattr(value, name, getattr(value, name))


def is_closed(name: str) -> None:
    """A fact refuses a field too many, one too few, and null where none is allowed."""
    kind, fields = fact_class(name), data(name)
    with pytest.raises(ValidationError):
        read(kind, {**fields, "colour": "blue"})
    for field, info in kind.model_fields.items():
        if info.is_required():
            with pytest.raises(ValidationError):
                read(kind, {key: value for key, value in fields.items() if key != field})
