"""A message as the worker gets it, and what it gives back: values of headers and properties in JSON."""

from __future__ import annotations

import math
import weakref
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any
from weakref import WeakValueDictionary

from pytest_iflow.iflow_engine.message import Attachment, CaughtException, Message


class JavaObject:
    """A value of a script that is no text, number, truth value or bytes: a map, a document, a date.

    It stays in the worker; scripts that run later have it again. Elsewhere it is its text, as Java's
    ``toString`` makes it.
    """

    __slots__ = ("__weakref__", "class_name", "number", "text", "values")

    def __init__(self, number: int, class_name: str, text: str, values: Values) -> None:
        self.number = number
        self.class_name = class_name
        self.text = text
        self.values = values

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{self.class_name}: {self.text}>"


class ThrownException(CaughtException, frozen=True):
    """The exception of a script; ``thrown`` is the Java object, None where it is gone or none was kept."""

    thrown: JavaObject | None = None


class LostValueError(Exception):
    """A value is gone with the worker that held it; the text is fit for the message log."""


class Values:
    """The values that one worker holds for messages."""

    def __init__(self) -> None:
        self._held: WeakValueDictionary[int, JavaObject] = WeakValueDictionary()
        self._released: list[int] = []

    def take_released(self) -> list[int]:
        """Return the numbers of objects that no message has any more, each once."""
        return [self._released.pop() for _ in range(len(self._released))]

    def encode_message(self, message: Message, artifact: str) -> tuple[dict[str, Any], bytes | None]:
        """Return the message in JSON and its body; raises LostValueError."""
        body = message.body
        text = isinstance(body, str)
        attachments = [
            {"name": name, "type": each.content_type, "content": b64encode(each.content).decode()}
            for name, each in message.attachments.items()
        ]
        return {
            "body": "text" if text else "bytes",
            "headers": self._encode_all(message.headers),
            "properties": self._encode_all(message.properties),
            "attachments": attachments,
            "artifact": artifact,
        }, body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body

    def _encode_all(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._encode(value, name) for name, value in values.items()}

    def _encode(self, value: Any, name: str) -> Any:
        encoded: Any = str(value)
        match value:
            case None | bool() | int() | str():
                encoded = value
            case float() if math.isfinite(value):
                encoded = {"is": "double", "value": repr(value)}
            case bytes():
                encoded = {"is": "bytes", "value": b64encode(value).decode()}
            case list() | tuple():
                encoded = {"is": "list", "value": [self._encode(each, name) for each in value]}
            case dict():
                encoded = {"is": "map", "value": {str(k): self._encode(v, name) for k, v in value.items()}}
            case JavaObject():
                encoded = self._encode_kept(value, name)
            case CaughtException():
                encoded = self._encode_exception(value, name)
        return encoded

    def _encode_kept(self, value: JavaObject, name: str) -> dict[str, Any]:
        if value.values is not self:
            raise LostValueError(
                f'"{name}" held a {value.class_name} of a script, which is gone: its JVM had to be ended'
            )
        return {"is": "kept", "number": value.number}

    def _encode_exception(self, exception: CaughtException, name: str) -> dict[str, Any]:
        body = exception.response_body
        thrown = exception.thrown if isinstance(exception, ThrownException) else None
        return {
            "is": "exception",
            "type": exception.class_name,
            "message": exception.message,
            "status": exception.status_code,
            "status_text": exception.status_text,
            "response_body": body.decode("utf-8", "replace") if isinstance(body, bytes) else body,
            "response_headers": dict(exception.response_headers),
            "cause": self._encode(thrown, name) if thrown is not None and thrown.values is self else None,
        }

    def decode(self, value: Any) -> Any:
        """Return a value of the worker's JSON."""
        if not isinstance(value, dict):
            return value
        if value["is"] == "bytes":
            return b64decode(value["value"])
        number = value["number"]
        held = self._held.get(number)
        if held is None:
            held = self._held[number] = JavaObject(number, value["type"], value["text"], self)
            weakref.finalize(held, self._released.append, number).atexit = False
        held.text = value["text"]
        return held

    def apply(self, answer: Mapping[str, Any], message: Message) -> None:
        """Change headers, properties and attachments of the message as the script did."""
        for kind, target in (("headers", message.headers), ("properties", message.properties)):
            changes = answer.get(kind) or {"set": {}, "removed": []}
            for name in changes["removed"]:
                target.pop(name, None)
            for name, value in changes["set"].items():
                target[name] = self.decode(value)
        if (attachments := answer.get("attachments")) is not None:
            message.attachments = {
                each["name"]: Attachment(each["name"], b64decode(each["content"]), each["type"] or "")
                for each in attachments
            }
