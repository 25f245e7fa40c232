"""The closed set of facts: each has a stored name of its own, a stream, a schema and a sample.

`Name.v1.json` is what was stored first of a version and stays as it is; `Name.v1.what.json` holds
fields that came later and are left out where they say nothing.
"""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from events import registry
from events.catalogue import PlanWithdrawn
from events.envelope import canonical_json
from events.fact import Fact
from events.invoices import NumberGiven
from events.registry import FACTS, UnknownFact, fact_class, stream_of
from events.seats import SeatReleased
from ledger.codec.mapper import read_fact

SAMPLES = Path(__file__).parent / "samples"
SCHEMAS = Path(registry.__file__).parent / "schemas"
EVERY = sorted(SAMPLES.glob("*.json"))


def subclasses(kind: type[Fact]) -> set[type[Fact]]:
    """All facts that are defined below a class."""
    below = set(kind.__subclasses__())
    return below.union(*(subclasses(one) for one in below)) if below else below


def test_every_fact_is_registered_once():
    """No fact of the package is left out, and no two share a stored name."""
    defined = {fact for fact in subclasses(Fact) if fact.__module__.startswith("events.")}

    assert set(FACTS.values()) == defined
    assert len(FACTS) == len(defined)


@pytest.mark.parametrize("name", sorted(FACTS))
def test_names_and_versions_are_literals_on_the_class(name: str):
    """Stored names never follow a rename or a move of the class."""
    fact = fact_class(name)

    assert vars(fact)["NAME"] == name
    assert fact.VERSION >= 1


def test_an_unknown_name_is_no_fact():
    """What was never defined cannot be read."""
    with pytest.raises(UnknownFact):
        fact_class("SeatsMultiplied")


def test_streams():
    """A number goes to its series, an offer to its catalogue, all else to the account."""
    number = read_fact("NumberGiven", 1, sample("NumberGiven.v1")["data"])
    assert isinstance(number, NumberGiven)

    assert stream_of(number, "acme") == f"invoices/{number.series}"
    assert stream_of(PlanWithdrawn(catalogue="shop", plan="p"), "") == "catalogue/shop"
    released = SeatReleased(subscription="vpn", seat=1, person="p")
    assert stream_of(released, "acme") == "account/acme"


def sample(name: str) -> dict[str, bytes]:
    """A stored sample: its type, its version and the text of its data."""
    found = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return found | {"data": canonical_json(found["data"])}


@pytest.mark.parametrize("name", sorted(FACTS))
def test_every_version_has_a_sample(name: str):
    """Each version that was ever stored has a sample that the tests replay (R14)."""
    for version in range(1, FACTS[name].VERSION + 1):
        assert (SAMPLES / f"{name}.v{version}.json").is_file()


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_samples_are_read_and_written_again(path: Path):
    """A stored fact is read; one of the newest version is written byte for byte as it was (R14)."""
    stored = sample(path.stem)
    fact = read_fact(stored["type"], stored["version"], stored["data"])

    assert isinstance(fact, fact_class(stored["type"]))
    if stored["version"] == fact.VERSION:
        assert canonical_json(fact.model_dump(mode="json")) == stored["data"]


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_samples_fit_their_schemas(path: Path):
    """The schema that is published for a version describes what is stored of it."""
    name = ".".join(path.stem.split(".")[:2])
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))

    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(sample(path.stem)["data"]))


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_a_fact_takes_no_other_field(path: Path):
    """A field too many is refused, so that a renamed field cannot pass unseen (R14)."""
    stored = sample(path.stem)
    data = json.loads(stored["data"]) | {"unheard_of": 1}

    with pytest.raises(ValueError, match="unheard_of"):
        read_fact(stored["type"], stored["version"], canonical_json(data))
