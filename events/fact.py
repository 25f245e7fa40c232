"""The shape of every fact: an immutable model with a stored name and version, and its claims.

A fact knows nothing of where it is stored, who asked for it or when: that is the envelope's.
"""

from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class Claim(NamedTuple):
    """Something that is unique in the whole ledger: a kind (`subscription`) and a value (its id).

    The value may hold `{sequence:06d}`, which the store fills with the fact's place in its stream.
    """

    kind: str
    value: str


class Value(BaseModel):
    """A value inside a fact: frozen, strict, and without any field that it does not declare."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def left_out_if(default: object) -> Any:
    """Metadata of a field that came later: not written where it says no more than its default.

    So a fact that does not use the field has the same stored text as before the field came.
    """
    return Field(exclude_if=lambda value: value == default)


class Fact(Value):
    """A thing that happened, as it is stored for ever.

    `NAME` and `VERSION` are the storage format: literals that never follow a rename of the class.
    `PUBLIC` says whether the feed publishes it to other services.
    """

    NAME: ClassVar[str]
    VERSION: ClassVar[int] = 1
    PUBLIC: ClassVar[bool] = True

    def claims(self) -> tuple[Claim, ...]:
        """The claims that this fact makes; none unless the class says otherwise."""
        return ()


Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$")]
"""An id given by a caller: of an account, a subscription or an order (CONTRACT 1)."""
