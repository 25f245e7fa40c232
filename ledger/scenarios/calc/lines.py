"""`seatledger calc`: lines of JSON in, lines of JSON out, in order, as they come (CONTRACT 8).

A bad line has an answer of its own and harms no other. Whatever has arrived is answered and flushed
before more is waited for, so that it serves a terminal, a pipe and a file alike.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from ledger.scenarios.calc.dates import months, periods, prorate
from ledger.scenarios.calc.fields import CalcError, Given, shown
from ledger.scenarios.calc.sums import allocated, digits, price, rounded, tax

Calculation = Callable[[Given], dict[str, Any]]

CALCULATIONS: Mapping[str, Calculation] = {
    "prorate": prorate,
    "price": price,
    "periods": periods,
    "months": months,
    "allocate": allocated,
    "round": rounded,
    "tax": tax,
    "digits": digits,
}
"""What can be calculated, by the word of the command line."""

LINE_MAX = 8 * 1024 * 1024
"""The longest line that is read, in bytes; a longer one is answered with an error."""

_BLOCK = 1024 * 1024


def _no_float(text: str) -> None:
    raise CalcError("invalid", f"decimals are strings here, not JSON numbers: {shown(text)}")


def _no_constant(text: str) -> None:
    raise CalcError("invalid", f"{text} is no JSON")


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise CalcError("invalid", "a field is given twice")
    return fields


_DECODER = json.JSONDecoder(
    object_pairs_hook=_no_doubles, parse_float=_no_float, parse_constant=_no_constant
)
_ENCODER = json.JSONEncoder(check_circular=False, separators=(",", ":"))


def answer(calculation: Calculation, line: bytes | str | None) -> tuple[str, bool]:
    """The answer to one line (None: one that was too long), and whether it is a good one."""
    try:
        return _ENCODER.encode(calculation(_parsed(line))), True
    except CalcError as problem:
        code, detail = problem.code, problem.detail
    except RecursionError:
        code, detail = "calc.invalid", "the line is nested too deeply"
    except Exception:  # whatever a line holds, the next one has its answer
        code, detail = "calc.failed", "this line is not answered by a mistake of ours; report it"
    return _ENCODER.encode({"error": code, "detail": detail}), False


def _parsed(line: bytes | str | None) -> Given:
    if line is None or len(line) > LINE_MAX:
        raise CalcError("invalid", f"the line is longer than {LINE_MAX} bytes")
    try:
        given = _DECODER.decode(line if isinstance(line, str) else line.decode())
    except UnicodeDecodeError:
        raise CalcError("invalid", "the line is not UTF-8") from None
    except json.JSONDecodeError as problem:
        raise CalcError("invalid", f"the line is not JSON: {problem}") from None
    except ValueError:
        raise CalcError("out_of_range", "a number has too many digits") from None
    if not isinstance(given, dict):
        raise CalcError("invalid", "the line is no JSON object")
    return given


def run(what: str, lines: Iterable[bytes | str], write: Callable[[str], object]) -> bool:
    """Answer line after line through `write`, each with its line end; whether all were good.

    KeyError where `what` is none of `CALCULATIONS`.
    """
    calculation = CALCULATIONS[what]
    all_good = True
    for line in lines:
        text, good = answer(calculation, line)
        all_good = all_good and good
        write(f"{text}\n")
    return all_good


def main_loop(what: str, stdin: BinaryIO, stdout: BinaryIO) -> int:
    """Answer all of `stdin` on `stdout`; 0 where every line was good, else 1.

    1 also where whoever reads the answers has gone (`| head`). KeyError as for `run`.
    """
    calculation = CALCULATIONS[what]
    all_good = True
    try:
        for lines in line_blocks(stdin):
            answers = [answer(calculation, line) for line in lines]
            all_good = all_good and all(good for _, good in answers)
            stdout.write("".join(f"{text}\n" for text, _ in answers).encode())
            stdout.flush()
    except BrokenPipeError:
        # What is left in the buffer would raise again when the interpreter closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
        return 1
    return 0 if all_good else 1


def line_blocks(stream: BinaryIO) -> Iterator[list[bytes | None]]:
    """The lines that have arrived, again and again; None for a line longer than `LINE_MAX`."""
    read = getattr(stream, "read1", stream.read)
    begun, too_long = b"", False
    while block := read(_BLOCK):
        first, *rest = block.split(b"\n")
        begun = b"" if too_long else begun + first
        too_long = too_long or len(begun) > LINE_MAX
        if rest:
            yield [None if too_long else begun, *rest[:-1]]
            begun, too_long = rest[-1], False
    if begun or too_long:
        yield [None if too_long else begun]
