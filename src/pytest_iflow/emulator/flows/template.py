"""A flow that is a Jinja2 template, rendered in a sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree

from pytest_iflow.emulator.flows.declaration import Declaration
from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.flow import Surroundings
from pytest_iflow.emulator.flows.message import Message, Reply
from pytest_iflow.emulator.flows.safe_xml import NotXmlError, parse_xml

MARKUP = ("xml", "html", "xml.j2", "html.j2")


def template_run(declaration: Declaration) -> Callable[[Message, Surroundings], Reply]:
    """Return what runs the template of a flow; raises StartError if it cannot be loaded.

    The template sees ``method``, ``path``, ``query``, ``headers``, ``text`` (the body), ``json`` (parsed,
    if the body is JSON) and ``xpath("…")`` (a text of the body, if that is XML).
    """
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
