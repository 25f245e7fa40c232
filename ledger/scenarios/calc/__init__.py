"""`seatledger calc`: the arithmetic by itself, so that anyone can check it (CONTRACT 8).

For: one JSON object a line in, one a line out. Not for: anything that needs a ledger. A bad line is
answered by `{"error": CODE, "detail": …}`, with one of these codes:

* `calc.invalid`: no JSON object, or a field missing, unknown, of the wrong type or form
* `calc.out_of_range`: a number, an amount (10^15 minor units) or a date (years 1 to 9999) too large
* `calc.failed`: a mistake of ours
* `calc.currency_unknown`, `calc.zone_unknown`: ISO 4217 and the IANA zones know no such name
* `calc.end_before_start`, `calc.empty_period`, `calc.change_outside_period`, `calc.before_anchor`:
  dates out of order
* `calc.broken_months`: whole months are needed, and the period has none from its anchor
* `calc.below_first_tier`: a quantity smaller than the first tier's
"""

from ledger.scenarios.calc.fields import CalcError
from ledger.scenarios.calc.lines import CALCULATIONS, answer, main_loop, run

__all__ = ["CALCULATIONS", "CalcError", "answer", "main_loop", "run"]
