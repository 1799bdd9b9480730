"""iFlows found by name, and which one a call reached: by the tenant file, else by the list of endpoints."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.errors import ConfigurationError, MonitoringError
from pytest_iflow.monitoring.artifacts import ServiceEndpoint
from pytest_iflow.monitoring.discovery import Discovery, called_artifact
from pytest_iflow.places import Places
from pytest_iflow.run import Run
from pytest_iflow.tenants.model import Environment, Iflow
from pytest_iflow.transport.exchange import Exchange, Request, Response
from tests.emulated_tenant import undeploy
from tests.emulator.emulator_process import Emulator
from tests.loopback_server import Reply
from tests.loopback_tenant import LoopbackTenant
from tests.side_by_side import SideBySide, side_by_side

pytest_plugins = ["tests.emulated_tenant"]


def requests_of(run: Run) -> int:
    """Return how many requests the run has sent to the API."""
    assert run.monitor is not None
    return run.monitor.api.requests


def called(path: str, headers: dict[str, str]) -> Exchange:
    """A call at a path of the runtime, and the headers of its answer."""
    request = Request("POST", f"https://runtime.example{path}", {})
    return Exchange(request, Response(200, "OK", headers), datetime.now(UTC), 0.1, iflow=path)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("Product_SOAP", "/cxf/products"),
        ("Products by SOAP", "/cxf/products"),
        ("Product_OData", "/gw/odata/SAP/PRODUCTS"),
        ("Orders_OData", "/gw/odata/SAP/ORDERS;v=1"),
        ("Echo_Any_Path", "/http/echo"),
        ("Product_Details_CSRF", "/http/products/details/csrf"),
    ],
)
def test_an_iflow_is_found_by_id_or_title_whatever_its_protocol(
    emulated_run: Run, name: str, path: str
) -> None:
    """The path of its entry point is what is called; ``/*`` at its end stands for what may follow."""
    assert emulated_run.discovery.path(name) == path


def test_threads_that_need_the_endpoints_at_once_share_a_request(emulated_run: Run) -> None:
    """Of names that the list has, and of one that it has not."""
    names = ["Product_SOAP", "Echo_Limited"] * 16
    assert len(set(side_by_side(emulated_run.discovery.path, names))) == 2
    assert requests_of(emulated_run) == 1


def test_threads_that_get_no_endpoints_have_errors_of_their_own(tells: Any) -> None:
    """Of one request; what is noted on the error of one scenario is not on that of another."""
    told = tells(Reply(403, pause=0.2))
    threads = SideBySide(told.run.discovery.path, ["Orders"] * 32, Places(32))
    errors = {id(error) for error in threads.results() if isinstance(error, MonitoringError)}
    assert len(errors) == 32
    assert len(told.asked) == 1


def test_the_tenant_is_asked_once(emulated_run: Run) -> None:
    """Each further name comes from the same answer."""
    for name in ("Product_SOAP", "Echo_Limited", "Product_SOAP"):
        emulated_run.discovery.path(name)
    assert requests_of(emulated_run) == 1


def test_what_is_known_says_whom_an_answer_is_of(emulated_run: Run) -> None:
    """An answer that names its message is no reason to ask the tenant; one that does not is."""
    discovery, monitor = emulated_run.discovery, emulated_run.monitor
    named = called("/http/echo-limited", {"sap_messageprocessinglogid": "AGMDk4xoI4HyB3JEHjYPc_OacRnI"})
    assert discovery.called_artifact(called("/http/echo-limited", {})) is None
    assert discovery.called_artifact(named, monitor) is None
    assert requests_of(emulated_run) == 0
    assert discovery.called_artifact(called("/http/echo-limited", {}), monitor) == "Echo_Limited"
    assert discovery.called_artifact(named, monitor) == "Echo_Limited"
    assert requests_of(emulated_run) == 1


def test_an_address_of_the_tenant_file_needs_no_request(emulated_run: Run) -> None:
    """Nobody has to be asked."""
    assert emulated_run.discovery.path("product-details") == "/http/products/details"
    assert requests_of(emulated_run) == 0


def test_an_artifact_of_the_tenant_file_is_found_by_its_id(emulated_run: Run) -> None:
    """The name is the suite's own."""
    iflows = {"soap": Iflow("soap", artifact="Product_SOAP")}
    environment = type(emulated_run.environment)("local", "dev", emulated_run.root, {}, iflows)
    discovery = Discovery(environment, lambda: emulated_run.monitor)
    assert discovery.path("soap") == "/cxf/products"
    assert (discovery.artifact("soap"), discovery.artifact("Echo")) == ("Product_SOAP", "Echo")


def test_a_wrong_name_leads_to_the_closest_ones(emulated_run: Run) -> None:
    """Those of the tenant and those of the tenant file."""
    with pytest.raises(ConfigurationError, match='there is no iFlow "Produkt_SOAP"') as caught:
        emulated_run.discovery.path("Produkt_SOAP")
    remedy = str(caught.value.remedy)
    assert remedy.startswith('Did you mean "Product_SOAP" or ')
    assert "pytest-iflow endpoints --tenant=local --environment=dev" in remedy
    with pytest.raises(ConfigurationError) as caught:
        emulated_run.discovery.path("product-detail")
    assert str(caught.value.remedy).startswith('Did you mean "product-details" or ')
    with pytest.raises(ConfigurationError) as caught:
        emulated_run.discovery.path("ßßß")
    assert str(caught.value.remedy).startswith("pytest-iflow endpoints")


def test_an_endpoint_that_is_not_listed_yet_is_said_so(emulated_run: Run, emulator: Emulator) -> None:
    """It is started; the list comes later (wire-facts 5.3). What is not deployed is another matter."""
    emulator.set_faults({"endpoint_delay": 3600})
    undeploy(emulator, "Echo_Limited")
    for name in ("Product_SOAP", "Products by SOAP"):
        with pytest.raises(
            ConfigurationError, match=r"is started since 2.* lists no endpoint of it yet"
        ) as it:
            emulated_run.discovery.path(name)
        assert "30 seconds to some minutes" in str(it.value.remedy)
        assert "artifact Product_SOAP" in str(it.value.where)
    with pytest.raises(ConfigurationError, match='there is no iFlow "Echo_Limited"'):
        emulated_run.discovery.path("Echo_Limited")


def endpoint(iflow: str, *urls: str) -> dict[str, Any]:
    """Return an endpoint as the API gives it."""
    return {
        "Id": f"{iflow}$endpointAddress=x",
        "Name": iflow,
        "Title": iflow,
        "Version": "1.0.0",
        "Protocol": "REST",
        "LastUpdated": "/Date(1522069440003)/",
        "EntryPoints": {"results": [{"Url": url} for url in urls]},
    }


def listed(*entities: dict[str, Any]) -> Reply:
    """Return a page of the API."""
    body = json.dumps({"d": {"results": entities}}).encode()
    return Reply(200, body, {"Content-Type": "application/json"})


def test_several_entry_points_of_one_path_are_one(tells: Any) -> None:
    """The host is that of the service key in any case."""
    hosts = ("https://a.example/http/x", "https://b.example/http/x")
    assert tells(listed(endpoint("Two_Hosts", *hosts))).run.discovery.path("Two_Hosts") == "/http/x"


def test_several_paths_are_not_guessed_between(tells: Any) -> None:
    """The feature has to name the one that it means."""
    told = tells(
        listed(endpoint("Two", "https://a.example/http/x"), endpoint("Two", "https://a.example/cxf/y"))
    )
    with pytest.raises(ConfigurationError, match="several endpoints: /cxf/y, /http/x") as caught:
        told.run.discovery.path("Two")
    assert '"/cxf/y"' in str(caught.value.remedy)


def test_an_artifact_that_did_not_start_is_said_so(tells: Any) -> None:
    """Its status is the reason that it has no endpoint."""
    broken = {"Id": "Orders", "Name": "Orders", "Version": "1.0.0", "Type": "x", "Status": "ERROR"}
    told = tells(listed(), listed(broken))
    with pytest.raises(ConfigurationError, match='"Orders" cannot be called: its status is ERROR'):
        told.run.discovery.path("Orders")


def test_a_tenant_that_does_not_say_is_not_asked_for_each_scenario(
    tells: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure of a moment ago stands; later it is asked again."""
    told = tells(Reply(403), listed(endpoint("Orders", "https://a.example/http/orders")))
    for _ in range(3):
        with pytest.raises(MonitoringError):
            told.run.discovery.path("Orders")
    assert len(told.asked) == 1
    monkeypatch.setattr("pytest_iflow.monitoring.discovery.FAILURE_HOLDS", 0.0)
    assert told.run.discovery.path("Orders") == "/http/orders"


def test_what_the_controller_found_is_what_workers_know(
    emulated_run: Run, loopback_tenant: LoopbackTenant
) -> None:
    """They ask nobody."""
    exported = emulated_run.discovery.export()
    worker = Discovery(loopback_tenant.environment(), lambda: emulated_run.monitor)
    worker.adopt(exported)
    assert worker.path("Product_SOAP") == "/cxf/products"
    assert requests_of(emulated_run) == 1


def test_what_cannot_be_had_is_left_to_the_worker_that_needs_it(
    tells: Any, loopback_tenant: LoopbackTenant
) -> None:
    """Without a key of plan api, or from a tenant that refuses, nothing is handed over."""
    assert Discovery(loopback_tenant.environment(), lambda: None).export() == b""
    assert tells(Reply(403)).run.discovery.export() == b""
    assert pickle.loads(tells(listed()).run.discovery.export()) == ()  # noqa: S301, of this very test


IFLOWS = (Iflow("orders", "/orders", "Orders"), Iflow("soap", "/cxf/soap", "Soap"), Iflow("plain", "/plain"))


def call_of(name: str, path: str) -> Exchange:
    """A call of an iFlow by a name, at a path of the runtime."""
    request = Request("POST", f"https://runtime.example{path}?a=b", {})
    return Exchange(request, Response(200, "OK", {}), datetime.now(UTC), 0.1, iflow=name)


def listed_endpoint(iflow: str, *urls: str) -> ServiceEndpoint:
    """An endpoint with these entry points."""
    return ServiceEndpoint(iflow, iflow, "", "1.0.0", "REST", None, urls, "")


ENDPOINTS = (
    listed_endpoint("Plain_Flow", "https://other.example/x", "https://runtime.example/http/plain"),
    listed_endpoint("Every_Flow", "https://runtime.example/http/*"),
    listed_endpoint("Any_Flow", "https://runtime.example/http/any/*"),
    listed_endpoint("One_Flow", "https://runtime.example/http/any/one"),
    listed_endpoint("OData_Flow", "https://runtime.example/gw/odata/SAP/ORDERS;v=1/"),
    listed_endpoint("SOAP_Flow", "https://runtime.example/cxf/listed"),
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
        ("/cxf/listed", "/cxf/listed/below", "SOAP_Flow"),
        ("/gw/odata/SAP/ORDERS;v=1", "/gw/odata/SAP/ORDERS;v=1/Orders('1')", "OData_Flow"),
        ("/gw/odata/SAP/ORDERS;v=12", "/gw/odata/SAP/ORDERS;v=12/Orders", None),
    ],
)
def test_the_artifact_of_a_call(name: str, path: str, artifact: str | None) -> None:
    """The list is asked for only where the file says nothing; the closest address of it counts."""
    asked: list[str] = []

    def endpoints() -> Iterable[ServiceEndpoint]:
        asked.append(name)
        return ENDPOINTS

    environment = Environment("t", "e", Path(), {}, {each.name: each for each in IFLOWS})
    assert called_artifact(call_of(name, path), environment, endpoints) == artifact
    assert bool(asked) == (artifact not in {"Orders", "Soap"})
