"""Previews that can be cited: what a dry run showed is kept, and answers by its id (ALL-02)."""

import json
from collections.abc import Iterator
from uuid import UUID

import pytest

from ledger.cli import main as command_line
from ledger.cli.documents import show_kept_preview
from ledger.reading.previews import dry_run, kept_preview
from ledger.writer import SELLER
from tests.support.desk import OWNER, expressvpn
from tests.support.http_service import Served, served

MORE = {"subscription": "vpn", "quantity": 5}
NOBODY = UUID(int=0)


@pytest.fixture
def here(postgres_url: str) -> Iterator[Served]:
    """A served ledger with an account of ten seats."""
    with served(postgres_url) as one:
        yield one


@pytest.mark.rule("ALL-02")
def test_a_preview_is_found_as_it_was_seen():
    """Lines, totals, who, when, on which command: whatever has happened since."""
    desk = expressvpn()
    shown = desk.preview("AddSeats", **MORE)
    seen = dry_run(shown)
    desk.at("2020-12-25").do("AddSeats", **MORE)

    kept = kept_preview(desk.store, str(shown.preview_id))

    assert kept is not None
    assert kept["preview"] == json.loads(json.dumps(shown.preview))
    assert kept["preview_id"] == seen["preview_id"]
    assert (kept["command"], kept["fields"]["quantity"]) == ("AddSeats", 5)
    assert (kept["account"], kept["position"]) == ("acme", shown.position)
    assert kept["at"] == kept["effective_at"] == "2020-06-25T09:00:00Z"
    assert kept["actor"]["email"] == OWNER


def test_each_preview_has_an_id_of_its_own():
    """The same dry run twice is two previews; its id sorts by the instant."""
    desk = expressvpn()
    first = desk.preview("AddSeats", **MORE)
    second = desk.at("2020-06-26").preview("AddSeats", **MORE)

    assert first.preview_id is not None
    assert second.preview_id is not None
    assert first.preview_id < second.preview_id


def test_what_nobody_known_asks_is_not_kept():
    """A stranger who may see nothing leaves nothing; a key that came before shows nothing new."""
    desk = expressvpn()
    opening = {"account": "other", "email": "new@other.example", "country": "VG"}
    desk.do("AddSeats", command_id="k", **MORE)

    unknown = desk.preview("OpenAccount", "new@other.example", **opening)
    repeated = desk.preview("AddSeats", command_id="k", **MORE)

    assert unknown.preview_id is repeated.preview_id is None
    assert dry_run(unknown)["preview_id"] is None
    assert kept_preview(desk.store, str(NOBODY)) is None
    assert kept_preview(desk.store, "no id at all") is None


def test_a_preview_of_a_catalogue_is_kept():
    """It concerns no account, and is found by its id all the same."""
    desk = expressvpn()

    shown = desk.preview("WithdrawPlan", SELLER, plan="volume-12m")
    kept = kept_preview(desk.store, str(shown.preview_id))

    assert kept is not None
    assert (kept["account"], kept["command"]) == (None, "WithdrawPlan")
    assert kept["preview"] == json.loads(json.dumps(shown.preview))


@pytest.mark.rule("ALL-10")
def test_a_forgotten_person_is_nowhere_in_a_preview(capsys: pytest.CaptureFixture[str]):
    """Persons stand by their ids: who is forgotten has no address any more, in actor and fields."""
    desk = expressvpn()
    desk.do("GrantRole", account="acme", email="ada@acme.example", role="owner")
    person = {"email": "bob@acme.example", "name": "Bob Byron"}
    shown = desk.preview("AddSeats", "ada@acme.example", **MORE, assign=[person])
    desk.do("ForgetPerson", account="acme", email="ada@acme.example")

    row = desk.store.preview(shown.preview_id or NOBODY)
    kept = kept_preview(desk.store, str(shown.preview_id))

    assert row is not None
    assert kept is not None
    assert kept["actor"]["email"] is None
    for text in (repr(row), json.dumps(kept)):
        assert not [piece for piece in ("ada@", "bob@", "Byron") if piece in text]
    show_kept_preview(kept)
    assert f"AddSeats for acme, by {kept['actor']['person']}, forgotten" in capsys.readouterr().out


@pytest.mark.rule("ALL-02")
def test_a_preview_is_cited_over_http(here: Served):
    """`GET /v1/previews/{id}` answers with what the dry run answered."""
    shown = here.client.post(
        "/v1/commands/AddSeats",
        params={"dry_run": "true"}, json=MORE, headers={"Seatledger-Actor": OWNER},
    ).json()  # fmt: skip
    here.done("AddSeats", **MORE)

    kept = here.read(f"/v1/previews/{shown['preview_id']}")

    assert kept["preview"] == shown["preview"]
    assert (kept["position"], kept["actor"]["email"]) == (shown["position"], OWNER)
    for wrong in (NOBODY, "nonsense"):
        problem = here.client.get(f"/v1/previews/{wrong}")
        assert (problem.status_code, problem.json()["code"]) == (404, "request.not_found")


@pytest.mark.rule("ALL-02")
def test_a_preview_is_cited_on_the_command_line(
    here: Served,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    """`do … --dry-run` says how to cite it, `show preview ID` prints the same again."""

    def ran(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["seatledger", "--url", postgres_url, *words])
        with pytest.raises(SystemExit) as end:
            command_line.main()
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out + err

    more = ("do", "AddSeats", "--subscription", "vpn", "--quantity", "5", "--as", OWNER)
    code, shown = ran(*more, "--dry-run")
    assert (code, here.ledger.store.attempts("acme")[-1].code) == (0, None)
    *preview, cite = shown.strip().splitlines()
    assert cite.startswith("To cite it: seatledger show preview ")
    preview_id = cite.rpartition(" ")[2]

    code, again = ran("show", "preview", preview_id)

    assert code == 0
    assert again.splitlines()[0] == f"Preview {preview_id}: AddSeats for acme, by {OWNER}"
    assert again.splitlines()[2:] == preview
    assert json.loads(ran("show", "preview", preview_id, "--json")[1])["preview_id"] == preview_id
    assert ran("show", "preview", str(NOBODY)) == (
        1, "There is no preview of this id. (request.not_found)\n"
    )  # fmt: skip
