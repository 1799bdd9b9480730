"""General and iterating splitter: the parts of a message (SAP's page "General and Iterating Splitter").

A part has the headers and properties of the whole, and ``CamelSplitIndex``, ``CamelSplitSize`` and
``CamelSplitComplete``.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator

import regex
from lxml import etree

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.expressions import xpath
from pytest_iflow.iflow_engine.expressions.simple import evaluated_text
from pytest_iflow.iflow_engine.failures import LimitError, NotSupportedError, StepError
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.processing import Processing
from pytest_iflow.iflow_engine.settings import whole_number
from pytest_iflow.iflow_model.flow import Step

Split = Callable[[Processing, Message], list[Message]]

_TOKEN_SECONDS = 10
_LINE_BREAK = re.compile(r"\r\n|\r|\n|\\r\\n|\\n|\\r")


def splitter(step: Step, deployed: DeployedFlow) -> Split:
    """Return what splits by the settings of a step."""
    settings = deployed.settings(step.properties)
    general = step.kind == "general splitter"
    kind = settings.text("exprType", "XPath")
    expression = settings.text("splitExprValue") or settings.text("tokenValue")
    grouping = settings.text("grouping")

    def split(processing: Processing, message: Message) -> list[Message]:
        scope = processing.scope(message, step)
        size = whole_number(evaluated_text(grouping, scope), 1, "the grouping of the splitter") or 1
        wanted = evaluated_text(expression, scope)
        if kind == "XPath":
            nodes = xpath.found_by(wanted, scope)
            if not isinstance(nodes, list):
                raise StepError(f"the splitter's XPath {wanted} finds no nodes but {xpath.text_of(nodes)!r}")
            make = _enveloped if general else _alone
            bodies = _grouped(nodes, size, make, processing)
        elif kind == "Line Break":
            bodies = _lines(message.text(), size, processing, keep_first=general)
        elif kind == "Token":
            bodies = _tokens(message.text(), wanted, size, processing)
        else:
            raise NotSupportedError(f"not supported by the local tenant: {step.name}, splitter by {kind}")
        return list(_parts(message, list(bodies)))

    return split


def _parts(message: Message, bodies: list[str]) -> Iterator[Message]:
    for number, body in enumerate(bodies):
        part = message.copy()
        part.body = body
        part.properties["CamelSplitIndex"] = number
        part.properties["CamelSplitSize"] = len(bodies)
        part.properties["CamelSplitComplete"] = number + 1 == len(bodies)
        yield part


def _grouped(
    nodes: list[etree._Element | str],
    size: int,
    make: Callable[[list[etree._Element]], str],
    processing: Processing,
) -> Iterator[str]:
    elements = [node for node in nodes if etree.iselement(node)]
    if len(elements) < len(nodes):
        raise StepError("the splitter's XPath finds values; it has to find elements")
    _check_count(len(elements) / size, processing)
    for start in range(0, len(elements), size):
        processing.budget.check_time()
        yield make(elements[start : start + size])


def _alone(elements: list[etree._Element]) -> str:
    return "".join(etree.tostring(one, encoding="unicode", with_tail=False) for one in elements)


def _enveloped(elements: list[etree._Element]) -> str:
    """Return elements within their ancestors, with what stands before them; what comes after is left out."""
    first = elements[0]
    envelope = None
    child = first
    for ancestor in first.iterancestors():
        shell = etree.Element(ancestor.tag, dict(ancestor.attrib), nsmap=ancestor.nsmap)
        shell.text = ancestor.text
        for sibling in ancestor:
            if sibling is child:
                break
            if not (child is first and sibling.tag == first.tag):
                shell.append(copy.deepcopy(sibling))
        if envelope is None:
            for one in elements:
                held = copy.deepcopy(one)
                held.tail = None
                shell.append(held)
        else:
            shell.append(envelope)
        envelope, child = shell, ancestor
    return _alone(elements if envelope is None else [envelope])


def _lines(text: str, size: int, processing: Processing, *, keep_first: bool) -> Iterator[str]:
    """Split at line breaks; the general splitter repeats the first line in each part."""
    lines = [line for line in _LINE_BREAK.split(text) if line.strip()]
    head = lines[:1] if keep_first else []
    rest = lines[len(head) :]
    _check_count(len(rest) / size, processing)
    for start in range(0, len(rest), size):
        yield "\n".join([*head, *rest[start : start + size]])


def _tokens(text: str, token: str, size: int, processing: Processing) -> Iterator[str]:
    """Return the elements of a name, as Camel's tokenizer finds them in the text."""
    name = token.strip().rpartition("/")[2].strip("<>")
    if not name:
        raise StepError("the splitter has no token")
    pattern = regex.compile(
        rf"<(?P<tag>(?:[\w.-]+:)?{re.escape(name)})(?=[\s/>])[^>]*?(?:/>|>.*?</(?P=tag)\s*>)", regex.DOTALL
    )
    try:
        found = [one[0] for one in pattern.finditer(text, timeout=_TOKEN_SECONDS)]
    except TimeoutError as error:
        raise LimitError(f"the splitter's token {name} took more than {_TOKEN_SECONDS} seconds") from error
    _check_count(len(found) / size, processing)
    for start in range(0, len(found), size):
        yield "".join(found[start : start + size])


def _check_count(count: float, processing: Processing) -> None:
    most = processing.budget.limits.parts
    if count > most:
        raise LimitError(f"the splitter makes {count:.0f} parts; the local tenant takes {most}")
