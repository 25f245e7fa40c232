"""Commands as they were sent, with what came of each: decided anew, they come to the same.

`decisions.ndjson.xz` (lines of JSON, packed; `xz -dc` shows them) holds ledgers one after another.
A line with `ledger` begins one. A line with `do` is a command as it was sent at an instant, with
its outcome: `accepted`, `repeated`, `preview` or `refused`. A line with `tick` is due work. `facts`
are all that was appended meanwhile, in order. Ids by chance (persons, keys that nobody gave, new
activations) are numbered in the order in which they appear; the ids of events are left out.
"""

import json
import lzma
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path
from typing import Any

from events.envelope import canonical_json
from ledger.clock import FixedClock
from ledger.store.drafts import Stored
from ledger.store.memory import MemoryStore
from ledger.writer import Accepted, Intent, Previewed, RefusedCommand, Service

FILE = Path(__file__).parent / "decisions.ndjson.xz"

Line = dict[str, Any]

_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_NUMBERED = re.compile(r"\b(?:uuid|activation|digest)#[0-9]+")
_BESIDE = ("command_id", "if_match", "correlation_id")


def read(path: Path = FILE) -> Iterator[tuple[str, list[str]]]:
    """The recorded ledgers: the name of each, and its lines as they are in the file."""
    name, lines = "", list[str]()
    with lzma.open(path, "rt", encoding="utf-8") as packed:
        for text in packed:
            line = text.rstrip("\n")
            if line.startswith('{"ledger":'):
                if lines:
                    yield name, lines
                name, lines = str(json.loads(line)["ledger"]), []
            else:
                lines.append(line)
    yield name, lines


def write(ledgers: Iterable[tuple[str, Sequence[str]]], path: Path = FILE) -> None:
    """Pack ledgers into a file: the same ledgers into the same bytes."""
    text = "".join(
        f"{line}\n" for name, lines in ledgers for line in (_text({"ledger": name}), *lines)
    )
    path.write_bytes(lzma.compress(text.encode(), preset=lzma.PRESET_EXTREME | 6))


@dataclass(slots=True)
class Names:
    """Numbers in place of what comes out otherwise each time."""

    _shown: dict[str, str] = field(default_factory=dict)
    _meant: dict[str, str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def secret(self, text: str) -> None:
        """Take in a new activation, of which facts hold the digest alone."""
        self._name("activation", text)
        self._name("digest", sha256(text.encode()).hexdigest())

    def _name(self, kind: str, text: str) -> str:
        if text not in self._shown:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._shown[text] = f"{kind}#{self._counts[kind]}"
            self._meant[self._shown[text]] = text
        return self._shown[text]

    def hide(self, text: str) -> str:
        """The text with numbers for ids and secrets."""
        text = _UUID.sub(lambda found: self._name("uuid", found[0]), text)
        for secret, name in self._shown.items():
            if not name.startswith("uuid"):
                text = text.replace(secret, name)
        return text

    def reveal(self, text: str) -> str:
        """The text with the present ids and secrets for their numbers."""
        return _NUMBERED.sub(lambda found: self._meant.get(found[0], found[0]), text)


class Recording(Service):
    """A service in memory that writes down whatever it is sent, and what comes of it.

    `keyed` gives each command a key: the hash of a document depends on the ids in it.
    """

    def __init__(self, store: MemoryStore, clock: FixedClock, *, keyed: bool = False) -> None:
        super().__init__(store, clock)
        self._keyed = keyed
        self.lines: list[str] = []
        self.names = Names()

    def handle(self, intent: Intent) -> Accepted | Previewed:
        """Handle a command, and write it down."""
        before = self.store.head()
        if self._keyed and intent.command_id is None:
            intent = replace(intent, command_id=f"k{len(self.lines)}")
        sent = _sent(intent)
        try:
            answer = super().handle(_intent(sent))
        except RefusedCommand as refused:
            self._note(sent, {"outcome": "refused", "code": refused.answer.code}, before)
            raise
        self._note(sent, self._outcome(answer), before)
        return answer

    def tick(self, until: datetime | None = None) -> int:
        """Do due work, and write down what was done."""
        before = self.store.head()
        done = super().tick(until)
        self._note({"tick": done}, {}, before)
        return done

    def _outcome(self, answer: Accepted | Previewed) -> Line:
        if isinstance(answer, Previewed):
            return {"outcome": "preview", "version": answer.version, "preview": answer.preview}
        if answer.result.get("activation") is not None:
            self.names.secret(answer.result["activation"])
        outcome = "repeated" if answer.repeated else "accepted"
        return {"outcome": outcome, "version": answer.version, "result": answer.result}

    def _note(self, sent: Line, outcome: Line, before: int) -> None:
        facts = [_fact(stored) for stored in self.store.read_log(after=before, limit=100_000)]
        line = {"now": self.clock.now().isoformat()} | sent | outcome | {"facts": facts}
        self.lines.append(self.names.hide(_text(line)))


def _text(line: Line) -> str:
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False)


def _sent(intent: Intent) -> Line:
    """A command as plain data."""
    line: Line = {"do": intent.name, "by": intent.actor, "with": dict(intent.fields)}
    line |= {name: getattr(intent, name) for name in _BESIDE if getattr(intent, name) is not None}
    if intent.at is not None:
        line["at"] = intent.at.isoformat()
    if intent.dry_run:
        line["dry_run"] = True
    return dict(json.loads(_text(line)))


def _intent(line: Mapping[str, Any]) -> Intent:
    """The command of a line."""
    return Intent(
        line["do"],
        line["with"],
        line["by"],
        at=datetime.fromisoformat(line["at"]) if "at" in line else None,
        dry_run=line.get("dry_run", False),
        **{name: line[name] for name in _BESIDE if name in line},
    )


def _fact(stored: Stored) -> Line:
    """A stored fact with its envelope, but for what another run has otherwise."""
    line = {
        "type": stored.type,
        "version": stored.version,
        "stream": stored.stream,
        "sequence": stored.sequence,
        "account": stored.account,
        "subscription": stored.subscription,
        "account_sequence": stored.account_sequence,
        "effective_at": stored.effective_at.isoformat(),
        "effective_on": stored.effective_on.isoformat(),
        "recorded_at": stored.recorded_at.isoformat(),
        "actor": _plain(stored.actor),
        "command_id": stored.command_id,
        "correlation_id": stored.correlation_id,
        "causation_id": stored.causation_id,
        "data": _plain(stored.data),
    }
    if stored.command is not None:
        line["command"] = _record(stored.command)
    return {name: value for name, value in line.items() if value is not None}


def _record(stored: bytes) -> Line:
    """A command record, without the number of the rules, which any change of a decision raises."""
    record = json.loads(stored)
    del record["rules"]
    # Sorted by ids that are given by chance: here in the order in which the command names them.
    fields = _text(record["fields"])
    people = sorted(record["people"].items(), key=lambda person: fields.index(person[0]))
    return record | {"people": dict(people)}


def _plain(stored: bytes) -> Any:
    """Stored bytes as data, as long as that says which bytes they are; else as text."""
    data = json.loads(stored)
    return data if canonical_json(data) == stored else stored.decode()


# -- deciding anew


@dataclass(frozen=True, slots=True)
class Difference:
    """The first line of a ledger that comes out otherwise, as recorded and as it is now."""

    ledger: str
    number: int
    recorded: str
    anew: str

    def __str__(self) -> str:
        old, new = json.loads(self.recorded), json.loads(self.anew)
        told = [f"{self.ledger}, line {self.number}: {old.get('do', 'due work')}"]
        told += [
            f"  {name}: {old.get(name)} is now {new.get(name)}"
            for name in dict.fromkeys([*old, *new])
            if name != "facts" and old.get(name) != new.get(name)
        ]
        for index, (was, now) in enumerate(zip_longest(old["facts"], new["facts"])):
            if _text(was) != _text(now):
                told += [f"  fact {index} was {_text(was)}", f"  and is now  {_text(now)}"]
                break
        return "\n".join(told)


def difference(ledger: str, lines: Iterable[str]) -> Difference | None:
    """Send the commands of a recorded ledger to a new one: the first that comes out otherwise."""
    service: Recording | None = None
    for number, recorded in enumerate(lines, start=1):
        now = datetime.fromisoformat(json.loads(recorded)["now"])
        if service is None:
            clock = FixedClock(now)
            service = Recording(MemoryStore(clock), clock)
        clock.set(now)
        line = json.loads(service.names.reveal(recorded))
        if "tick" in line:
            service.tick()
        else:
            with suppress(RefusedCommand):  # it has been written down
                service.handle(_intent(line))
        if service.lines[-1] != recorded:
            return Difference(ledger, number, recorded, service.lines[-1])
    return None
