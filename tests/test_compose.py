"""The container's PostgreSQL: what `compose.yaml` sets up is what a ledger of two roles needs."""

import re
from pathlib import Path

import structlog
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from ruamel.yaml import YAML

from ledger.host.opened import open_ledger
from ledger.serve import warn_of_one_role
from ledger.settings import Settings
from tests.support.postgres import at

FILE = Path(__file__).parents[1] / "compose.yaml"


def test_the_container_has_both_roles(postgres_server: str):
    """By the addresses in its comment a ledger opens, and nothing is left to warn of."""
    text = FILE.read_text()
    made = YAML(typ="safe", pure=True).load(text)
    script = made["configs"]["roles"]["content"].replace("seatledger", "composed")
    urls = dict(
        re.findall(r"export SEATLEDGER_(\w+_URL)=(\S+)", text.replace("seatledger", "composed"))
    )
    given = {name: conninfo_to_dict(url) for name, url in urls.items()}
    here = {
        name: make_conninfo(postgres_server, user=parts["user"], dbname=parts["dbname"])
        for name, parts in given.items()
    }
    statements = [one for one in script.split(";") if one.strip()]
    try:
        for statement in statements:
            at(postgres_server, statement)
        settings = Settings(database_url=here["DATABASE_URL"], migration_url=here["MIGRATION_URL"])
        with open_ledger(settings) as ledger, structlog.testing.capture_logs() as said:
            warn_of_one_role(ledger.url)
            head = ledger.store.head()
    finally:
        at(postgres_server, "drop database if exists ledger with (force)")
        for role in ("composed_owner", "composed"):
            at(postgres_server, f"drop role if exists {role}")

    assert (head, said) == (0, [])
    for parts in given.values():
        assert f"create role {parts['user']} login password '{parts['password']}'" in script
    (mounted,) = made["services"]["postgres"]["configs"]
    assert mounted["source"] in made["configs"]
    assert "$" not in script  # Compose would put a variable there
