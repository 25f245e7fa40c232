"""Terms of a subscription: the first, the one that follows, and where their months count from."""

from datetime import date

from events.charges import TermSpan
from events.periods import Term, add_days, add_months
from events.plans import Plan


def first_term(plan: Plan, start: date, number: int = 1) -> TermSpan:
    """A term that begins with its own anchor."""
    return TermSpan(number=number, anchor=start, start=start, end=_end(start, start, plan.term))


def term_after(term: TermSpan, plan: Plan) -> TermSpan:
    """The term that follows, as long as the plan's, on the same anchor day (ALL-05).

    Months that begin on another day than the anchor's, after a term of days, have their own.
    """
    anchor = term.anchor
    if plan.term.months is not None and _months_since(anchor, term.end) is None:
        anchor = term.end
    end = _end(anchor, term.end, plan.term)
    return TermSpan(number=term.number + 1, anchor=anchor, start=term.end, end=end)


def anchor_of(term: TermSpan) -> date:
    """The anchor from which the months of a term count; its start where the anchor is another."""
    return term.start if _months_since(term.anchor, term.start) is None else term.anchor


def _end(anchor: date, start: date, term: Term) -> date:
    if term.months is None:
        return add_days(start, term.days or 0)
    return add_months(anchor, (_months_since(anchor, start) or 0) + term.months)


def _months_since(anchor: date, day: date) -> int | None:
    """How many months after the anchor a day is; None where it is on no month's anchor day."""
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    return months if add_months(anchor, months) == day else None
