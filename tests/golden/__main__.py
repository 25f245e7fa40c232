"""`python -m tests.golden`: write anew what the stored logs come to.

`python -m tests.golden --record` writes the recorded commands anew instead, from the code as it is.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from psycopg.conninfo import make_conninfo

from ledger.host.embedded import start
from ledger.store.postgres.migrating import migrate
from tests.golden import FOLDER, NAMES, come_to, decisions, store
from tests.golden.recording import ledgers
from tests.support.postgres import as_owner, as_service, at


def main() -> None:
    """Fold each log in a database of its own."""
    with TemporaryDirectory(prefix="seatledger-") as folder, start(Path(folder)) as server:
        for number, name in enumerate(NAMES):
            at(server.superuser_url, f"create database golden_{number} owner seatledger_owner")
            url = as_service(make_conninfo(server.superuser_url, dbname=f"golden_{number}"))
            migrate(as_owner(url), service_url=url)
            store(url, name)
            text = json.dumps(come_to(url), indent=2, sort_keys=True)
            (FOLDER / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--record"]:
        decisions.write(ledgers())
    else:
        main()
