"""What the programme of seeded faults sends: rows of several kinds, the suite that holds them, the faults."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.inner_project import InnerProject

TENANT = "faulty"
LOG_PATIENCE = 6
READ_PATIENCE = 2
"""Seconds of the tenant file: until a log is final, and between two bytes of an answer."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What rows of one kind do.

    ``share`` is their part of all rows, ``iflow`` whom they call, ``steps`` what they ask about. ``wanted``
    is the status of the message that makes such a row green, None for none; ``asks_answer`` tells whether
    the answer is looked at, ``has_id`` whether an application id identifies the message.
    """

    name: str
    share: int
    iflow: str
    outcome: str
    steps: tuple[str, ...]
    wanted: str | None
    asks_answer: bool = False
    has_id: bool = True

    @property
    def artifact(self) -> str:
        """The id of the iFlow in the emulator."""
        return "Order_Fulfilment" if self.iflow == "fulfilment" else "Orders"


_DONE = "Then the message is completed"
KINDS = (
    Kind(
        "synchronous",
        40,
        "fulfilment",
        "COMPLETED",
        ("Then the response status is 200", 'And the response value at "$.orderId" is "<row>"'),
        "COMPLETED",
        asks_answer=True,
    ),
    Kind("asynchronous", 26, "orders", "COMPLETED", (_DONE,), "COMPLETED"),
    Kind(
        "both asked",
        14,
        "orders",
        "COMPLETED",
        ("Then the response status is 202", _DONE),
        "COMPLETED",
        asks_answer=True,
    ),
    Kind(
        "failure expected",
        8,
        "orders",
        "FAILED",
        ('Then the message failed with an error containing "could not be passed on"',),
        "FAILED",
    ),
    Kind("failure not expected", 4, "orders", "FAILED", (_DONE,), None),
    Kind(
        "retried",
        4,
        "orders",
        "RETRY",
        (f'Then the message status becomes "RETRY" within {LOG_PATIENCE} seconds',),
        "RETRY",
    ),
    Kind("without id", 4, "plain", "COMPLETED", (_DONE,), "COMPLETED", has_id=False),
)

_SHARES: Mapping[str, Mapping[str, float]] = {
    "token": {
        "status_503": 0.3,
        "status_429": 0.2,
        "status_401": 0.1,
        "reset_before": 0.15,
        "reset_after": 0.05,
    }
    | {"truncated": 0.15, "delayed": 0.05},
    "runtime": {"status_503": 0.15, "status_429": 0.1, "status_401": 0.05, "status_500": 0.05}
    | {"status_502": 0.08, "status_504": 0.05, "status_502_after": 0.05, "status_503_after": 0.03}
    | {"status_504_after": 0.05, "reset_before": 0.1, "reset_after": 0.12, "truncated": 0.1, "silent": 0.01}
    | {"delayed": 0.04, "duplicate": 0.02},
    "api": {
        "status_503": 0.3,
        "status_429": 0.15,
        "status_500": 0.05,
        "status_502": 0.1,
        "reset_before": 0.15,
    }
    | {"truncated": 0.2, "delayed": 0.05},
}
"""Parts of the requests of each plane that are hit, as parts of all that are."""


def faults(share: float, planes: Iterable[str] = tuple(_SHARES)) -> dict[str, float]:
    """Return the faults that hit ``share`` of the requests of some planes, with what is always so."""
    hits = {f"{plane}.{name}": part * share for plane in planes for name, part in _SHARES[plane].items()}
    return {**hits, "log_delay": 0.1, "api.drip": 40_000, "token_validity": 40}


def rows_of(count: int, seed: int) -> dict[str, Kind]:
    """Draw the kind of each row, by the row's number."""
    draw = random.Random(seed)  # noqa: S311, it has to repeat
    kinds = draw.choices(KINDS, [kind.share for kind in KINDS], k=count)
    return {str(number): kind for number, kind in enumerate(kinds, 1)}


def write_suite(project: InnerProject, rows: Mapping[str, Kind], keys: str, seed: int) -> None:
    """Write tenant file and features, one outline for each kind; ``keys`` is the emulator's folder."""
    draw = random.Random(seed + 1)  # noqa: S311, the same
    project.write(f"tenants/{TENANT}.toml", _tenant_file(keys))
    for kind in KINDS:
        lines = [
            f"Feature: {kind.name}",
            f"  Scenario Outline: {kind.name} <row>",
            '    Given the request header "SAP_Sender" is "<row>"',
            '    And the query parameter "row" is "<row>"',
            f'    And the query parameter "outcome" is "{kind.outcome}"',
            '    And the query parameter "seconds" is "<seconds>"',
            f'    When I send a POST request to the iFlow "{kind.iflow}" with the body:',
            '      """',
            '      {"orderId": "<row>"}',
            '      """',
            *(f"    {step}" for step in kind.steps),
            "    Examples:",
            "      | row | seconds |",
            *(f"      | {row} | {draw.choice((0, 0, 0.2))} |" for row, each in rows.items() if each is kind),
        ]
        if any(each is kind for each in rows.values()):
            project.write(f"features/{kind.name.replace(' ', '_')}.feature", "\n".join(lines) + "\n")


def _tenant_file(keys: str) -> str:
    head = "[environments.dev"
    return "\n".join(
        [
            f"{head}]",
            f"ca-bundle = '{keys}/ca.pem'",
            f"{head}.timeouts]",
            f"read = {READ_PATIENCE}",
            f"log = {LOG_PATIENCE}",
            f"{head}.clients.default]",
            f"service-key = 'file:{keys}/integration-flow.json'",
            f"{head}.clients.monitoring]",
            f"service-key = 'file:{keys}/api.json'",
            *(
                f'{head}.iflows.{name}]\naddress = "{address}"\nartifact = "{artifact}"\n{more}'
                for name, address, artifact, more in _IFLOWS
            ),
        ]
    )


_IFLOWS = (
    ("orders", "/orders", "Orders", "application-id = true"),
    ("plain", "/orders", "Orders", ""),
    ("fulfilment", "/orders/fulfilment", "Order_Fulfilment", "application-id = true"),
)
