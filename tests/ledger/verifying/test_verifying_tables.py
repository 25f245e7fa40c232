"""A verification finds what does not follow from the log: claims, keys, numbers, views, states."""

import pytest

from ledger.clock import FixedClock
from ledger.store.postgres.store import PostgresStore
from ledger.verifying import verify_database
from tests.support.grown import BEGINNING, Tamper, position_of, reseal

# -- what is unique, and what was promised


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("delete from log.claims where kind = 'order' and position = {}", "is not among"),
        ("update log.claims set account = 'other' where position = {}", "makes it otherwise"),
        ("update log.claims set value = 'other' where position = {}", "no fact makes this"),
    ],
)
def test_a_changed_claim(grown_url: str, tamper: Tamper, change: str, reason: str):
    """A claim that is gone, leads elsewhere, or was never made."""
    at = position_of(tamper, "OrderPlaced")
    assert tamper(change.format(at)) >= 1

    report = verify_database(grown_url)

    assert {one.check for one in report.findings} == {"claim"}
    assert any(one.position == at and reason in one.reason for one in report.findings)


def test_a_fact_that_claims_what_another_has(grown_url: str, tamper: Tamper):
    """Two orders with one id, with all seals: the second is named, and so is the first."""
    ((first,),) = tamper(
        "select position from log.claims where (kind, value) = ('order', 'acme-2')"
    )
    text = 'replace(convert_from(state, \'UTF8\'), \'"order":"bolt-2"\', \'"order":"acme-2"\')'
    tamper(
        f"update log.events set state = convert_to({text}, 'UTF8')"
        " where topic = 'OrderPlaced' and account = 'bolt'"
    )
    reseal(grown_url, tamper)

    report = verify_database(grown_url)

    (told,) = [one for one in report.findings if "has it already" in one.reason]
    assert (told.check, told.position is not None) == ("claim", True)
    assert f"the fact at {first}" in told.reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("delete from log.commands where command_id = 'acme-3'", "there is no key"),
        ("update log.commands set command_id = 'x' where command_id = 'acme-3'", "no event from"),
        ("update log.commands set last_position = 1 + last_position", "it leads from"),
        ("update log.commands set first_position = null", "that its command has no event"),
        ("update log.commands set recorded_at = '2020-01-01'", "not recorded with"),
        ("update log.commands set account = 'other'", "it is of account other"),
        ("update log.commands set answer = '{\"version\":999}'", "it answers version 999"),
        ('update log.commands set answer = \'{"version":"1"}\'', "none that a command gives"),
        ("update log.commands set answer = '{}'", "none that a command gives"),
        ("update log.commands set answer = '\\xff'", "none that a command gives"),
    ],
)
def test_a_changed_key(grown_url: str, tamper: Tamper, change: str, reason: str):
    """A key that is gone, or leads to other events than those of its command."""
    assert tamper(change) >= 1

    report = verify_database(grown_url)

    assert {one.check for one in report.findings} == {"key"}
    assert any(reason in one.reason for one in report.findings)


def test_an_event_of_another_command(grown_url: str, tamper: Tamper):
    """An event taken out of the midst of a command: the others do not stand in a row any more."""
    ((key, first),) = tamper(
        "select command_id, min(position) from log.events group by command_id"
        " having count(*) > 2 order by 2 limit 1"
    )
    tamper(f"update log.events set command_id = 'acme-1' where position = {first + 1}")
    reseal(grown_url, tamper)

    report = verify_database(grown_url)

    reasons = [one.reason for one in report.findings if one.position == first]
    assert any(f"key {key}: " in one and "events of its command" in one for one in reasons)


# -- numbers


@pytest.mark.rule("ALL-07", "ALL-08")
@pytest.mark.parametrize(
    ("topic", "pattern", "by", "reason"),
    [
        ("NumberGiven", '"sha256":"....', '"sha256":"0000', "not the text that was numbered"),
        ("NumberGiven", '"issued_on":"20..', '"issued_on":"2020', "of another kind, series or day"),
        ("NumberGiven", '"invoice":"', '"invoice":"x', "has no document"),
        ("NumberGiven", '"account":"acme"', '"account":"bolt"', "not that of its row"),
        ("NumberGiven", '"kind":"invoice"', '"kind":"credit_note"', "of another kind"),
        ("NumberGiven", '"series":"', '"series":"x', "it stands in"),
        ("InvoiceIssued", '"title":"', '"title":"x', "not the text that was numbered"),
        ("CreditNoteIssued", '"title":"', '"title":"x', "not the text that was numbered"),
    ],
)
def test_a_forged_number(
    grown_url: str, tamper: Tamper, topic: str, pattern: str, by: str, reason: str
):
    """A number or its document changed, and all seals made anew: the two no longer agree."""
    ((at,),) = tamper(
        f"select max(position) from log.events where topic = '{topic}' and account = 'acme'"
        f" and log.as_json(state)::text ~ '{pattern.replace(':', ': ')}'"
    )
    text = f"regexp_replace(convert_from(state, 'UTF8'), '{pattern}', '{by}')"
    tamper(f"update log.events set state = convert_to({text}, 'UTF8') where position = {at}")
    reseal(grown_url, tamper)

    report = verify_database(grown_url)

    assert "leaf" not in {one.check for one in report.findings}
    numbers = [one for one in report.findings if one.check == "number"]
    assert any(reason in one.reason for one in numbers)
    assert topic != "NumberGiven" or at in {one.position for one in numbers}


@pytest.mark.rule("ALL-07")
def test_a_number_taken_away(grown_url: str, tamper: Tamper):
    """The last number of a series gone, with its claim: its document has none."""
    ((at,),) = tamper("select max(position) from log.events where topic = 'NumberGiven'")
    tamper(f"delete from log.claims where position = {at}")
    tamper(f"delete from log.events where position = {at}")

    report = verify_database(grown_url)

    reasons = [one.reason for one in report.findings if one.check == "number"]
    assert len(reasons) == 1
    assert "has no number" in reasons[0]


@pytest.mark.rule("ALL-07")
def test_a_document_numbered_twice(grown_url: str, tamper: Tamper):
    """A second number for the document of the first one, with all seals: it is named."""
    rest = (
        "topic, version, account, account_sequence, effective_at, effective_on, recorded_at, actor,"
        " correlation_id, command_id, state, public, leaf, chain"
    )
    ((at,),) = tamper("select 1 + max(position) from log.events")
    last = "(select max(position) from log.events where topic = 'NumberGiven')"
    tamper(
        f"insert into log.events (position, stream, sequence, id, {rest}) select {at}, stream,"
        f" sequence + 1, gen_random_uuid(), {rest.replace('account_sequence', 'null')}"
        f" from log.events where position = {last}"
    )
    reseal(grown_url, tamper)

    report = verify_database(grown_url)

    assert any(one.position == at and "number already" in one.reason for one in report.findings)


@pytest.mark.rule("ALL-07")
def test_days_of_a_series_that_go_back(grown_url: str, tamper: Tamper):
    """A number whose day is before that of the number before it."""
    ((first,),) = tamper("select min(position) from log.events where topic = 'NumberGiven'")
    text = "replace(convert_from(state, 'UTF8'), '\"issued_on\":\"2026', '\"issued_on\":\"2099')"
    tamper(f"update log.events set state = convert_to({text}, 'UTF8') where position = {first}")

    report = verify_database(grown_url)

    assert any("comes after 2099" in one.reason for one in report.findings)


# -- what is made from the log


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            "update views.invoices set data = jsonb_set(data, '{account}', '\"x\"')",
            "is not what",
        ),
        ("update views.invoices set data = '{}'", "is not what"),
        ("update views.invoices set data = 'null'", "is not what"),
        ("update views.invoices set data = '{\"a\":1e5000}'", "is not what"),
        (
            "update views.invoices set data = (repeat('[', 3000) || repeat(']', 3000))::jsonb",
            "is not what",
        ),
        ("update views.invoices set account = 'other'", "is not what"),
        ("update views.invoices set position = position + 1", "is not what"),
        ("delete from views.invoices", "the row is missing"),
        ("update views.invoices set key = 'x' || key", "no event makes this row"),
    ],
)
def test_a_changed_view(grown_url: str, tamper: Tamper, change: str, reason: str):
    """A row of a view that is gone, was never made, or says something else."""
    assert tamper(change) == 10

    report = verify_database(grown_url)

    assert {one.check for one in report.findings} == {"view"}
    assert any(reason in one.reason for one in report.findings)


def test_views_that_are_behind_are_compared_where_they_are(grown_url: str, tamper: Tamper):
    """Rows are compared with the fold up to their own checkpoint; those of another version not."""
    with PostgresStore(grown_url, FixedClock(BEGINNING)) as store:
        tamper("update views.checkpoints set version = version + 1 where projection = 'seats'")
        head = store.head()
        tamper(f"delete from log.events where position > {head - 1}")
        tamper("update views.checkpoints set position = position - 1 where projection = 'plans'")

    report = verify_database(grown_url)

    assert report.not_checked == ("view rows of seats: not made yet",)
    assert head in {one.position for one in report.findings if one.check == "position"}


def test_letters_taken_from_beyond_the_end(grown_url: str, tamper: Tamper):
    """A follower of letters that is ahead of the log would pass over what comes: it is told."""
    with PostgresStore(grown_url, FixedClock(BEGINNING)) as store:
        head = store.head()
    tamper(f"insert into views.mail_progress (position) values ({head + 5})")

    (told,) = verify_database(grown_url).findings

    assert (told.check, told.position) == ("position", head + 1)
    assert "the follower of letters has seen" in told.reason


def test_a_kept_state_of_what_is_not_there(grown_url: str, tamper: Tamper):
    """A kept state of an account without a fact, or ahead of its facts, is found at once."""
    copy = "insert into views.snapshots select 'account/none', version, topic, state"
    tamper(f"{copy} from views.snapshots where stream = 'account/acme'")

    (told,) = verify_database(grown_url).findings

    assert (told.check, told.position) == ("snapshot", None)
    assert "account/none" in told.reason


def test_a_changed_kept_state(grown_url: str, tamper: Tamper):
    """A kept state that the log does not make is found; one of another shape harms nobody."""
    tamper(
        "update views.snapshots set state ="
        " convert_to(replace(convert_from(state, 'UTF8'), 'acme', 'amce'), 'UTF8')"
        " where stream = 'account/acme'"
    )
    tamper("update views.snapshots set version = version + 1 where stream = 'account/bolt'")

    report = verify_database(grown_url)

    assert {one.check for one in report.findings} == {"snapshot"}
    assert len(report.findings) == 2
    tamper("update views.snapshots set state = 'another shape'")
    assert verify_database(grown_url).is_whole
