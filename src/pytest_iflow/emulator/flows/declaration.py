"""The TOML declaration of one flow, and the template that it may name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from pytest_iflow.emulator.flows.converters import NotXmlError, parse_xml
from pytest_iflow.emulator.flows.headers_read import (
    HeadersRead,
    headers_of_function,
    headers_of_template,
)
from pytest_iflow.emulator.flows.message import (
    ALL_HEADERS,
    PROTOCOL_PATHS,
    FlowFailureError,
    Message,
    Protocol,
    Reply,
    Surroundings,
)
from pytest_iflow.emulator.start import StartError

KEYS = frozenset(
    {
        "artifact",
        "name",
        "address",
        "protocol",
        "role",
        "csrf",
        "template",
        "function",
        "content-type",
        "status",
        "wsdl",
        "one-way",
        "allowed-headers",
    }
)
# What an address may be: letters, digits and ``_``, with single ``.``, ``-`` and behind the first part ``~``
# before one of them, ``$`` in front, and ``/*`` at the end for any rest (wire-facts 4.11). For other senders
# that is assumed; the address of an OData sender has a version, too.
_WORD = "[A-Za-z0-9_]+"
HTTPS_ADDRESS = re.compile(rf"/\$?{_WORD}([.-]{_WORD})*(/[.~-]?{_WORD}([.~-]{_WORD})*)*(/\*)?")
OTHER_ADDRESS = re.compile(rf"/{_WORD}[A-Za-z0-9._~;=-]*(/[A-Za-z0-9._~;=-]+)*(/\*)?")
STATUSES = range(200, 600)
"""What a flow may answer with."""
MARKUP = ("xml", "html", "xml.j2", "html.j2")


class Declaration:
    """What one file says of a flow; raises StartError for a key that no flow has."""

    def __init__(self, file: Path, content: Mapping[str, Any]) -> None:
        self.file = file
        self._content = content
        for key in content:
            if key not in KEYS:
                raise self.mistake(key, f"there is no such key; the keys are {', '.join(sorted(KEYS))}")

    def mistake(self, key: str, what: str) -> StartError:
        """Return the error for a key."""
        return StartError(f"{self.file}: {key}: {what}.")

    def refuse(self, key: str, why: str) -> None:
        """Raise StartError if a key is there."""
        if key in self._content:
            raise self.mistake(key, why)

    def text(self, key: str) -> str:
        """Return a text that has to be there."""
        value = self.optional_text(key)
        if value is None:
            raise self.mistake(key, "is missing")
        return value

    def optional_text(self, key: str) -> str | None:
        """Return a text, None if the key is not there."""
        value = self._content.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise self.mistake(key, "a text is needed, in quotes")
        return value

    def flag(self, key: str) -> bool:
        """Return a truth value, False if the key is not there."""
        value = self._content.get(key, False)
        if not isinstance(value, bool):
            raise self.mistake(key, "true or false is needed, without quotes")
        return value

    def address(self) -> str:
        """Return the address, such as ``/orders`` or ``/orders/*``."""
        address = self.text("address")
        pattern = HTTPS_ADDRESS if self.protocol() == "http" else OTHER_ADDRESS
        if not pattern.fullmatch(address):
            raise self.mistake(
                "address",
                f'"{address}" is not like "/orders/create" or "/orders/*"; a tenant takes letters, digits, '
                "_ and single . - ~ before one of these, at the beginning none of them",
            )
        return address

    def allowed_headers(self) -> str:
        """Return *Allowed Header(s)*, in which a tenant takes no blanks (wire-facts 4.10).

        A flow that reads certain headers of a request has to have the key. One without it that looks at
        whatever headers there are, to show them, gets all of them.
        """
        value = self._content.get("allowed-headers")
        if value is None:
            return self._default_of_allowed_headers()
        if not isinstance(value, str) or any(each.isspace() for each in value):
            raise self.mistake(
                "allowed-headers", 'names with | between them and no blanks are needed, as in "X-Step|SAP_.*"'
            )
        if value != ALL_HEADERS:
            try:
                re.compile(value)
            except re.error as error:
                raise self.mistake("allowed-headers", f"{value} is no regular expression: {error}") from error
        return value

    def _default_of_allowed_headers(self) -> str:
        needed = HeadersRead.of(self._headers_read(), self.protocol()).allowed_headers
        if needed not in {"", ALL_HEADERS}:
            raise self.mistake(
                "allowed-headers",
                "is missing, and the flow reads headers of the request. A tenant passes on only those that "
                f'the flow allows: write allowed-headers = "{needed}", or "" for none. Query parameters come '
                "without it; read them from the query",
            )
        return needed

    def _headers_read(self) -> Iterator[str | None]:
        function = self.optional_text("function")
        if function:
            module, _, name = function.partition(":")
            source = (self.file.parent / f"{module}.py").read_bytes()
            return headers_of_function(source.decode("utf-8-sig", "replace"), name)
        from jinja2 import Environment

        return headers_of_template(self.file_text("template"), Environment(autoescape=True))

    def protocol(self) -> Protocol:
        """Return the protocol, ``http`` if none is given."""
        wanted = self.optional_text("protocol") or "http"
        for protocol in PROTOCOL_PATHS:
            if protocol == wanted:
                return protocol
        raise self.mistake("protocol", f"{wanted} is none of {', '.join(PROTOCOL_PATHS)}")

    def status(self) -> int | None:
        """Return the status to answer with, None if the flow leaves that to the runtime."""
        value = self._content.get("status")
        if value is None:
            return None
        if not isinstance(value, int) or value not in STATUSES:
            raise self.mistake("status", f"a number from {STATUSES[0]} to {STATUSES[-1]} is needed")
        return value

    def file_text(self, key: str) -> str:
        """Return what is in the file that a key names, beside the declaration."""
        name = self.text(key)
        try:
            return (self.file.parent / name).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise self.mistake(key, f"{name} cannot be read: {error}") from error


def template_run(declaration: Declaration) -> Callable[[Message, Surroundings], Reply]:
    """Return what runs the template of a flow; raises StartError if it cannot be loaded.

    The template sees ``method``, ``path``, ``query``, ``headers``, ``text`` (the body), ``json`` (parsed,
    if the body is JSON) and ``xpath("…")`` (a text of the body, if that is XML).
    """
    # Imported here, for a tenant without templates has no use for it.
    from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound, select_autoescape
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    name = declaration.text("template")
    status = declaration.status()
    content_type = declaration.optional_text("content-type") or _content_type(name)
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(declaration.file.parent, encoding="utf-8-sig"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(MARKUP, default_for_string=False),
    )
    try:
        template = environment.get_template(name)
    except TemplateNotFound as error:
        raise declaration.mistake("template", f"{error.name} is not in the folder") from error
    except (TemplateError, UnicodeDecodeError) as error:
        raise declaration.mistake("template", f"{name}: {error}") from error

    def run(message: Message, _surroundings: Surroundings) -> Reply:
        message.log.step("Template_1", name)
        return Reply(template.render(_seen(message)).encode("utf-8", "replace"), content_type, status)

    return run


def _seen(message: Message) -> dict[str, Any]:
    seen: dict[str, Any] = {
        "method": message.method,
        "path": message.path,
        "query": dict(message.query),
        "headers": dict(message.headers),
        "text": message.body.decode("utf-8", "replace"),
        "xpath": lambda expression: _xpath(message.body, expression),
    }
    try:
        seen["json"] = json.loads(message.body)
    except (ValueError, RecursionError):
        # A template that asks for it then fails, and says that json is undefined.
        return seen
    return seen


def _xpath(body: bytes, expression: str) -> str:
    try:
        return str(parse_xml(body).xpath(f"string({expression})"))
    except (NotXmlError, etree.XPathError) as error:
        raise FlowFailureError(f"{type(error).__name__}: {error}") from error


def _content_type(name: str) -> str:
    for ending, content_type in (("json", "application/json"), ("xml", "application/xml")):
        if name.removesuffix(".j2").endswith(f".{ending}"):
            return content_type
    return "text/plain;charset=UTF-8"
