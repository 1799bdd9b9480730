"""Small flows for tests of the engine: steps in a row, local processes, receivers with set answers."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.engine import Engine
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.receivers.receivers import Answer, Delivery, Request, nobody_answers
from pytest_iflow.iflow_engine.run_record import FlowRun, Limits
from pytest_iflow.iflow_model.package import read_package
from tests.exported_bundles import (
    IFLW,
    adapter,
    event,
    exception_process,
    iflw,
    manifest,
    parameter_files,
    participant,
    process,
    route,
    step,
    zipped,
)

XSLT_FOLDER = "src/main/resources/mapping/"
XSD_FOLDER = "src/main/resources/xsd/"


class Answers:
    """Receivers that answer what a test sets, by the name of the receiver; all that was sent is kept."""

    def __init__(self, **answers: Answer | Sequence[Answer]) -> None:
        self._answers = {
            name: list(one) if isinstance(one, Sequence) else [one] for name, one in answers.items()
        }
        self.requests: list[Request] = []
        self.deliveries: list[Delivery] = []

    def answer(self, request: Request) -> Answer:
        """Answer in turn; the last answer is given again."""
        self.requests.append(request)
        waiting = self._answers.get(request.receiver)
        if not waiting:
            raise nobody_answers(request)
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def deliver(self, delivery: Delivery) -> None:
        """Keep a mail or a file."""
        self.deliveries.append(delivery)

    def fetch(self, request: Request, folder: str, name: str) -> bytes | None:
        """Return a file that was delivered before."""
        found = [
            one.content
            for one in self.deliveries
            if (one.receiver, one.folder, one.name) == (request.receiver, folder, name)
        ]
        return found[-1] if found else None


def own_id(part: str) -> str:
    """Return the id of a step as it stands in its XML."""
    return part.partition('id="')[2].partition('"')[0]


def row(parts: Sequence[str], prefix: str = "r") -> list[str]:
    """Return steps and the routes that make a row of them."""
    ids = [own_id(part) for part in parts]
    routes = [route(f"{prefix}{place}", *pair) for place, pair in enumerate(pairwise(ids))]
    return [*parts, *routes]


def start(own: str = "start") -> str:
    """Return a message start."""
    return event(own, "Start", definition="message")


def end(own: str = "end") -> str:
    """Return a message end."""
    return event(own, "End", "endEvent", "message")


def table(*rows: Mapping[str, str]) -> str:
    """Return the table of a content modifier."""
    return "".join(
        "<row>" + "".join(f"<cell id='{name}'>{value}</cell>" for name, value in one.items()) + "</row>"
        for one in rows
    )


def header(name: str, value: str, kind: str = "constant", **more: str) -> dict[str, str]:
    """Return a row that creates a header or property."""
    return {"Action": "Create", "Type": kind, "Value": value, "Name": name, **more}


def modifier(own: str = "cm", body: str = "", body_type: str = "expression", **tables: str) -> str:
    """Return a content modifier."""
    return step(own, own, "Enricher", wrapContent=body, bodyType=body_type, **tables)


def cells(*rows: Sequence[str]) -> str:
    """Return a table whose cells have no ids."""
    return "".join("<row>" + "".join(f"<cell>{cell}</cell>" for cell in one) + "</row>" for one in rows)


def local(own: str, *steps: str) -> str:
    """Return a local process of steps in a row."""
    first, last = event(f"{own}-start", "Start"), event(f"{own}-end", "End", "endEvent")
    return process(own, own, row([first, *steps, last], f"{own}-r"), "LocalIntegrationProcess")


def handler(*steps: str, ends: str = "") -> str:
    """Return an exception sub-process that ends with a message end, or with another event."""
    parts = [event("err-start", "Error Start", definition="error"), *steps, ends or end("err-end")]
    return exception_process("handler", "Exception Subprocess", row(parts, "e"))


def bundle_files(
    main: Sequence[str],
    processes: Sequence[str] = (),
    connections: Sequence[str] = (),
    own: str = "Flow",
    sender: str = "HTTPS",
    address: str = "/flow",
    parameters: Mapping[str, str] | None = None,
    by: Mapping[str, str] | None = None,
    **properties: str,
) -> dict[str, bytes]:
    """Return the files of a bundle whose main process is made of these parts; ``by`` sets the sender."""
    settings = {"urlPath": address, "address": address, **(by or {})}
    ways = [
        participant("Sender", "Sender", "EndpointSender"),
        adapter("in", sender, "Sender", "Sender", "start", **settings),
        *connections,
    ]
    flow = iflw(ways, [process("main", "Integration Process", main), *processes], **properties)
    files = {"META-INF/MANIFEST.MF": manifest(own), IFLW: flow}
    return files | (parameter_files(parameters) if parameters else {})


def receiver(name: str, kind: str, at: str, **properties: str) -> list[str]:
    """Return a receiver and the adapter by which a step sends to it."""
    return [
        participant(f"p-{name}", name, "EndpointRecevier"),
        adapter(f"a-{name}", kind, "Receiver", at, f"p-{name}", **properties),
    ]


def call_step(own: str, activity: str = "ExternalCall", **properties: str) -> str:
    """Return a request-reply, or another step that sends."""
    return step(own, own, activity, element="serviceTask", **properties)


def deployed(files: Mapping[str, bytes], values: Mapping[str, str] | None = None) -> DeployedFlow:
    """Return the deployed flow of a bundle's files."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flow.zip"
        path.write_bytes(zipped(files))
        package = read_package(path)
    (bundle,) = package.flows()
    return DeployedFlow(bundle, values, package)


def run(
    files: Mapping[str, bytes],
    message: Message | str | bytes | None = None,
    receivers: Answers | None = None,
    *others: Mapping[str, bytes],
    engine: Engine | None = None,
    limits: Limits | None = None,
) -> FlowRun:
    """Run a message through a flow; other flows are deployed beside it."""
    engine = engine or Engine(receivers or Answers(), limits=limits)
    flows = [deployed(one) for one in (files, *others)]
    for flow in flows:
        engine.deploy(flow)
    return engine.start(flows[0].id, message if isinstance(message, Message) else Message(message))


def run_steps(
    *steps: str, message: Message | str | bytes | None = None, files: Mapping[str, bytes] | None = None
) -> FlowRun:
    """Run a message through steps in a row."""
    return run({**bundle_files(row([start(), *steps, end()])), **(files or {})}, message)


def path_of(run_: FlowRun) -> list[str]:
    """Return the ids of the steps that were run."""
    return [one.step for one in run_.steps]
