"""`seatledger postgres`: PostgreSQL's own programs on the ledger's database, for backups."""

from typing import Annotated

import typer

from ledger.cli import output
from ledger.cli.opening import settings_of

CONTEXT = {"ignore_unknown_options": True, "allow_interspersed_args": False}
"""What comes behind the program's name is the program's."""


def postgres(
    context: typer.Context,
    program: Annotated[str, typer.Argument(help="pg_dump, psql, pg_basebackup …")],
    arguments: Annotated[
        list[str] | None, typer.Argument(help="The program's own arguments.")
    ] = None,
) -> None:
    """Run one of PostgreSQL's own programs on the ledger's database, as in docs/operate.md.

    It finds the database in its environment (PGHOST, PGDATABASE and so on), and our own PostgreSQL
    runs as long as it does. It connects as whoever may do everything there; to a PostgreSQL of
    yours as the role that migrates. Ends with the program's exit code.
    """
    import os
    import shutil
    import subprocess

    from psycopg.pq import Conninfo

    from ledger.host.opened import database, programs

    path = shutil.which(program, path=programs())
    if path is None:
        output.complain(f"There is no program {program} of PostgreSQL's here.")
        raise typer.Exit(output.EXIT_USAGE)
    with database(settings_of(context)) as found:
        options = Conninfo.parse(found.admin_url.encode())
        given = {
            one.envvar.decode(): one.val.decode()
            for one in options
            if one.envvar is not None and one.val is not None
        }
        command = [path, *(arguments or [])]
        done = subprocess.run(command, env=os.environ | given, check=False)  # noqa: S603
    raise typer.Exit(done.returncode if done.returncode >= 0 else output.EXIT_FAILED)
