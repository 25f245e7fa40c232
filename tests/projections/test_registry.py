"""All projections together."""

from pathlib import Path

from projections.registry import ALL_PROJECTIONS

MIGRATIONS = Path(__file__).parents[2] / "ledger" / "store" / "postgres" / "migrations"


def test_names_and_tables_are_one_projection_s_own():
    """No two projections share a name, a kind of row or a table."""
    names = [projection.name for projection in ALL_PROJECTIONS]
    kinds = [kind for projection in ALL_PROJECTIONS for kind in projection.kinds]

    assert len(set(names)) == len(names)
    assert len({kind.TABLE for kind in kinds}) == len(kinds)


def test_every_table_is_migrated():
    """Each kind of row has its table in the migrations."""
    migrations = "".join(file.read_text() for file in MIGRATIONS.glob("*.sql"))

    for projection in ALL_PROJECTIONS:
        for kind in projection.kinds:
            assert f"views.{kind.TABLE} (" in migrations


def test_every_projection_says_what_it_takes():
    """A projection handles some facts and has a version from 1 on."""
    for projection in ALL_PROJECTIONS:
        assert projection.handles
        assert projection.version >= 1
