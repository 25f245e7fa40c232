"""What a refusal is on each way in: its HTTP status, its exit code, and its problem (RFC 9457).

One table for all codes: those of `commands.refusals`, which tell of a command that was refused, and
those of this module, which tell of a request that never became one. A problem says what its code
says, never the text of an exception.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from commands.refusals import REFUSALS, RefusalAnswer

MEDIA_TYPE = "application/problem+json"
"""The content type of a problem."""

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_DIFFERENCE = 3

RETRY_SECONDS = 2
"""How long to wait, in seconds, before what is unavailable is tried again (`Retry-After`)."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a code is told: HTTP status and exit code of the command line."""

    status: int
    exit: int = EXIT_FAILED


@dataclass(frozen=True, slots=True)
class RequestProblem:
    """A code of our own: how it is told, a title, and what to do about it."""

    way: Way
    title: str
    remedy: str


_STATUS_OF_CODE = {
    "command.invalid": 422,
    # The draft of the Idempotency-Key header asks for 422 where a key comes with another content.
    "command.id_reused": 422,
    "command.version_conflict": 412,
    "command.time_out_of_range": 422,
    "account.unknown": 404,
    "catalogue.plan_unknown": 404,
    "subscription.unknown": 404,
    "order.unknown": 404,
    "invoice.unknown": 404,
    "payment.unknown": 404,
    "access.role_missing": 403,
    "access.last_owner": 409,
    "account.managed_by_adviser": 403,
    "subscription.sold_by_reseller": 403,
    "subscription.sold_by_partner": 403,
    "subscription.managed_in_volume_centre": 403,
    "account.exists": 409,
    "account.application_not_approved": 409,
    "account.application_not_pending": 409,
    "account.email_domain_not_approved": 409,
    "account.vat_number_malformed": 422,
    "catalogue.plan_withdrawn": 409,
    "subscription.exists": 409,
    "subscription.ended": 409,
    "subscription.already_cancelled": 409,
    "subscription.term_shortened": 409,
    "subscription.change_not_allowed": 409,
    "subscription.carried_over": 409,
    "subscription.not_now": 409,
    "subscription.nothing_to_keep": 409,
    "subscription.prepaid": 409,
    "subscription.not_prepaid": 409,
    "subscription.key_malformed": 422,
    "subscription.key_unknown": 404,
    "subscription.key_already_used": 409,
    "subscription.trial_not_offered": 409,
    "subscription.trial_already_used": 409,
    "subscription.trial_must_be_bought": 409,
    "subscription.not_a_trial": 409,
    "order.exists": 409,
    "order.not_pending": 409,
    "order.credit_check_pending": 409,
    "order.cart_empty": 409,
    "order.cart_line_unknown": 404,
    "seats.below_minimum": 422,
    "seats.above_maximum": 422,
    "seats.total_below_present": 422,
    "seats.holder_not_allowed": 422,
    "seats.unknown": 404,
    "seats.none_free": 409,
    "seats.already_assigned": 409,
    "seats.not_assigned": 409,
    "seats.still_assigned": 409,
    "seats.user_already_has_seat": 409,
    "seats.auto_renew_not_per_seat": 409,
    "seats.activation_not_offered": 409,
    "seats.activation_not_valid": 403,
    "seats.activation_already_used": 409,
    "payment.method_not_accepted": 422,
    "payment.currency_mismatch": 422,
    "payment.more_than_due": 409,
    "payment.reference_used": 409,
    "payment.already_used": 409,
    "payment.more_than_credit": 409,
    "invoice.nothing_left_to_credit": 409,
    "invoice.vat_rate_unknown": 409,
}

REQUEST_PROBLEMS = {
    "request.malformed": RequestProblem(
        Way(400, EXIT_USAGE),
        "The request cannot be read.",
        "Send one JSON object in UTF-8, each field once.",
    ),
    "request.invalid": RequestProblem(
        Way(422, EXIT_USAGE),
        "The request has a parameter or header that is not well formed.",
        "Correct the named parameter and send the request again.",
    ),
    "request.unknown_command": RequestProblem(
        Way(404, EXIT_USAGE), "There is no such command.", "Look the commands up in /openapi.json."
    ),
    "request.not_found": RequestProblem(
        Way(404), "There is nothing at this address.", "Look the addresses up in /openapi.json."
    ),
    "request.method_not_allowed": RequestProblem(
        Way(405, EXIT_USAGE),
        "This address does not take this method.",
        "Look the methods up in /openapi.json.",
    ),
    "request.too_large": RequestProblem(
        Way(413, EXIT_USAGE), "The request is too large.", "Send it in several parts."
    ),
    "request.media_type": RequestProblem(
        Way(415, EXIT_USAGE),
        "The request is not of a content type that is read here.",
        "Send the content type that the detail names.",
    ),
    "request.misdirected": RequestProblem(
        Way(421),
        "This service answers on this computer only.",
        "Ask http://127.0.0.1 on the computer where the service runs.",
    ),
    "service.failed": RequestProblem(
        Way(500),
        "The service failed.",
        "Send the request again with the same Idempotency-Key; it acts once.",
    ),
    "service.unavailable": RequestProblem(
        Way(503),
        "The service cannot be reached for the moment.",
        "Send the request again with the same Idempotency-Key; it acts once.",
    ),
    "view.behind": RequestProblem(
        Way(503),
        "The view has not reached the position yet.",
        "Ask again, or ask without min_position.",
    ),
}
"""The codes of requests that never became a command."""

WAYS: Mapping[str, Way] = {
    **{code: Way(status) for code, status in _STATUS_OF_CODE.items()},
    **{code: known.way for code, known in REQUEST_PROBLEMS.items()},
}
"""Every code's HTTP status and exit code; a refused command ends the command line with 1."""

WAIT_FIRST = frozenset({"service.unavailable", "view.behind"})
"""The codes whose answer says when to try again."""


class ProblemPage(TypedDict):
    """A code's words, HTTP status and rules."""

    code: str
    title: str
    status: int
    remedy: str
    rules: list[str]


def title_of(code: str) -> str:
    """The sentence that is the same for every case of a code; KeyError for an unknown code."""
    known = REQUEST_PROBLEMS.get(code)
    return known.title if known else REFUSALS[code].detail


def remedy_of(code: str) -> str:
    """What to do about a code; KeyError for an unknown code."""
    known = REQUEST_PROBLEMS.get(code)
    return known.remedy if known else REFUSALS[code].remedy


def problem(
    code: str,
    *,
    detail: str | None = None,
    remedy: str | None = None,
    rule: str | None = None,
    instance: str | None = None,
) -> dict[str, Any]:
    """The problem of a code, with the code's own words where none are given.

    KeyError for a code that is in no table. `instance` is the address that was asked for.
    """
    told: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": title_of(code),
        "status": WAYS[code].status,
        "detail": detail or title_of(code),
        "code": code,
        "remedy": remedy or remedy_of(code),
    }
    if rule is not None:
        told["rule"] = rule
    if instance is not None:
        told["instance"] = instance
    return told


def refusal_problem(answer: RefusalAnswer, instance: str | None = None) -> dict[str, Any]:
    """The problem of a refused command (ALL-04)."""
    return problem(
        answer.code,
        detail=answer.detail,
        remedy=answer.remedy,
        rule=answer.rule,
        instance=instance,
    )


def headers_of(code: str) -> dict[str, str]:
    """The headers that go with a problem beside its content type."""
    return {"Retry-After": str(RETRY_SECONDS)} if code in WAIT_FIRST else {}


def page_of(code: str) -> ProblemPage:
    """What stands at `/problems/CODE`: the code's words, status and rules; KeyError if unknown."""
    entry = REFUSALS.get(code)
    return {
        "code": code,
        "title": title_of(code),
        "status": WAYS[code].status,
        "remedy": remedy_of(code),
        "rules": list(entry.rules) if entry else [],
    }
