"""What a receiver answers: several answers in turn, and each only to the requests that it is meant for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from lxml import etree
from msgspec import Struct, field

from pytest_iflow.emulator.mocks.calls import ReceiverCall

LONGEST_WAIT = 300.0
"""Seconds after which an answer comes at the latest."""

Fault = Literal["", "refused", "reset", "timeout"]


class RuleError(Exception):
    """An answer that nobody can give; the text is one sentence."""


class Condition(Struct, frozen=True):
    """To which requests an answer is given; what is empty does not matter.

    ``path`` is a JSONPath or an XPath whose value ``equals`` a text, or is there at all where that is None.
    """

    method: str = ""
    path: str = ""
    equals: str | None = None
    contains: str = ""

    def fits(self, call: ReceiverCall) -> bool:
        """Tell whether a request is one of these."""
        if self.method and self.method.upper() != call.method.upper():
            return False
        if self.contains and self.contains not in call.body.decode("utf-8", "replace"):
            return False
        if not self.path:
            return True
        found = texts_at(call.body, self.path)
        return bool(found) if self.equals is None else self.equals in found


class MockAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """An answer as it is ordered; in JSON ``body`` is Base64.

    ``after`` are seconds until it comes. With a ``fault`` there is none: the connection is refused or reset,
    or nothing comes in time.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    after: float = 0.0
    fault: Fault = ""
    method: str = ""
    path: str = ""
    equals: str | None = None
    contains: str = ""

    @property
    def condition(self) -> Condition:
        """To which requests it is given."""
        return Condition(self.method, self.path, self.equals, self.contains)

    def check(self) -> None:
        """Raise RuleError for what no answer can be."""
        if not 100 <= self.status <= 599:  # noqa: PLR2004, as HTTP has it
            raise RuleError(f"No answer has the status {self.status}.")
        if not 0 <= self.after <= LONGEST_WAIT:
            raise RuleError(f"An answer comes after 0 to {LONGEST_WAIT:g} seconds, not after {self.after:g}.")
        if self.path:
            texts_at(b"", self.path)


class AnswersInTurn:
    """The answers of one receiver. Those for the same requests are given in turn, the last one again.

    Answers with a condition come before those without one.
    """

    def __init__(self, answers: Iterable[MockAnswer]) -> None:
        groups: dict[Condition, list[MockAnswer]] = {}
        for each in answers:
            groups.setdefault(each.condition, []).append(each)
        self._waiting = sorted(groups.items(), key=lambda group: group[0] == Condition())

    def next(self, call: ReceiverCall) -> MockAnswer | None:
        """Return the answer to a request, None where none is meant for it."""
        for condition, waiting in self._waiting:
            if condition.fits(call):
                return waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return None


def leads_to(key: str, call: ReceiverCall) -> int:
    """Tell how exactly a key means the receiver of a call: 0 not at all, the more the surer.

    A key is the name of a receiver, or an address: a URL with its query, one without, or the beginning of
    URLs with ``*`` behind it.
    """
    if "://" not in key:
        return 1 if key == call.receiver else 0
    if key.endswith("*"):
        return 2 if call.url.startswith(key[:-1]) else 0
    wanted, sent = urlsplit(key), urlsplit(call.url)
    same = (wanted.scheme.lower(), wanted.netloc.lower(), wanted.path.rstrip("/")) == (
        sent.scheme.lower(),
        sent.netloc.lower(),
        sent.path.rstrip("/"),
    )
    if not same:
        return 0
    if not wanted.query:
        return 3
    return 4 if sorted(_parameters(wanted.query)) == sorted(_parameters(sent.query)) else 0


def _parameters(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


def closest(keys: Mapping[str, AnswersInTurn], call: ReceiverCall) -> AnswersInTurn | None:
    """Return the answers whose key means a call most exactly, None where none does."""
    best = max(keys, key=lambda key: leads_to(key, call), default=None)
    return keys[best] if best is not None and leads_to(best, call) else None


def texts_at(body: bytes, path: str) -> list[str]:
    """Return the values at a JSONPath or an XPath as texts; none where the body is no such document.

    Raises RuleError for a path that is none.
    """
    if path.startswith("$"):
        return _json_texts(body, path)
    try:
        compiled = etree.XPath(path, namespaces=_namespaces(body) or None)
    except etree.XPathSyntaxError as error:
        raise RuleError(f"{path} is neither a JSONPath nor an XPath: {error}.") from error
    root = _xml(body)
    if root is None:
        return []
    try:
        found = compiled(root)
    except etree.XPathEvalError:  # a prefix that this document does not declare
        return []
    several = found if isinstance(found, list) else [found]
    return ["".join(each.itertext()) if isinstance(each, etree._Element) else _text(each) for each in several]  # noqa: SLF001, the type has no other name


def _json_texts(body: bytes, path: str) -> list[str]:
    # Its import takes 50 ms, and most scenarios have no such condition.
    import jsonpath

    try:
        compiled = jsonpath.compile(path)
    except jsonpath.JSONPathError as error:
        raise RuleError(f"{path} is no JSONPath: {error}.") from error
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return [_text(each) for each in compiled.findall(document)] if isinstance(document, dict | list) else []


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value)


def _xml(body: bytes) -> etree._Element | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(body, parser) if body.strip() else None
    except etree.XMLSyntaxError:
        return None


def _namespaces(body: bytes) -> dict[str, str]:
    root = _xml(body)
    elements = root.iter("*") if root is not None else ()
    return {prefix: uri for each in elements for prefix, uri in each.nsmap.items() if prefix}
