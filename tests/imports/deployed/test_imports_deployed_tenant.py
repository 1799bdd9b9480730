"""Import of a tenant, from zero: exported iFlows on the local tenant, imported, and run by a process."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest

from tests.emulated_tenant import name_tenant
from tests.emulator.emulator_process import Emulator
from tests.engine_flows import bundle_files, call_step, end, modifier, receiver, row, start
from tests.exported_bundles import event, step, write, zipped
from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project", "tests.emulated_tenant"]

XSD = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:element name="order"><xs:complexType><xs:sequence>
<xs:element name="id"><xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="[A-Z]{3}-[0-9]{4}"/>
</xs:restriction></xs:simpleType></xs:element><xs:element name="amount" type="xs:decimal"/>
</xs:sequence></xs:complexType></xs:element></xs:schema>"""
WSDL = b"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:t="urn:t" targetNamespace="urn:t"><types><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
 targetNamespace="urn:t"><xs:element name="Confirm" type="xs:int"/></xs:schema></types>
<message name="in"><part name="p" element="t:Confirm"/></message>
<portType name="P"><operation name="Confirm"><input message="t:in"/><output message="t:in"/></operation>
</portType>
<binding name="B" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
<operation name="Confirm"><soap:operation soapAction="urn:confirm"/></operation></binding>
<service name="S"><port name="p" binding="t:B"><soap:address location="https://example.com/cxf/c"/></port></service>
</definitions>"""
VALIDATOR = step("v", "Check", "XmlValidator", xsd="/xsd/order.xsd")
SOURCE = "src/main/resources/"


def flow(
    own: str, *steps: str, sender: str = "HTTPS", connections: tuple[str, ...] = (), **by: str
) -> Mapping[str, bytes]:
    """Return the bundle of a flow with these steps, at the address of its id."""
    parts = row([start(), *steps, end()])
    return bundle_files(parts, (), connections, own, sender, f"/{own}", by=by)


FLOWS: dict[str, Mapping[str, bytes]] = {
    "Validated": {**flow("Validated", VALIDATOR), f"{SOURCE}xsd/order.xsd": XSD},
    "Json": flow("Json", step("j", "Read JSON", "JsonToXmlConverter")),
    "Own_Body": flow(
        "Own_Body", modifier(body="<own/>", body_type="constant"), step("x", "X", "XmlToJsonConverter")
    ),
    "Asks_A_Receiver": flow(
        "Asks_A_Receiver",
        call_step("call"),
        step("x", "To JSON", "XmlToJsonConverter"),
        connections=tuple(receiver("Shop", "HTTP", "call", httpAddressWithoutQuery="https://shop.example/x")),
    ),
    "Packed": flow("Packed", step("z", "Unpack", "Decoder", "ZIP Decompress")),
    "Described": {
        **flow("Described", sender="SOAP", soapWsdlURL="/wsdl/confirm.wsdl"),
        f"{SOURCE}wsdl/confirm.wsdl": WSDL,
    },
    "Fails": bundle_files(
        row([start(), event("esc", "Stop", "endEvent", "escalation")]), (), (), "Fails", "HTTPS", "/Fails"
    ),
    "Sends_Files": bundle_files(row([start(), end()]), (), (), "Sends_Files", "SFTP", "/in"),
}


@pytest.fixture(scope="module")
def runs(new_project: Callable[[], InnerProject]) -> tuple[InnerRun, InnerRun]:
    """The command, and then pytest, with nothing in between."""
    project = new_project()
    for name, files in FLOWS.items():
        write(project.root / f"tenants/local-flows/{name}.zip", zipped(files))
    imported = project.command("import", "tenant", "--tenant=local", "--json")
    return imported, project.run("--tenant=local", "-q")


def remarks(run: InnerRun, fate: str) -> dict[str, str]:
    """Return what the report says, by flow."""
    return {each["origin"]: each["what"] for each in json.loads(run.out)["remarks"] if each["fate"] == fate}


def test_every_flow_has_a_scenario_that_passes_or_a_reason(runs: tuple[InnerRun, InnerRun]) -> None:
    """Those that come with the tenant, too."""
    imported, run = runs
    assert imported.code == 0, imported.text
    assert run.code == 0, run.text
    taken, left = remarks(imported, "taken"), remarks(imported, "left")
    assert set(FLOWS) <= {*taken, *(origin.partition(":")[0] for origin in left)}
    assert {"Echo", "Orders_OData", "Order_SOAP", "Product_Details"} <= {
        *taken,
        *(origin.partition(":")[0] for origin in left),
    }
    statuses = [scenario["status"] for scenario in run.summary()["scenarios"]]
    assert statuses == ["passed"] * len(statuses)
    assert len(statuses) >= len(taken)


def test_messages_are_derived_of_the_schemas_and_steps(runs: tuple[InnerRun, InnerRun]) -> None:
    """Each is accepted and completed by the flow that it was made for."""
    imported, _ = runs
    assert {"Validated", "Json", "Own_Body", "Asks_A_Receiver", "Described"} <= remarks(
        imported, "taken"
    ).keys()
    payloads = imported.root / "payloads/generated"
    assert "AAA-1111" in (payloads / "validated/request.xml").read_text("utf-8")
    assert json.loads((payloads / "json/request.json").read_text("utf-8"))
    assert not (payloads / "own-body").exists()
    described = (imported.root / "features/generated/described.feature").read_text("utf-8")
    assert 'the SOAP action is "urn:confirm"' in described
    assert "@generated" in described
    asks = (imported.root / "features/generated/asks-a-receiver.feature").read_text("utf-8")
    assert 'Given the receiver "Shop" answers:' in asks


def test_what_cannot_be_derived_is_listed_with_its_reason(runs: tuple[InnerRun, InnerRun]) -> None:
    """Of flows that fail the tenant's own words."""
    left = remarks(runs[0], "left")
    assert "ZIP decompression" in left["Packed"]
    assert "its sender is SFTP" in left["Sends_Files"]
    assert "escalat" in left["Fails: A call without a body"]


def test_elsewhere_the_import_sends_nothing_and_the_run_only_when_wanted(
    project: InnerProject, emulator: Emulator
) -> None:
    """What the bundles and the senders say is read; what cannot be tried and is not described is listed."""
    name_tenant(project, emulator)
    imported = project.command("import", "tenant", "--tenant=acme", "--json")
    assert imported.code == 0, imported.text
    taken, left = remarks(imported, "taken"), remarks(imported, "left")
    assert taken.keys() == {"Order_SOAP", "Orders_OData", "Product_OData", "Product_SOAP"}
    assert "no model" in left["Echo"]
    called = {path for path, number in emulator.counters()["calls"].items() if number}
    assert not {path for path in called if path.startswith("/http/")}
    assert not any(path.endswith(("/products", "/purchase-orders")) for path in called)
    skipped, run = project.run_several(
        (["--tenant=acme", "-q", "--no-preflight"], {}),
        (["--tenant=acme", "-q", "--no-preflight", "--generated"], {}),
    )
    assert "4 skipped" in skipped.out, skipped.text
    assert "3 passed" in run.out, run.text  # there is no product "text"
