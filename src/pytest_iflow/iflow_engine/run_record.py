"""What a run of a flow leaves: its steps with their model ids, the routes taken, and how it ended."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from pytest_iflow.iflow_engine.message import CaughtException, Message

RunStatus = Literal["PROCESSING", "COMPLETED", "FAILED", "ESCALATED", "RETRY"]


class StepRun(Struct):
    """One step that was run once.

    ``step`` is its model id, ``process`` the id of the process it stands in. ``branch`` names the part of a
    splitter or multicast that it belongs to, such as ``Splitter_1[2]``, and is empty outside of them. Times
    are seconds since 1970, UTC. ``route`` is the id of the route that was taken from it, empty where it is an
    end or failed. ``body`` is what came to it, of a run that is traced, as long as it is no larger than a
    megabyte.
    """

    number: int
    step: str
    name: str
    kind: str
    process: str
    branch: str
    started: float
    stopped: float = 0.0
    error: str = ""
    route: str = ""
    body: str | bytes | None = None


class FlowRun(Struct):
    """One message that went through one flow.

    ``flow`` is the id of its artifact. ``error`` is the exception that ended it, ``handled`` those that
    exception sub-processes took. ``message`` is as the last step left it. ``called`` are the runs of flows
    that it called by ProcessDirect, in order; messages that it put into a queue are runs of their own.
    ``persisted`` are the bodies that persist steps kept, ``printed`` what scripts printed: name of the step,
    text, and how many bytes more were not kept.
    """

    flow: str
    name: str
    mpl_id: str
    correlation_id: str
    message: Message
    started: float
    stopped: float = 0.0
    status: RunStatus = "PROCESSING"
    error: CaughtException | None = None
    handled: list[CaughtException] = field(default_factory=list)
    steps: list[StepRun] = field(default_factory=list)
    called: list[FlowRun] = field(default_factory=list)
    persisted: list[tuple[str, str | bytes | None]] = field(default_factory=list)
    printed: list[tuple[str, str, int]] = field(default_factory=list)

    def routes(self) -> list[str]:
        """Return the ids of the routes taken, in order, each as often as it was."""
        return [step.route for step in self.steps if step.route]


class Limits(Struct, frozen=True):
    """How much one message may take, flows that it calls included; more ends it as FAILED.

    ``steps`` that are run, ``seconds`` from its beginning, ``nesting`` of processes, splitters and called
    flows within each other, ``parts`` that a splitter makes.
    """

    steps: int = 100_000
    seconds: float = 60.0
    nesting: int = 50
    parts: int = 10_000
