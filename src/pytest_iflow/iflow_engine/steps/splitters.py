"""General and iterating splitter: the parts of a message (SAP's page "General and Iterating Splitter").

A part has the headers and properties of the whole, and ``CamelSplitIndex``, ``CamelSplitSize`` and
``CamelSplitComplete``.
"""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Callable, Iterator

import regex
from lxml import etree

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.expressions import xpath
from pytest_iflow.iflow_engine.expressions.simple import evaluated_text
from pytest_iflow.iflow_engine.failures import LimitError, NotSupportedError, StepError
from pytest_iflow.iflow_engine.message import LARGEST_BODY, Message
from pytest_iflow.iflow_engine.processing import Processing
from pytest_iflow.iflow_engine.settings import whole_number
from pytest_iflow.iflow_model.flow import Step

Split = Callable[[Processing, Message], list[Message]]

_TOKEN_SECONDS = 10
_IDOCS = "//IDOC"
"""Where an IDoc splitter splits (SAP's page "Define IDoc Splitter")."""

_LARGEST_PARTS = 2 * LARGEST_BODY
_LINE_BREAK = re.compile(r"\r\n|\r|\n|\\r\\n|\\n|\\r")

SPLITTERS = frozenset({"general splitter", "iterating splitter", "IDoc splitter"})
"""Kinds of steps that split a message."""


def splitter(step: Step, deployed: DeployedFlow) -> Split:
    """Return what splits by the settings of a step."""
    settings = deployed.settings(step.properties)
    general = step.kind == "general splitter"
    kind = settings.text("exprType", "XPath")
    expression = settings.text("splitExprValue") or settings.text("tokenValue")
    if step.kind == "IDoc splitter":
        kind, expression, general = "XPath", _IDOCS, True
    if kind not in {"XPath", "Line Break", "Token"}:
        raise NotSupportedError(f"not supported by the local tenant: {step.name}, splitter by {kind}")
    grouping = settings.text("grouping")

    def split(processing: Processing, message: Message) -> list[Message]:
        scope = processing.scope(message, step)
        size = whole_number(evaluated_text(grouping, scope), 1, "the grouping of the splitter") or 1
        wanted = evaluated_text(expression, scope)
        if kind == "XPath":
            nodes = xpath.found_by(wanted, scope)
            if not isinstance(nodes, list):
                raise StepError(f"the splitter's XPath {wanted} finds no nodes but {xpath.text_of(nodes)!r}")
            make = _Enveloper() if general else _alone
            bodies = _grouped(nodes, size, make, processing)
        elif kind == "Line Break":
            bodies = _lines(message.text(), size, processing, keep_first=general)
        else:
            bodies = _tokens(message.text(), wanted, size, processing)
        return list(_parts(message, _bounded(bodies)))

    return split


def _bounded(bodies: Iterator[str]) -> list[str]:
    """Return the bodies of all parts; raises LimitError where they are too large in all."""
    held, size = [], 0
    for body in bodies:
        size += len(body)
        if size > _LARGEST_PARTS:
            raise LimitError(
                f"the parts of the splitter are larger than {_LARGEST_PARTS // 1024 // 1024} MB in all"
            )
        held.append(body)
    return held


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


class _Enveloper:
    """Writes elements within their ancestors, with what stands before them; what comes after is left out.

    What is the same for all parts is written once.
    """

    def __init__(self) -> None:
        self._before: etree._Element | None = None
        self._head = self._tail = ""
        self._open = self._close = 0

    def __call__(self, elements: list[etree._Element]) -> str:
        first = elements[0]
        if not self._fits(first):
            self._head, self._tail = _around(first, siblings=True)
            self._open, self._close = map(len, _around(first, siblings=False))
        self._before = elements[-1]
        shell = _shells(first, siblings=False)
        if shell is None:
            return _alone(elements)
        root, innermost = shell
        for one in elements:
            held = copy.deepcopy(one)
            held.tail = None
            innermost.append(held)
        text = _alone([root])
        return self._head + text[self._open : len(text) - self._close] + self._tail

    def _fits(self, element: etree._Element) -> bool:
        """Tell whether nothing of another name came since the part before."""
        if self._before is None:
            return False
        for sibling in element.itersiblings(preceding=True):
            if sibling is self._before:
                return True
            if sibling.tag != element.tag:
                return False
        return False


def _shells(first: etree._Element, *, siblings: bool) -> tuple[etree._Element, etree._Element] | None:
    """Return copies of the ancestors of an element, the outermost and the innermost; None for a root."""
    child, root, innermost = first, None, None
    for ancestor in first.iterancestors():
        shell = etree.Element(ancestor.tag, dict(ancestor.attrib), nsmap=ancestor.nsmap)
        if siblings:
            shell.text = ancestor.text
            for sibling in ancestor:
                if sibling is child:
                    break
                if not (child is first and sibling.tag == first.tag):
                    shell.append(copy.deepcopy(sibling))
        if root is not None:
            shell.append(root)
        root, child = shell, ancestor
        innermost = shell if innermost is None else innermost
    return None if root is None or innermost is None else (root, innermost)


def _around(first: etree._Element, *, siblings: bool) -> tuple[str, str]:
    """Return the text before and after an element within copies of its ancestors."""
    shells = _shells(first, siblings=siblings)
    if shells is None:
        return "", ""
    root, innermost = shells
    mark = etree.Comment(uuid.uuid4().hex)
    innermost.append(mark)
    head, _, tail = _alone([root]).partition(etree.tostring(mark, encoding="unicode"))
    return head, tail


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
