"""The table of refusals is total, and a problem holds what RFC 9457 asks for."""

import pytest

from commands.refusals import REFUSALS, Refused, VendorWords
from ledger import problems


def test_every_refusal_has_a_status_and_an_exit_code():
    """No refusal is left without a way to tell it, and the table names no code that is none."""
    assert set(problems.WAYS) == set(REFUSALS) | set(problems.REQUEST_PROBLEMS)
    assert not set(REFUSALS) & set(problems.REQUEST_PROBLEMS)


@pytest.mark.parametrize("code", sorted(problems.WAYS))
def test_every_code_is_a_client_or_server_error_with_words(code: str):
    """Each code has a 4xx or 5xx status, a failing exit code, a title, a remedy and a page."""
    way = problems.WAYS[code]

    assert 400 <= way.status <= 599
    assert way.exit in {problems.EXIT_FAILED, problems.EXIT_USAGE}
    assert problems.title_of(code).endswith(".")
    assert problems.remedy_of(code).endswith(".")
    assert problems.page_of(code)["status"] == way.status


def test_a_refused_command_fails_the_command_line():
    """A refusal ends with 1, never with 2, which is for wrong usage."""
    assert {problems.WAYS[code].exit for code in REFUSALS} == {problems.EXIT_FAILED}


@pytest.mark.rule("ALL-04")
def test_the_problem_of_a_refusal_holds_its_words_and_its_rule():
    """Type, title, status, detail, code, remedy, rule and instance are all there."""
    answer = Refused("seats.below_minimum", detail="Five at least.").answer(VendorWords("EV"))

    told = problems.refusal_problem(answer, instance="/v1/commands/AddSeats")

    assert told == {
        "type": "/problems/seats.below_minimum",
        "title": "Fewer seats than the plan's minimum.",
        "status": 422,
        "detail": "Five at least.",
        "code": "seats.below_minimum",
        "remedy": "Choose at least the minimum.",
        "rule": "EV-01",
        "instance": "/v1/commands/AddSeats",
    }


def test_an_unknown_code_is_our_own_mistake():
    """A code that is in no table cannot be told."""
    with pytest.raises(KeyError):
        problems.problem("no.such_code")


def test_what_is_unavailable_says_when_to_come_back():
    """Only problems that pass by themselves carry Retry-After."""
    assert problems.headers_of("service.unavailable") == {"Retry-After": "2"}
    assert problems.headers_of("seats.unknown") == {}
