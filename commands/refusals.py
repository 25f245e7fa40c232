"""The closed catalogue of refusals: code, rules, sentence and remedy of each (CONTRACT 6).

A decision raises `Refused` with a code; words and rule are looked up here, so that a code means
the same on every way in. The words are any vendor's; a vendor's own stand in its catalogue. The
order of the catalogue is the order of precedence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from events.fact import Fact
from events.parties import Sentences
from events.plans import Plan


@dataclass(frozen=True, slots=True)
class Refusal:
    """One entry: the rules behind it, a sentence for the buyer, and what to do about it."""

    code: str
    rules: tuple[str, ...]
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True)
class RefusalAnswer:
    """A refusal as it is answered: words filled in, one rule named."""

    code: str
    detail: str
    remedy: str
    rule: str
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class VendorWords:
    """What a catalogue says of its refusals: the prefix of its rules, its own IDs and sentences."""

    rules: str | None = None
    rule_ids: Mapping[str, str] = field(default_factory=dict)
    sentences: Sentences = field(default_factory=dict)

    def rule(self, code: str, rules: Sequence[str]) -> str:
        """The rule to name of those behind a refusal.

        The vendor's own ID; where it names IDs but none for this code, a rule of every vendor's.
        Else the one with its prefix, else the first.
        """
        if self.rule_ids:
            general = (rule for rule in rules if rule.startswith(_OF_ALL))
            return self.rule_ids.get(code) or next(general, REFUSED)
        own = (rule for rule in rules if self.rules and rule.startswith(f"{self.rules}-"))
        return next(own, rules[0])


NO_VENDOR = VendorWords()
"""The words where no catalogue is known."""

REFUSED = "ALL-04"
"""The rule behind every refusal."""

_OF_ALL = ("GEN-", "ALL-")


class Refused(Exception):
    """A command was refused; `code` is one of `REFUSALS`, `parameters` fill its sentences.

    `detail` and `remedy` replace the catalogue's own words where a case has better ones.
    """

    def __init__(
        self, code: str, *, detail: str = "", remedy: str = "", rule: str = "", **parameters: str
    ) -> None:
        """Take the code and the words.

        Raises:
            KeyError: the code is not in the catalogue.
        """
        super().__init__(code)
        self.code = REFUSALS[code].code
        self.detail = detail
        self.remedy = remedy
        self.rule = rule
        self.parameters = parameters
        self.plan: Plan | None = None

    def of_plan(self, plan: Plan | None) -> Self:
        """Name the plan that refuses, whose sentences come first; the first one named stays."""
        self.plan = self.plan or plan
        return self

    def answer(self, vendor: VendorWords = NO_VENDOR) -> RefusalAnswer:
        """Give the words and the rule, those of the vendor where it has its own (GEN-21)."""
        entry = REFUSALS[self.code]
        return RefusalAnswer(
            code=self.code,
            detail=self._detail(entry, vendor),
            remedy=self.remedy or entry.remedy,
            rule=vendor.rule(self.code, (self.rule,) if self.rule else entry.rules),
            parameters=self.parameters,
        )

    def _detail(self, entry: Refusal, vendor: VendorWords) -> str:
        """The case's words with the vendor's sentence after them, or that alone, or ours."""
        own = {} if self.plan is None else self.plan.sentences
        said = sentence_of({**vendor.sentences, **own}, self.code)
        if said and self.detail and said not in self.detail:
            return f"{self.detail} {said}"
        return self.detail or said or entry.detail


def sentence_of(sentences: Sentences, code: str) -> str:
    """A vendor's sentence for a refusal, in English where it has that, else in its first language.

    Nothing where the vendor has none.
    """
    said = sentences.get(code, "")
    return said if isinstance(said, str) else said.get("en") or next(iter(said.values()))


Facts = tuple[Fact, ...]
"""What a decision answers with."""

_ENTRIES = (
    ("command.invalid", "ALL-04", "The command is not complete or not well formed.",
     "Correct the named field and send the command again."),
    ("command.id_reused", "ALL-03", "This command id came before with another content.",
     "Give a new command id, or repeat the first command unchanged."),
    ("command.version_conflict", "ALL-03", "The account has changed since you read it.",
     "Read the account again and decide anew."),
    ("command.time_out_of_range", "ALL-04", "The command's time is not possible here.",
     "Leave the time out, or give one between the account's last and now."),
    ("account.unknown", "EV-04", "There is no such account.", "Open the account first."),
    ("catalogue.plan_unknown", "SE-01", "There is no such plan in the account's catalogue.",
     "Choose one of the plans on offer."),
    ("subscription.unknown", "EV-10", "There is no such subscription.",
     "Check the subscription's id."),
    ("order.unknown", "PA-05", "There is no such order.", "Check the order's id."),
    ("invoice.unknown", "ALL-08", "There is no invoice with this number.",
     "Check the invoice's number."),
    ("payment.unknown", "ALL-09", "There is no such payment, or it was reversed before.",
     "Look at the payments of the account."),
    ("access.role_missing", "EV-20 SE-07 MS-09 GT-01", "You have no role that allows this.",
     "Ask the account's owner, or somebody who holds the role, to do it."),
    ("access.last_owner", "EV-20", "An account needs an owner, and this is its only one.",
      "Give the role to somebody else with GrantRole first."),
    ("account.managed_by_adviser", "GT-02", "This account is managed by somebody else.",
      "Contact whoever manages the account."),
    ("subscription.sold_by_reseller", "PA-06", "This subscription is managed by a reseller.",
     "Contact the reseller."),
    ("subscription.sold_by_partner", "MS-07", "Only the partner can change this subscription.",
     "Contact the partner."),
    ("subscription.managed_in_volume_centre", "MS-06",
     "This subscription is managed in another place.",
     "Contact whoever manages the subscription."),
    ("account.exists", "ALL-04", "This account id is taken.", "Choose another account id."),
    ("account.application_not_approved", "EV-04",
     "This plan needs an application that has been approved.",
     "Apply, and wait for the approval."),
    ("account.application_not_pending", "EV-04", "There is no application to decide on.",
     "Wait until the account has applied."),
    ("account.email_domain_not_approved", "SE-07",
     "The domain of the user's e-mail address has not been approved.",
     "Ask the seller to approve the domain first."),
    ("account.vat_number_malformed", "GT-08", "The VAT number has not the form of its country.",
     "Correct the VAT number, or leave it out."),
    ("catalogue.plan_withdrawn", "SE-01", "This plan is no longer sold.",
     "Choose one of the plans on offer."),
    ("subscription.exists", "EV-10", "This subscription id is taken.",
     "Choose another subscription id."),
    ("subscription.ended", "EV-17", "This subscription has ended.", "Start a new subscription."),
    ("subscription.already_cancelled", "EV-17 MS-14",
     "This subscription does not renew and cannot be cancelled.",
     "Nothing is left to cancel: it ends with its term."),
    ("subscription.term_shortened", "EV-12", "A term cannot be shortened.",
     "Choose a plan with a longer term; or cancel first, and say how many seats the plan gets."),
    ("subscription.change_not_allowed", "EV-11", "This plan belongs to another product.",
     "Choose a plan of the same product, or start another subscription."),
    ("subscription.carried_over", "GEN-24",
     "The value of this subscription was carried over; nothing can be added to it.",
     "Add seats to the subscription that took its place."),
    ("subscription.not_now", "GEN-07", "This subscription ends with its term, not at once.",
     "Cancel it at the end of its term."),
    ("subscription.nothing_to_keep", "GEN-08", "Nothing of this subscription was to end.",
     "Nothing is left to do: it goes on as it is."),
    ("subscription.prepaid", "MS-05", "This subscription is prepaid.",
     "Add seats with another product key."),
    ("subscription.not_prepaid", "MS-05", "This subscription is not prepaid by key.",
     "Redeem the key for a new subscription."),
    ("subscription.key_malformed", "MS-05",
     "A product key has 25 letters or digits in five groups of five.",
     "Type the key as it is printed."),
    ("subscription.key_unknown", "MS-05", "This product key is not known here.",
     "Check the key with whoever sold it."),
    ("subscription.key_already_used", "MS-05", "This product key has been used.",
     "Use another key."),
    ("subscription.trial_not_offered", "GT-03", "This plan has no free trial.",
     "Buy it, or choose a plan with a trial."),
    ("subscription.trial_already_used", "GT-03", "This product has been tried on this account.",
     "Buy a subscription."),
    ("subscription.trial_must_be_bought", "MS-08", "Seats cannot be added to a trial.",
     "Convert the trial first."),
    ("subscription.not_a_trial", "MS-08", "This subscription is not a trial.",
     "Nothing is left to convert: it was bought."),
    ("order.exists", "ALL-03", "This order id is taken.", "Choose another order id."),
    ("order.not_pending", "PA-05 MS-04", "This order is no longer waiting.",
     "Record money that came in with RecordPayment on the account."),
    ("order.credit_check_pending", "MS-04",
     "A credit check is pending: nothing more can be bought until it is done.",
     "Wait for the credit check; it usually takes two working days."),
    ("order.cart_empty", "SE-03", "The cart is empty.", "Add a plan to the cart first."),
    ("order.cart_line_unknown", "SE-02", "This is not in the cart.", "Look at the cart again."),
    ("seats.below_minimum", "EV-01 EV-16", "Fewer seats than the plan's minimum.",
     "Choose at least the minimum."),
    ("seats.above_maximum", "EV-01", "More seats than the plan's maximum.",
     "Choose at most the maximum, or another plan."),
    ("seats.total_below_present", "PA-02", "The total is less than the seats there are.",
     "Give a total of at least the seats there are."),
    ("seats.holder_not_allowed", "GEN-20", "This plan has no seats for a holder of this kind.",
     "Choose a holder of a kind that the plan seats."),
    ("seats.unknown", "EV-13", "There is no such seat, or it has ended.",
     "Look at the subscription's seats again."),
    ("seats.none_free", "GT-11 PA-04", "Every usable seat is assigned.",
     "Release a seat first, or wait until bought seats are usable."),
    ("seats.already_assigned", "EV-15", "This seat is assigned.", "Reassign it instead."),
    ("seats.not_assigned", "SE-08 EV-14", "Nobody holds this seat.", "Assign it first."),
    ("seats.still_assigned", "SE-08", "This seat is still assigned.",
     "Release the seat, then remove it."),
    ("seats.user_already_has_seat", "SE-04", "This user has a seat of this plan.",
     "Choose another user."),
    ("seats.auto_renew_not_per_seat", "EV-16", "This plan renews as a whole.",
     "Cancel the whole subscription."),
    ("seats.activation_not_offered", "SE-06", "This plan's seats need no activation.",
     "Use the seat as it is."),
    ("seats.activation_not_valid", "EV-14 EV-15 SE-06", "This activation is not valid.",
     "Ask whoever gives out the seats for a new activation."),
    ("seats.activation_already_used", "SE-06", "This activation code has been used.",
     "Ask whoever gives out the seats for a new activation."),
    ("payment.method_not_accepted", "EV-03", "This plan cannot be paid in this way.",
     "Choose another payment method."),
    ("payment.currency_mismatch", "ALL-01", "The amount is not in the seller's currency.",
     "Give the amount in the seller's currency."),
    ("payment.more_than_due", "ALL-09", "The amount is more than what is due.",
     "Record what is due, and the rest with RecordPayment on the account."),
    ("payment.reference_used", "GEN-23", "A payment with this reference was recorded before.",
     "Look at the payments of the account, or give the reference of this payment."),
    ("payment.already_used", "GEN-23", "The credit that this would take back has been used.",
     "Credit or settle the documents that it paid first."),
    ("payment.more_than_credit", "GEN-23", "There is no such credit, or less than this.",
     "Give at most the credit that is left."),
    ("invoice.nothing_left_to_credit", "ALL-08", "Nothing is left of this to credit.",
     "Look at the credit notes of the account."),
    ("invoice.vat_rate_unknown", "GT-08", "No VAT rate is known for the country and day.",
     "Ask the seller to publish the country's rate."),
)  # fmt: skip

REFUSALS: dict[str, Refusal] = {
    code: Refusal(code, tuple(rules.split()), detail, remedy)
    for code, rules, detail, remedy in _ENTRIES
}
"""Every refusal there is, in the order in which they are looked for."""


def invalid(field: str, reason: str, remedy: str = "") -> Refused:
    """Give the refusal of a field: its name, what is wrong, what to do (ALL-04)."""
    return Refused(
        "command.invalid",
        detail=f"{field}: {reason}",
        remedy=remedy or f"Correct {field} and send the command again.",
        field=field,
    )
