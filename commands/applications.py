"""The application for volume licences: asked by the account, decided by the seller (EV-04)."""

from commands.access import require_account, require_role, require_seller
from commands.decision import Command, Policy, Reason, decides
from commands.refusals import Facts, Refused
from commands.state.account import AccountState
from events.accounts import ApplicationApproved, ApplicationRejected, ApplicationSubmitted
from events.fact import Identifier


class ApplyForVolumeLicences(Command):
    """Ask for volume licences."""

    account: Identifier


@decides(ApplyForVolumeLicences)
def apply_for_volume_licences(
    command: ApplyForVolumeLicences, state: AccountState, policy: Policy
) -> Facts:
    """Ask for volume licences; nothing changes while it waits or has been approved (EV-04).

    Raises:
        Refused: `account.unknown`, `access.role_missing`.
    """
    require_account(state, command.account)
    require_role(policy, ("owner",))
    waits_or_approved = state.application in {"pending", "approved"}
    return () if waits_or_approved else (ApplicationSubmitted(),)


class ApproveApplication(Command):
    """Approve the application that waits."""

    account: Identifier


@decides(ApproveApplication)
def approve_application(command: ApproveApplication, state: AccountState, policy: Policy) -> Facts:
    """Let the account buy what requires an approved application (EV-04).

    Raises:
        Refused: `account.unknown`, `access.role_missing`, `account.application_not_pending`.
    """
    _require_pending(state, policy, command.account)
    return (ApplicationApproved(),)


class RejectApplication(Command):
    """Reject the application that waits; the account may apply again."""

    account: Identifier
    reason: Reason | None = None


@decides(RejectApplication)
def reject_application(command: RejectApplication, state: AccountState, policy: Policy) -> Facts:
    """Refuse the application that waits (EV-04).

    Raises:
        Refused: `account.unknown`, `access.role_missing`, `account.application_not_pending`.
    """
    _require_pending(state, policy, command.account)
    return (ApplicationRejected(reason=command.reason),)


def _require_pending(state: AccountState, policy: Policy, account: str) -> None:
    require_account(state, account)
    require_seller(policy)
    if state.application != "pending":
        raise Refused("account.application_not_pending")
