"""Who may do what in the database: one role migrates and owns the log, another one serves.

The service's role may read the log and add to it, delete in `people` and nothing else; the views
are its own. So what is recorded is safe from the service's own mistakes, whatever they are.
"""

import psycopg
from psycopg import errors, sql

from ledger.store.errors import StoreError
from ledger.store.postgres.pool import Connection, told_apart
from ledger.store.postgres.schemas import Schemas

APPENDED = ("events", "claims", "commands", "people", "attempts")
"""The tables of record, to which the service adds."""

FORGETTABLE = "people"
"""The one from which it deletes."""

_KIND = {"r": "table", "p": "table", "v": "view", "m": "materialized view", "S": "sequence"}

_FOREIGN = """
select relname, relkind::text from pg_class
where relnamespace = %s::regnamespace and relowner <> %s::regrole
and relkind in ('r', 'p', 'v', 'm') order by relname"""


_UNFIT = """
select 1 from pg_namespace as schema
where schema.nspname = %(log)s and (
    not has_schema_privilege(%(role)s, schema.oid, 'usage')
    or has_schema_privilege(%(role)s, schema.oid, 'create')
    or exists (
        select from pg_class as found
        where found.relnamespace = schema.oid and found.relkind in ('r', 'p', 'v', 'm') and (
            not has_table_privilege(%(role)s, found.oid, 'select')
            or has_table_privilege(%(role)s, found.oid, 'insert') <> (relname = any(%(appended)s))
            or has_table_privilege(%(role)s, found.oid, 'delete') <> (relname = %(forgettable)s)
            or has_table_privilege(%(role)s, found.oid, 'update, truncate, references, trigger')
        )
    )
)
union all select 1 from pg_namespace where nspname = %(views)s and nspowner <> %(quoted)s::regrole
union all select 1 from pg_class
where relnamespace = %(views)s::regnamespace and relkind in ('r', 'p', 'v', 'm')
and relowner <> %(quoted)s::regrole limit 1"""


class RolesUnfit(StoreError):
    """The two roles cannot be set up as they are; the message says what to grant."""


def role_of(url: str) -> str:
    """The role that an address connects as; `StoreUnavailable` where it does not."""
    with told_apart(), psycopg.connect(url, autocommit=True) as connection:
        return current_role(connection)


def current_role(connection: Connection) -> str:
    """The role of a connection."""
    (row,) = connection.execute("select current_user").fetchall()
    return str(row[0])


def may_change_the_log(url: str, schemas: Schemas | None = None) -> bool:
    """Whether an address connects as a role that could drop or change what is recorded."""
    name = (schemas or Schemas()).log
    with told_apart(), psycopg.connect(url, autocommit=True) as connection:
        return owns(connection, name) is not False


def owns(connection: Connection, schema: str) -> bool | None:
    """Whether a connection has the rights of a schema's owner; None where there is no schema."""
    statement = "select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = %s"
    row = connection.execute(statement, [schema]).fetchone()
    return None if row is None else bool(row[0])


def hand_over(connection: Connection, schemas: Schemas, service: str) -> None:
    """Give the service's role what it needs, no more; where it has just that, nothing is touched.

    Raises `RolesUnfit` where the migrating role is not a member of the service's.
    """
    names = {"log": schemas.log, "views": schemas.views, "role": service}
    names |= {"forgettable": FORGETTABLE, "quoted": sql_name(service)}
    if connection.execute(_UNFIT, names | {"appended": list(APPENDED)}).fetchone() is None:
        return
    log, role = sql.Identifier(schemas.log), sql.Identifier(service)
    tables = sql.SQL(", ").join(sql.Identifier(schemas.log, table) for table in APPENDED)
    try:
        with connection.transaction():
            for text in (
                "revoke all on schema {log} from {role}",
                "revoke all on all tables in schema {log} from {role}",
                "grant usage on schema {log} to {role}",
                "grant select on all tables in schema {log} to {role}",
                "grant insert on {tables} to {role}",
                "grant delete on {people} to {role}",
            ):
                people = sql.Identifier(schemas.log, FORGETTABLE)
                statement = sql.SQL(text).format(log=log, role=role, tables=tables, people=people)
                connection.execute(statement)
            _give_views(connection, schemas.views, service)
    except errors.InsufficientPrivilege as error:
        own = current_role(connection)
        raise RolesUnfit(
            f"role {own} cannot hand the views over to {service}: {error.diag.message_primary}."
            f" Grant it that role: grant {sql_name(service)} to {sql_name(own)}"
        ) from error


def _give_views(connection: Connection, schema: str, service: str) -> None:
    """Make the service the owner of the views and all that is in their schema."""
    role, name = sql.Identifier(service), sql.Identifier(schema)
    connection.execute(sql.SQL("alter schema {name} owner to {role}").format(name=name, role=role))
    found = connection.execute(_FOREIGN, [schema, sql_name(service)]).fetchall()
    for table, kind in found:
        statement = sql.SQL("alter {kind} {table} owner to {role}").format(
            kind=sql.SQL(_KIND[kind]), table=sql.Identifier(schema, table), role=role
        )
        connection.execute(statement)


def sql_name(role: str) -> str:
    """A role's name quoted, as `regrole` takes it."""
    doubled = role.replace('"', '""')
    return f'"{doubled}"'
