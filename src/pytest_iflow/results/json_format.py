"""JSON in and out: structs of msgspec as objects, written and read with checked types by msgspec.

Keys that a struct has no field for are ignored, and a field with a default may be missing: so files of
older and of later versions can be read.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, NoReturn, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, force_setattr

_Kind = TypeVar("_Kind")
_MOST = 1e9

Seconds = Annotated[float, msgspec.Meta(ge=-_MOST, le=_MOST)]
"""A number of seconds: neither infinite nor beyond any calendar."""
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment that names its zone."""

_ENCODER = msgspec.json.Encoder()
_SORTING_ENCODER = msgspec.json.Encoder(order="sorted")
_decoder: Callable[[Any], Any] = cache(msgspec.json.Decoder)
"""Makes the reader of a type, once."""
_MISSING = "Object missing required field "


class UnfitJsonError(ValueError):
    """A text is no JSON, or a value in it is missing or of another type; the message names its key path."""


class _Document(Struct, frozen=True):
    schema: int


def encode(value: object, *, in_order_of_keys: bool = False) -> bytes:
    r"""Return a value as JSON without blanks and line breaks, in UTF-8.

    The value is made of structs, mappings, sequences, texts, numbers and moments. Half a surrogate pair,
    which UTF-8 cannot hold, is written as its escape (``\ud800``).
    """
    encoder = _SORTING_ENCODER if in_order_of_keys else _ENCODER
    try:
        return encoder.encode(value)
    except UnicodeEncodeError:
        text = json.dumps(
            to_plain(value), ensure_ascii=False, separators=(",", ":"), sort_keys=in_order_of_keys
        )
        return text.encode("utf-8", "backslashreplace")


def decode(data: bytes | str, kind: type[_Kind], schema: int | None = None) -> _Kind:
    """Return what ``encode`` wrote of a value of type ``kind``; raises UnfitJsonError.

    With ``schema`` the document is one of that schema, by its key of that name.
    """
    if schema is not None and (found := decode(data, _Document).schema) != schema:
        raise UnfitJsonError(f"it is written in schema {found}, this version reads schema {schema}")
    try:
        value: _Kind = _decoder(kind).decode(data)
    except msgspec.ValidationError as error:
        _raise_unfit(error)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return from_plain(_parsed(data), kind)
    return value


def to_plain(value: object) -> Any:
    """Return a value in dictionaries, lists, texts and numbers, fit to travel from an xdist worker."""
    return msgspec.to_builtins(value, str_keys=True)


def from_plain(value: object, kind: type[_Kind]) -> _Kind:
    """Return what ``to_plain`` made of a value of type ``kind``; raises UnfitJsonError."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        _raise_unfit(error)
    except (RecursionError, UnicodeError) as error:  # nested too deeply; half a surrogate pair in a key
        raise UnfitJsonError(f"it cannot be read: {error}") from error


def keep_in_utc(value: Struct, name: str) -> None:
    """Turn a moment, an attribute of a frozen struct, into one in UTC; raises ValueError where it is none.

    It is for ``__post_init__``: msgspec takes moments of any zone, some of them beyond the calendar in UTC.
    """
    moment: datetime = getattr(value, name)
    try:
        if moment.tzinfo is None:
            raise ValueError(f"{name} is a moment without a time zone: {moment}")
        force_setattr(value, name, moment.astimezone(UTC))
    except OverflowError as error:
        raise ValueError(f"{name} is beyond the calendar: {moment}") from error


def values_by_field(value: Struct) -> dict[str, Any]:
    """Return the values of a struct by the names of its fields.

    Moments become texts such as ``2026-11-03T04:42:07+00:00``, as files of all versions have them; msgspec
    would write them with a ``Z``.
    """
    held = asdict(value)
    return {name: each.isoformat() if isinstance(each, datetime) else each for name, each in held.items()}


def _parsed(data: bytes | str) -> Any:
    """The value of a text that msgspec does not read: with half a surrogate pair, or what is not UTF-8."""
    try:
        text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UnfitJsonError(f"it is no JSON that can be read: {error}") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _raise_unfit(error: msgspec.ValidationError) -> NoReturn:
    what, _, path = str(error).partition(" - at `$")
    place = path.rstrip("`").removeprefix(".")
    what = what.replace("`", "")
    if what.startswith(_MISSING):
        raise UnfitJsonError(f"{place}.{what.removeprefix(_MISSING)} is missing".lstrip(".")) from error
    raise UnfitJsonError(f"{place or 'the document'}: {what[:1].lower()}{what[1:]}") from error
