"""Logs of the service: one event a line, JSON where nobody looks on, and never a person's address.

`event` is a verb in snake case; whatever looks like an e-mail address is struck out, wherever it
stands, and the values that a database or a validation quotes in its errors, which may be names: a
person can be forgotten, and a log cannot.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_ADDRESS = re.compile(r"[^\s@\"'<>,;:=(){}\[\]]+@[^\s@\"'<>,;:=(){}\[\]]+")
STRUCK_OUT = "[address]"

_ROW = re.compile(r"^(DETAIL|CONTEXT|QUERY|STATEMENT):.*$", re.MULTILINE)
_INPUT = re.compile(r"(?<=input_value=).*?(?=, input_type=)", re.DOTALL)
_VALUES = "[values]"


def without_addresses(value: Any) -> Any:
    """The value with every e-mail address, and what errors quote, struck out of its texts."""
    if isinstance(value, str):
        quoted = _INPUT.sub(_VALUES, _ROW.sub(rf"\1: {_VALUES}", value))
        return _ADDRESS.sub(STRUCK_OUT, quoted)
    if isinstance(value, dict):
        return {name: without_addresses(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_addresses(one) for one in value]
    return value


def _strike_out(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for name, value in event.items():
        event[name] = without_addresses(value)
    return event


def configure(*, level: int = logging.INFO) -> None:
    """Set the logs of this process up, on stderr; call it once, at the start."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _strike_out,
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # The libraries speak through the standard library; only what goes wrong there is of interest.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                _drop_meta,
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
                _strike_out,
                renderer,
            ]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def _drop_meta(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(logger, method, event)


def logger() -> Any:
    """The log of the service."""
    return structlog.get_logger()
