"""Gather: several messages become one (SAP's page "Define Gather and Join").

Headers and properties: each message's own come over those of the ones before it. SAP's guideline "Handle
Exceptions in Dependent Integration Flows" reads a property after the gather that was set before it; that the
same goes for headers is assumed.
"""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable, Sequence

from lxml import etree

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.expressions import xpath
from pytest_iflow.iflow_engine.expressions.ognl import as_text
from pytest_iflow.iflow_engine.expressions.simple import evaluated_text
from pytest_iflow.iflow_engine.failures import NotSupportedError, StepError, TerminatedError
from pytest_iflow.iflow_engine.message import BodyError, Message, parsed_xml
from pytest_iflow.iflow_engine.processing import Action, Processing
from pytest_iflow.iflow_model.flow import Step

Gather = Callable[[Processing, Sequence[Message]], Message]

MULTIMAP = "http://sap.com/xi/XI/SplitAndMerge"
DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>"
AGGREGATION_ERROR = "com.sap.it.rt.camel.aggregation.AggregationException"
_SPLIT_PROPERTIES = ("CamelSplitIndex", "CamelSplitSize", "CamelSplitComplete")


def gather(step: Step, deployed: DeployedFlow) -> Gather:
    """Return what gathers by the settings of a step."""
    settings = deployed.settings(step.properties)
    algorithm = settings.text("aggregationAlgorithm", "sap-identical-multi-mapping")
    source, target = settings.text("sourceXPath"), settings.text("targetXPath")
    names = settings.text("gatherFileNames")
    if algorithm not in _ALGORITHMS and algorithm not in {"xpath-merge-strategy", "sap-zip-strategy", "zip"}:
        raise NotSupportedError(f"not supported by the local tenant: {step.name}, gather by {algorithm}")

    def gathered(processing: Processing, messages: Sequence[Message]) -> Message:
        merged = _merged(messages)
        if algorithm == "xpath-merge-strategy":
            merged.body = _at_xpath(processing, messages, source, target)
        elif algorithm in {"sap-zip-strategy", "zip"}:
            merged.body = _zipped(processing, messages, names)
        else:
            merged.body = _ALGORITHMS[algorithm](messages)
        return merged

    return gathered


def aggregator(step: Step, deployed: DeployedFlow) -> Action:
    """Return what collects messages of one correlation, until the last one comes (SAP's page "Aggregator").

    Each message but the last ends here, COMPLETED; the last one goes on with all of them. What is never
    completed stays as long as the tenant: the completion timeout is not emulated.
    """
    settings = deployed.settings(step.properties)
    correlation, last = settings.text("correlationExpression"), settings.text("lastMessageCondition")
    order = settings.text("messageSequenceExpression")
    if settings.text("aggregationAlgorithm", "sap-id-list") != "sap-id-list":
        raise NotSupportedError(f"not supported by the local tenant: {step.name}, this aggregation algorithm")
    waiting: dict[str, list[tuple[float, Message]]] = {}
    lock = threading.Lock()

    def collect(processing: Processing, message: Message) -> None:
        scope = processing.scope(message, step)
        key = xpath.found_text(correlation, scope)
        place = float(xpath.found_text(order, scope) or 0) if order else 0.0
        with lock:
            held = waiting.setdefault(key, [])
            held.append((place, message.copy()))
            if not xpath.holds(last, scope):
                raise TerminatedError(message)
            del waiting[key]
        held.sort(key=lambda one: one[0])
        message.body = same_format([one for _, one in held])

    return collect


def _merged(messages: Sequence[Message]) -> Message:
    merged = messages[0].copy()
    for message in messages[1:]:
        merged.headers.update(message.headers)
        merged.properties.update(message.properties)
        merged.attachments.update(message.attachments)
    for name in _SPLIT_PROPERTIES:
        merged.properties.pop(name, None)
    return merged


def _xml(message: Message) -> str:
    """Return the XML of a message without its declaration; raises StepError where it is none."""
    try:
        return etree.tostring(parsed_xml(message.body), encoding="unicode", with_tail=False)
    except BodyError as error:
        raise StepError(f"the gather needs XML: {error}", AGGREGATION_ERROR) from error


def same_format(messages: Sequence[Message]) -> str:
    """*Combine* of XML of the same format: all within ``Message1``."""
    held = "".join(map(_xml, messages))
    return (
        f'{DECLARATION}<multimap:Messages xmlns:multimap="{MULTIMAP}"><multimap:Message1>{held}'
        "</multimap:Message1></multimap:Messages>"
    )


def different_format(messages: Sequence[Message]) -> str:
    """*Combine* of XML of different formats: each within a ``MessageN`` of its own."""
    held = "".join(
        f"<multimap:Message{number}>{_xml(message)}</multimap:Message{number}>"
        for number, message in enumerate(messages, 1)
    )
    return f'{DECLARATION}<multimap:Messages xmlns:multimap="{MULTIMAP}">{held}</multimap:Messages>'


def concatenated(messages: Sequence[Message]) -> str:
    """*Concatenate*: one text after the other, nothing between them."""
    return "".join(message.text() for message in messages)


def _at_xpath(processing: Processing, messages: Sequence[Message], source: str, target: str) -> str:
    """*Combine at XPath*: what the source finds in each message, at the target's elements.

    The target is an element of the first message, without what the source finds there, else a new root of its
    name (assumed).
    """
    found = [_elements(xpath.found_by(source, processing.scope(one)), source) for one in messages]
    if not any(found):
        raise StepError(f"the gather's XPath {source} finds nothing in any message", AGGREGATION_ERROR)
    for elements in found[1:]:
        found[0].extend(elements)
    name = target.strip("/").rpartition("/")[2]
    prefix, _, local = name.rpartition(":")
    namespace = processing.deployed.namespaces.get(prefix)
    root = etree.Element(f"{{{namespace}}}{local}" if namespace else local)
    outer = root
    for part in reversed(target.strip("/").split("/")[:-1]):
        prefix, _, local = part.rpartition(":")
        namespace = processing.deployed.namespaces.get(prefix)
        shell = etree.Element(f"{{{namespace}}}{local}" if namespace else local)
        shell.append(outer)
        outer = shell
    for element in found[0]:
        held = etree.fromstring(etree.tostring(element, with_tail=False))
        root.append(held)
    return DECLARATION + etree.tostring(outer, encoding="unicode")


def _elements(found: xpath.Found, source: str) -> list[etree._Element]:
    if not isinstance(found, list):
        raise StepError(f"the gather's XPath {source} finds no elements", AGGREGATION_ERROR)
    return [one for one in found if etree.iselement(one)]


def _zipped(processing: Processing, messages: Sequence[Message], names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, message in enumerate(messages, 1):
            name = evaluated_text(names, processing.scope(message)) or as_text(
                message.headers.get("CamelFileName")
            )
            if content := message.binary():
                archive.writestr(name or f"{processing.exchange_id}-{number}", content)
    return held.getvalue()


_ALGORITHMS: dict[str, Callable[[Sequence[Message]], str]] = {
    "sap-identical-multi-mapping": same_format,
    "sap-pi-multi-mapping": different_format,
    "concatenate-strategy": concatenated,
}
