"""From a decision's facts to the store, and from the store's verdict to what it means."""

from collections.abc import Sequence
from dataclasses import dataclass

from commands.decision import Trace
from commands.refusals import Facts, Refused, invalid
from events.accounts import PersonForgotten
from events.envelope import canonical_json
from events.registry import catalogue_stream, stream_of
from ledger.clock import uuid7
from ledger.codec.mapper import Envelope, FactTooLarge, drafts
from ledger.store.contract import account_stream
from ledger.store.drafts import ClaimTaken, Decision, PersonRow
from ledger.writer.decide import Case, acting

_CODE_OF_CLAIM = {
    "account": "account.exists",
    "subscription": "subscription.exists",
    "order": "order.exists",
    "product_key": "subscription.key_already_used",
}


@dataclass(frozen=True, slots=True)
class Why:
    """To which chain of commands a decision belongs, and what it was done on behalf of."""

    correlation_id: str
    causation_id: str | None = None


def decision_of(
    case: Case,
    facts: Facts,
    trace: Trace,
    account: str | None,
    digest: bytes,
    why: Why,
    people: Sequence[PersonRow] = (),
) -> Decision:
    """What the store is to append.

    Raises:
        Refused: `command.invalid` where one fact would weigh more than the log takes.
    """
    stream = catalogue_stream(case.catalogue.name) if account is None else account_stream(account)
    if account is None and facts:
        stream = stream_of(facts[0], "")
    envelope = Envelope(
        account=account,
        at=case.at,
        on=case.on,
        decided_at=case.decided_at,
        issued_on=case.today,
        actor=acting(case.actor, trace),
        command_id=case.command_id,
        correlation_id=why.correlation_id,
        causation_id=why.causation_id,
        command=case.record(trace),
    )
    try:
        made = drafts(facts, envelope, uuid7)
    except FactTooLarge:
        raise invalid(
            "command", "is too large to be kept in one piece", "Split it into smaller commands."
        ) from None
    version = case.state.version + sum(draft.stream == stream for draft in made)
    return Decision(
        command_id=case.command_id,
        digest=digest,
        answer=canonical_json({"version": version}),
        account=account,
        drafts=made,
        expected={stream: case.state.version},
        people=tuple(people),
        forgets=tuple(
            (account or "", fact.person) for fact in facts if isinstance(fact, PersonForgotten)
        ),
    )


def claim_refusal(verdict: ClaimTaken) -> Refused:
    """The refusal of whoever wanted something unique that another got first."""
    code = _CODE_OF_CLAIM.get(verdict.kind)
    if code is not None:
        return Refused(code, **{verdict.kind: verdict.value})
    if verdict.kind in {"catalogue", "series"}:
        return invalid(verdict.kind, "is used by another catalogue")
    raise AssertionError(f"nobody can take {verdict.kind} {verdict.value} before us")
