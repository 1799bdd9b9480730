"""Import of WSDL and EDMX: a scenario for each operation, three for each entity set."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path

import pytest
from lxml import etree

from pytest_iflow.drafts.draft import SuiteDraft
from pytest_iflow.drafts.feature_text import feature_text
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.kinds import Request, read_draft

ORDERS = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" xmlns:t="urn:t"
 elementFormDefault="qualified"><xs:element name="Place"><xs:complexType><xs:sequence>
<xs:element name="id" type="xs:int"/><xs:element name="day" type="xs:date" minOccurs="0"/></xs:sequence>
</xs:complexType>
</xs:element><xs:element name="Placed" type="xs:string"/><xs:element name="Session" type="xs:string"/>
<xs:complexType name="money"><xs:sequence><xs:element name="amount" type="xs:decimal"/></xs:sequence>
</xs:complexType>
</xs:schema>"""
PORTS = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:t" targetNamespace="urn:t">
<types><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:import namespace="urn:t"
 schemaLocation="xsd/orders.xsd"/></xs:schema></types>
<message name="place"><part name="body" element="t:Place"/><part name="head" element="t:Session"/></message>
<message name="placed"><part name="body" element="t:Placed"/></message>
<message name="pay"><part name="sum" type="t:money"/><part name="code" element="t:Session"/></message>
<message name="none"/>
<portType name="P">
<operation name="Place"><input message="t:place"/><output message="t:placed"/></operation>
<operation name="Notify"><input message="t:placed"/></operation>
<operation name="Nothing"><input message="t:none"/></operation></portType>
<portType name="R"><operation name="Pay"><input message="t:pay"/><output message="t:placed"/></operation>
</portType>
</definitions>"""
SERVICE = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:t" targetNamespace="urn:t"
 xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:s12="http://schemas.xmlsoap.org/wsdl/soap12/"
 xmlns:h="http://schemas.xmlsoap.org/wsdl/http/">
<import namespace="urn:t" location="ports.wsdl"/>
<import namespace="urn:x" location="http://127.0.0.1:1/x.wsdl"/>
<binding name="B" type="t:P"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
<operation name="Place"><s:operation soapAction="urn:place"/><input><s:body use="literal" parts="body"/>
<s:header message="t:place" part="head" use="literal"/></input></operation>
<operation name="Notify"><s:operation soapAction=""/><input><s:body use="literal"/></input></operation>
<operation name="Nothing"><input><s:body use="literal"/></input></operation></binding>
<binding name="B12" type="t:P"><s12:binding transport="http://schemas.xmlsoap.org/soap/http"/>
<operation name="Place"><s12:operation soapAction="urn:place"/></operation></binding>
<binding name="R12" type="t:R"><s12:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>
<operation name="Pay"><s12:operation soapAction="urn:pay"/><input>
<s12:body use="literal" namespace="urn:r"/></input>
</operation></binding>
<binding name="H" type="t:P"><h:binding verb="GET"/></binding>
<service name="Order Service"><port name="a" binding="t:B"><s:address location="https://h/cxf/orders"/></port>
<port name="b" binding="t:B12"/><port name="c" binding="t:R12"/></service></definitions>"""

V2 = """<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">
<edmx:DataServices>
<Schema Namespace="SHOP" xmlns="http://schemas.microsoft.com/ado/2008/09/edm"
 xmlns:sap="http://www.sap.com/Protocols/SAPData">
<EntityType Name="Base"><Key><PropertyRef Name="Id"/></Key>
<Property Name="Id" Type="Edm.Guid" Nullable="false"/></EntityType>
<EntityType Name="Order" BaseType="SHOP.Base">
<Property Name="Note" Type="Edm.String" MaxLength="2"/><Property Name="Amount" Type="Edm.Decimal"/>
<Property Name="Day" Type="Edm.DateTime"/><Property Name="At" Type="Edm.Time"/>
<Property Name="Count" Type="Edm.Int64"/>
<Property Name="Server" Type="Edm.String" sap:creatable="false"/>
<Property Name="Address" Type="SHOP.Address"/></EntityType>
<ComplexType Name="Address"><Property Name="City" Type="Edm.String"/></ComplexType>
<EntityContainer Name="C"><EntitySet Name="Orders" EntityType="SHOP.Order"/>
<EntitySet Name="Old" EntityType="SHOP.Order" sap:creatable="false"/>
<EntitySet Name="Gone" EntityType="SHOP.None"/>
<FunctionImport Name="Close"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"""
V4 = """<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="shop" Alias="S" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EnumType Name="Kind"><Member Name="New"/><Member Name="Used"/></EnumType>
<TypeDefinition Name="Code" UnderlyingType="Edm.String" MaxLength="3"/>
<EntityType Name="Order"><Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="Edm.Int32"/>
<Property Name="Kind" Type="S.Kind"/><Property Name="Code" Type="shop.Code"/>
<Property Name="Day" Type="Edm.Date"/>
<Property Name="Tags" Type="Collection(Edm.String)"/><Property Name="Amount" Type="Edm.Decimal"/>
<Property Name="Picture" Type="Edm.Stream"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="Orders" EntityType="shop.Order"/>
<EntitySet Name="Read" EntityType="S.Order">
<Annotation Term="Org.OData.Capabilities.V1.InsertRestrictions"><Record>
<PropertyValue Property="Insertable" Bool="false"/>
</Record></Annotation></EntitySet></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"""


def scenarios(draft: SuiteDraft) -> dict[str, list[str]]:
    """Return the steps of each scenario by its name, with tables and texts below them."""
    return {
        scenario.name: [
            " ".join(
                [step.phrase, *(step.doc_string or "").split(), *(cell for row in step.table for cell in row)]
            )
            for step in scenario.steps
        ]
        for feature in draft.features
        for scenario in feature.scenarios
    }


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> SuiteDraft:
    """The draft of a service whose port types and schemas lie in other files."""
    folder = tmp_path_factory.mktemp("wsdl")
    (folder / "xsd").mkdir()
    for name, text in {"service.wsdl": SERVICE, "ports.wsdl": PORTS, "xsd/orders.xsd": ORDERS}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return read_draft("wsdl", Request(folder / "service.wsdl", folder, "trial"))


def test_operations_become_scenarios(service: SuiteDraft) -> None:
    """Document and rpc, SOAP 1.1 and 1.2, with headers, with and without an answer."""
    assert scenarios(service) == {
        "Place": [
            'the SOAP action is "urn:place"',
            'the SOAP header: <n0:Session xmlns:n0="urn:t">text</n0:Session>',
            'I send the file "order-service/place.xml" in a SOAP envelope to the iFlow "orders"',
            "the message is accepted",
            'the response value at "//Placed" exists',
        ],
        "Notify": [
            'I send the file "order-service/notify.xml" in a SOAP envelope to the iFlow "orders"',
            "the message is accepted",
        ],
        "Pay": [
            'the SOAP action is "urn:pay"',
            'I send the file "order-service/pay.xml" in a SOAP 1.2 envelope to the iFlow "orders"',
            "the message is accepted",
        ],
    }
    assert [(each.name, each.address) for each in service.tenants[0].iflows] == [("orders", "/cxf/orders")]


def test_bodies_fit_the_schemas(service: SuiteDraft) -> None:
    """By libxml2; the wrapper of an rpc message is in the namespace that its binding says."""
    files = {Path(file.path).name: etree.fromstring(file.data) for file in service.files}
    judge = etree.XMLSchema(etree.fromstring(ORDERS))
    assert judge.validate(files["place.xml"]), judge.error_log
    assert files["place.xml"].findtext("{urn:t}day") == "2026-01-31"
    assert files["pay.xml"].tag == "{urn:r}Pay"
    assert [child.tag for child in files["pay.xml"]] == ["sum", "{urn:t}Session"]
    assert files["pay.xml"].findtext("sum/{urn:t}amount") == "1"


def test_what_is_left_of_a_service_is_listed(service: SuiteDraft) -> None:
    """Another binding, one of HTTP, a file of the network, an operation without a body."""
    left = {each.origin: each.what for each in service.remarks if each.fate.value == "left"}
    assert left.keys() == {"Place", "H", "http://127.0.0.1:1/x.wsdl", "Nothing"}
    assert "SOAP 1.2" in left["Place"]
    assert "0 parts" in left["Nothing"]


@pytest.mark.parametrize("odd", ["", "[", "a b", "\\p{L}+"])
def test_odd_names_are_refused_or_listed(odd: str, tmp_path: Path) -> None:
    """Whatever stands in an attribute: each is put into each place, one after the other."""
    texts = {"service.wsdl": SERVICE, "ports.wsdl": PORTS, "orders.xsd": ORDERS}
    whole = {name: text.replace("xsd/orders.xsd", "orders.xsd") for name, text in texts.items()}
    for changed, text in whole.items():
        for place in re.finditer(r'="([^"]*)"', text):
            mutated = {**whole, changed: text[: place.start(1)] + odd + text[place.end(1) :]}
            for name, content in mutated.items():
                (tmp_path / name).write_text(content, encoding="utf-8")
            with contextlib.suppress(ConfigurationError):
                for feature in read_draft(
                    "wsdl", Request(tmp_path / "service.wsdl", tmp_path, "trial")
                ).features:
                    assert feature_text(feature)


def test_entity_sets_of_version_2(tmp_path: Path) -> None:
    """Values and addresses are those of OData 2; what the annotations of SAP forbid is left out."""
    file = tmp_path / "shop.edmx"
    file.write_text(V2, encoding="utf-8")
    draft = read_draft("edmx", Request(file, tmp_path))
    guid = "00000000-0000-4000-8000-000000000001"
    query = 'I query "Orders" of the OData iFlow "SHOP" with:'
    assert {name: steps[0] for name, steps in scenarios(draft).items() if "Orders" in name} == {
        "Orders are read": f"{query} top 5",
        "Orders are filtered": f"{query} filter Id eq guid'{guid}' top 5",
        "An entity is created in Orders": 'I create an entity in "Orders" of the OData iFlow "SHOP" '
        'with the file "shop/orders.json"',
    }
    (payload,) = draft.files
    assert json.loads(payload.data) == {
        "Id": guid, "Note": "te", "Amount": "1", "Day": "/Date(1769817600000)/", "At": "PT12H00M00S",
        "Count": "1",
        "Address": {"City": "text"},
    }  # fmt: skip
    left = {each.origin for each in draft.remarks if each.fate.value == "left"}
    assert left == {"Old", "Gone", "Close"}
    assert draft.tenants[0].iflows[0].address == "/gw/odata/SAP/SHOP;v=1"


def test_entity_sets_of_version_4(tmp_path: Path) -> None:
    """Enumerations, type definitions, collections; dates and numbers as version 4 has them."""
    file = tmp_path / "shop.edmx"
    file.write_text(V4, encoding="utf-8")
    draft = read_draft("edmx", Request(file, tmp_path))
    (payload,) = draft.files
    assert json.loads(payload.data) == {
        "Id": 1, "Kind": "New", "Code": "tex", "Day": "2026-01-31", "Tags": ["text"], "Amount": 1,
    }  # fmt: skip
    assert scenarios(draft)["Read are filtered"][0].endswith("filter Id eq 1 top 5")
    assert "An entity is created in Read" not in scenarios(draft)
