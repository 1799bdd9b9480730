"""Which iFlow a call reached: by the tenant file, else by the tenant's own list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pytest_iflow.monitoring.artifacts import ServiceEndpoint
from pytest_iflow.monitoring.called_iflow import called_artifact
from pytest_iflow.tenants.model import Environment, Iflow
from pytest_iflow.transport.exchange import Exchange, Request, Response

IFLOWS = (Iflow("orders", "/orders", "Orders"), Iflow("soap", "/cxf/soap", "Soap"), Iflow("plain", "/plain"))


def called(name: str, path: str) -> Exchange:
    """A call of an iFlow by a name, at a path of the runtime."""
    request = Request("POST", f"https://runtime.example{path}?a=b", {})
    return Exchange(request, Response(200, "OK", {}), datetime.now(UTC), 0.1, iflow=name)


def endpoint(iflow: str, *urls: str) -> ServiceEndpoint:
    """An endpoint with these entry points."""
    return ServiceEndpoint(iflow, iflow, "", "1.0.0", "REST", None, urls, "")


ENDPOINTS = (
    endpoint("Plain_Flow", "https://other.example/x", "https://runtime.example/http/plain"),
    endpoint("Every_Flow", "https://runtime.example/http/*"),
    endpoint("Any_Flow", "https://runtime.example/http/any/*"),
    endpoint("One_Flow", "https://runtime.example/http/any/one"),
)


@pytest.mark.parametrize(
    ("name", "path", "artifact"),
    [
        ("orders", "/http/orders", "Orders"),
        ("/orders", "/http/orders", "Orders"),
        ("/cxf/soap", "/cxf/soap", "Soap"),
        ("plain", "/http/plain", "Plain_Flow"),
        ("/any/thing", "/http/any/thing", "Any_Flow"),
        ("/any/one", "/http/any/one", "One_Flow"),
        ("/else", "/http/else", "Every_Flow"),
        ("/cxf/nowhere", "/cxf/nowhere", None),
    ],
)
def test_the_artifact_of_a_call(name: str, path: str, artifact: str | None) -> None:
    """The list is asked for only where the file says nothing; the closest address of it counts."""
    asked: list[str] = []

    def endpoints() -> Iterable[ServiceEndpoint]:
        asked.append(name)
        return ENDPOINTS

    environment = Environment("t", "e", Path(), {}, {each.name: each for each in IFLOWS})
    assert called_artifact(called(name, path), environment, endpoints) == artifact
    assert bool(asked) == (artifact not in {"Orders", "Soap"})
