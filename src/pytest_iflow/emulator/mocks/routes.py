"""The orders below ``/emulator/receivers``: JSON over HTTP, described in ``docs/receivers.md``."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.routing import Route

from pytest_iflow.emulator.mocks.calls import ReceiverCall
from pytest_iflow.emulator.mocks.mocks import Mocks
from pytest_iflow.emulator.mocks.rules import MockAnswer, RuleError
from pytest_iflow.emulator.wire_answer import WireAnswer

_ORDERS = msgspec.json.Decoder(dict[str, list[MockAnswer]])


def routes(root: str, mocks: Mocks) -> list[Route]:
    """Return what answers below a path."""

    async def scenario(request: Request) -> WireAnswer:
        name = unquote(request.path_params["scenario"])
        if request.method == "DELETE":
            mocks.forget(name)
            return WireAnswer(HTTPStatus.NO_CONTENT, ())
        if request.method == "PUT":
            return _order(mocks, name, await request.body())
        receiver = request.query_params.get("receiver", "")
        calls, lost = mocks.calls(name, receiver)
        return _json({"calls": [_summary(number, call) for number, call in calls], "lost": lost})

    async def one_call(request: Request) -> WireAnswer:
        number = request.path_params["number"]
        call = mocks.call(unquote(request.path_params["scenario"]), number)
        if call is None:
            return _text(HTTPStatus.NOT_FOUND, f"There is no call {number}.\n")
        return _json({**_summary(number, call), "headers": dict(call.headers), "body": call.body})

    return [
        Route(f"{root}/receivers/{{scenario}}", scenario, methods=["GET", "PUT", "DELETE"]),
        Route(f"{root}/receivers/{{scenario}}/calls/{{number:int}}", one_call),
    ]


def _order(mocks: Mocks, scenario: str, body: bytes) -> WireAnswer:
    try:
        for receiver, answers in _ORDERS.decode(body).items():
            mocks.order(scenario, receiver, answers)
    except (msgspec.MsgspecError, RuleError) as error:
        return _text(HTTPStatus.BAD_REQUEST, f"{error}\n")
    return WireAnswer(HTTPStatus.NO_CONTENT, ())


def _summary(number: int, call: ReceiverCall) -> dict[str, object]:
    held = {
        name: getattr(call, name) for name in ("receiver", "kind", "flow", "step", "method", "url", "name")
    }
    return {"number": number, **held, "is_whole": call.is_whole}


def _json(document: object) -> WireAnswer:
    return WireAnswer(HTTPStatus.OK, (("content-type", "application/json"),), msgspec.json.encode(document))


def _text(status: HTTPStatus, text: str) -> WireAnswer:
    return WireAnswer(status, (("content-type", "text/plain; charset=utf-8"),), text.encode())
