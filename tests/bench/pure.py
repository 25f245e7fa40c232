"""What waits for no database: calculations, and folds of all projections."""

import json
import time

from events.registry import FACTS
from ledger.scenarios.calc.lines import CALCULATIONS, answer
from projections.projection import fold
from projections.registry import ALL_PROJECTIONS
from tests.bench.figures import Figure, Setting
from tests.bench.measuring import Measured, Sample, in_turns
from tests.support.histories import run, seeded

LINE = json.dumps({
    "currency": "USD", "price": "8.32", "per": "month", "quantity": 5, "method": "months",
    "period_start": "2020-06-25", "period_end": "2021-06-25", "change": "2020-08-25",
})  # fmt: skip
LINES = 3000
STEPS = 600


def _timed(units: int, begun: float) -> Sample:
    """By the processor's time, which neighbours disturb less."""
    used = time.process_time() - begun
    return Sample(units / used, used / units * 1000)


def calculating(setting: Setting) -> Measured:
    """Lines of `calc prorate` against reading and writing the same JSON."""
    prorate = CALCULATIONS["prorate"]
    told, good = answer(prorate, LINE)
    if not good:
        raise ValueError(told)

    def ours() -> Sample:
        begun = time.process_time()
        for _ in range(LINES):
            answer(prorate, LINE)
        return _timed(LINES, begun)

    def baseline() -> Sample:
        begun = time.process_time()
        for _ in range(LINES):
            json.loads(LINE)
            json.dumps(json.loads(told))
        return _timed(LINES, begun)

    return in_turns({"calc": ours, "the JSON alone": baseline}, setting.pairs)


def folding(setting: Setting) -> Measured:
    """All projections over a history, against parsing its facts once more."""
    events = run(seeded("group", 1, STEPS)).events()
    texts = [(FACTS[event.type], event.fact.model_dump_json()) for event in events]

    def ours() -> Sample:
        begun = time.process_time()
        fold(ALL_PROJECTIONS, events)
        return _timed(len(events), begun)

    def baseline() -> Sample:
        begun = time.process_time()
        for kind, text in texts:
            kind.model_validate_json(text)
        return _timed(len(texts), begun)

    return in_turns({"projections": ours, "parsing the facts": baseline}, setting.pairs)


FIGURES = (
    Figure("calc", "calc prorate", "lines/s", "", calculating),
    Figure("folds", "folding all projections", "events/s", "", folding),
)  # fmt: skip
