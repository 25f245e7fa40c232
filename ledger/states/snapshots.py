"""An account's folded state as bytes, and back: a cache of the log that may be lost without harm.

The codec follows the annotations of `commands.state.account.AccountState`. A snapshot holds a
digest of that shape, so that one of another shape is not read but folded anew from the log.
"""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from types import NoneType, UnionType
from typing import Any, Generic, Literal, NamedTuple, TypeVar, Union, get_args, get_origin
from typing import get_type_hints as hints_of

from pydantic import BaseModel, TypeAdapter
from rpds import HashTrieMap

from commands.state.account import AccountState
from events.money import Money
from events.seat_numbers import SeatNumbers

K = TypeVar("K")
V = TypeVar("V")
_SCALARS = (str, int, bool, NoneType)


class SnapshotUnreadable(ValueError):
    """Bytes that are no snapshot of the present shape."""


class _Map(Generic[K, V]):
    """Stands for `HashTrieMap` where an annotation is evaluated: that one takes no parameters."""


class _Codec(NamedTuple):
    """How values of one type become JSON and are read back; `shape` tells the type apart."""

    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]
    shape: str


def encode(state: AccountState) -> bytes:
    """The state as bytes: the same bytes for equal states."""
    codec = _codec(AccountState)
    content = {"shape": _digest(codec), "state": codec.encode(state)}
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def decode(snapshot: bytes) -> AccountState:
    """The state in these bytes; SnapshotUnreadable where they hold none of the present shape."""
    codec = _codec(AccountState)
    try:
        content = json.loads(snapshot)
        if content["shape"] != _digest(codec):
            raise SnapshotUnreadable("a snapshot of another shape")
        state: AccountState = codec.decode(content["state"])
    except (ValueError, TypeError, LookupError, AttributeError) as problem:
        raise SnapshotUnreadable("not a snapshot") from problem
    return state


def _digest(codec: _Codec) -> str:
    return sha256(codec.shape.encode()).hexdigest()


@cache
def _codec(kind: Any) -> _Codec:
    """The codec of a type; TypeError for one that the state may not hold yet."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in _SCALARS or origin is Literal:
        return _Codec(_same, _same, str(kind))
    if kind is Any:
        raise TypeError("Any cannot be kept in a snapshot")
    if origin in {Union, UnionType}:
        return _optional(arguments)
    if origin is tuple and arguments[1:] == (...,):
        item = _codec(arguments[0])
        return _Codec(
            lambda value: [item.encode(one) for one in value],
            lambda given: tuple(item.decode(one) for one in given),
            f"tuple[{item.shape}]",
        )
    if origin is tuple:
        return _fixed_tuple([_codec(one) for one in arguments])
    if origin is _Map:
        return _map(_codec(arguments[0]), _codec(arguments[1]))
    if kind in {date, datetime}:
        return _Codec(lambda value: value.isoformat(), kind.fromisoformat, str(kind))
    if kind is SeatNumbers:
        return _Codec(lambda value: value.ranges(), SeatNumbers.from_ranges, "seat numbers")
    if kind is Money:
        return _Codec(
            lambda value: [value.minor, value.currency], lambda given: Money(*given), "money"
        )
    if is_dataclass(kind):
        return _dataclass(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _model(kind)
    raise TypeError(f"{kind} cannot be kept in a snapshot")


def _same(value: Any) -> Any:
    return value


def _optional(arguments: tuple[Any, ...]) -> _Codec:
    present = [kind for kind in arguments if kind is not NoneType]
    if len(present) != 1:
        raise TypeError(f"a union of {arguments} cannot be kept in a snapshot")
    inner = _codec(present[0])
    return _Codec(
        lambda value: None if value is None else inner.encode(value),
        lambda given: None if given is None else inner.decode(given),
        f"{inner.shape}?",
    )


def _fixed_tuple(parts: list[_Codec]) -> _Codec:
    return _Codec(
        lambda value: [part.encode(one) for part, one in zip(parts, value, strict=True)],
        lambda given: tuple(part.decode(one) for part, one in zip(parts, given, strict=True)),
        f"({','.join(part.shape for part in parts)})",
    )


def _map(key: _Codec, value: _Codec) -> _Codec:
    return _Codec(
        lambda entries: [[key.encode(k), value.encode(entries[k])] for k in sorted(entries)],
        lambda given: HashTrieMap([(key.decode(k), value.decode(v)) for k, v in given]),
        f"map[{key.shape},{value.shape}]",
    )


def _dataclass(kind: Any) -> _Codec:
    hints = hints_of(kind, localns={"HashTrieMap": _Map})
    parts = [(field.name, _codec(hints[field.name])) for field in fields(kind)]

    def decoded(given: Any) -> Any:
        values = zip(parts, given, strict=True)
        return kind(**{name: part.decode(value) for (name, part), value in values})

    shape = ",".join(f"{name}:{part.shape}" for name, part in parts)
    return _Codec(
        lambda value: [part.encode(getattr(value, name)) for name, part in parts],
        decoded,
        f"{kind.__name__}({shape})",
    )


def _model(kind: type[BaseModel]) -> _Codec:
    schema = json.dumps(kind.model_json_schema(), sort_keys=True)
    reader = TypeAdapter(kind)
    return _Codec(
        lambda value: value.model_dump_json(), reader.validate_json, f"{kind.__name__}{schema}"
    )
