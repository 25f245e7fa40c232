"""A writer process for tests: `python -m tests.support.intent_writer URL THREADS < intents`.

Reads intents as JSON, one a line, then a line `go`, at which it sends them all at once. Answers one
line for each: the code of the refusal, or `accepted` with position and documents.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from ledger.clock import SystemClock
from ledger.store.postgres.store import PostgresStore
from ledger.writer import Accepted, Intent, RefusedCommand, Service


def answer(service: Service, intent: Intent) -> dict[str, Any]:
    """What came of a command, as plain data."""
    try:
        told = service.handle(intent)
    except RefusedCommand as refused:
        return {"outcome": refused.answer.code}
    assert isinstance(told, Accepted)
    return {
        "outcome": "accepted",
        "repeated": told.repeated,
        "position": told.position,
        "version": told.version,
        "result": told.result,
        "events": [event.position for event in told.events],
    }


def main() -> None:
    """Send what standard input holds."""
    url = sys.argv[1]
    intents: list[Intent] = []
    with PostgresStore(url, SystemClock(), pool_size=8) as store:
        service = Service(store, SystemClock())
        service.catalogues()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for line in sys.stdin:
            if line.strip() == "go":
                break
            intents.append(Intent(**json.loads(line)))
        barrier = Barrier(len(intents))

        def send(intent: Intent) -> dict[str, Any]:
            barrier.wait()
            return answer(service, intent)

        with ThreadPoolExecutor(len(intents)) as threads:
            for told in threads.map(send, intents):
                sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
