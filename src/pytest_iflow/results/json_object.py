"""Typed reading of JSON objects, with errors that name the key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

_Text = TypeVar("_Text", bound=str)
_MOST = 1e9


class UnfitJsonError(ValueError):
    """A JSON value is missing, or not of the type that is asked for; the text names its key path."""


def parse_json(text: str | bytes) -> Any:
    """Return the value of a JSON text; raises UnfitJsonError for what is none, or is nested too deep."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnfitJsonError(f"it is no JSON that can be read: {error}") from error


class JsonObject:
    """A JSON object whose values are asked for by key and type; keys that nobody asks for are ignored.

    ``path`` is where the object stands in its document, such as ``scenarios[3]``. The constructor and
    every method raise UnfitJsonError.
    """

    __slots__ = ("_data", "_path")

    def __init__(self, data: object, path: str = "") -> None:
        if not isinstance(data, dict):
            raise UnfitJsonError(f"{path or 'the document'} is not an object")
        self._data: dict[str, Any] = data
        self._path = path

    def text(self, key: str) -> str:
        """Return a text."""
        value = self._data.get(key)
        if not isinstance(value, str):
            raise self.unfit(key, "a text")
        return value

    def text_or_none(self, key: str) -> str | None:
        """Return a text, or None where the value is null."""
        return None if self._data.get(key, "") is None else self.text(key)

    def one_of(self, key: str, choices: Sequence[_Text]) -> _Text:
        """Return the one of ``choices`` that the value equals."""
        value = self._data.get(key)
        for choice in choices:
            if value == choice:
                return choice
        raise self.unfit(key, f"one of {', '.join(choices)}")

    def later_one_of(self, key: str, choices: Sequence[_Text]) -> _Text:
        """Return the one of ``choices`` that the value equals; the first without the key."""
        return self.one_of(key, choices) if key in self._data else choices[0]

    def integer(self, key: str) -> int:
        """Return a whole number."""
        value = self._data.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.unfit(key, "a whole number")
        return value

    def number(self, key: str) -> float:
        """Return a number that may be one of seconds: neither infinite nor beyond any calendar."""
        value = self._data.get(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= _MOST:
            raise self.unfit(key, "a number")
        return float(value)

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value = self._data.get(key)
        if not isinstance(value, bool):
            raise self.unfit(key, "true or false")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._data.get(key)
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.unfit(key, "a list of texts")
        return tuple(value)

    def later_texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; empty without the key, which documents of older versions lack."""
        return self.texts(key) if key in self._data else ()

    def moment(self, key: str) -> datetime:
        """Return a moment in ISO 8601 that names its zone, in UTC."""
        try:
            moment = datetime.fromisoformat(self.text(key))
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise self.unfit(key, "a moment in ISO 8601 with its time zone")

    def later_text(self, key: str) -> str:
        """Return a text; empty without the key, which documents of older versions lack."""
        return self.text(key) if key in self._data else ""

    def later_integer(self, key: str) -> int:
        """Return a whole number; 0 without the key, which documents of older versions lack."""
        return self.integer(key) if key in self._data else 0

    def integer_by_name(self, key: str) -> dict[str, int]:
        """Return an object whose values are whole numbers."""
        value = JsonObject(self._data.get(key), self._path_of(key))
        return {name: value.integer(name) for name in value._data}

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return a list of numbers, each as ``number`` has it."""
        values = self._data.get(key)
        if not isinstance(values, list):
            raise self.unfit(key, "a list of numbers")
        return tuple(JsonObject({key: each}, self._path).number(key) for each in values)

    def later_number(self, key: str) -> float:
        """Return a number; 0 without the key, which documents of older versions lack."""
        return self.number(key) if key in self._data else 0.0

    def text_by_name(self, key: str) -> dict[str, str]:
        """Return an object whose values are texts."""
        value = self._data.get(key)
        if not isinstance(value, dict) or not all(isinstance(entry, str) for entry in value.values()):
            raise self.unfit(key, "an object of texts")
        return value

    def later_text_by_name(self, key: str) -> dict[str, str]:
        """Return an object whose values are texts; empty without the key, as in older documents."""
        return self.text_by_name(key) if key in self._data else {}

    def later_object(self, key: str) -> JsonObject | None:
        """Return an object; None where the value is null, and without the key, as in older documents."""
        value = self._data.get(key)
        return None if value is None else JsonObject(value, self._path_of(key))

    def objects(self, key: str) -> Iterator[JsonObject]:
        """Return the objects of a list."""
        value = self._data.get(key)
        if not isinstance(value, list):
            raise self.unfit(key, "a list of objects")
        path = self._path_of(key)
        return (JsonObject(entry, f"{path}[{index}]") for index, entry in enumerate(value))

    def later_objects(self, key: str) -> Iterator[JsonObject]:
        """Return the objects of a list; none without the key, which documents of older versions lack."""
        return self.objects(key) if key in self._data else iter(())

    def unfit(self, key: str, expected: str) -> UnfitJsonError:
        """Return the error that the value of ``key`` is not what is expected."""
        if key not in self._data:
            return UnfitJsonError(f"{self._path_of(key)} is missing: expected {expected}")
        return UnfitJsonError(f"{self._path_of(key)} is not {expected}")

    def _path_of(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key
