"""The metadata document of a service (EDMX, OData V2)."""

from __future__ import annotations

from lxml import etree

from pytest_iflow.emulator.odata.edm import EdmType
from pytest_iflow.emulator.odata.model import (
    METADATA_NAMESPACE,
    ComplexProperty,
    EntitySet,
    EntityType,
    Model,
    Navigation,
    Property,
)

EDMX = "http://schemas.microsoft.com/ado/2007/06/edmx"
EDM = "http://schemas.microsoft.com/ado/2008/09/edm"
# The precision of the product service's decimals; of the API none is on record.
PRECISION = "23"


def metadata_document(model: Model) -> bytes:
    """Render the document: types, associations, and the container with the sets and functions."""
    edmx = etree.Element(f"{{{EDMX}}}Edmx", nsmap={"edmx": EDMX}, Version="1.0")
    services = etree.SubElement(edmx, f"{{{EDMX}}}DataServices", nsmap={"m": METADATA_NAMESPACE})
    services.set(_m("DataServiceVersion"), "2.0")
    schema = etree.SubElement(services, f"{{{EDM}}}Schema", nsmap={None: EDM}, Namespace=model.namespace)
    for entity_type in {each.type.name: each.type for each in model.sets}.values():
        _entity_type(schema, model, entity_type)
    for complex_property in _complex_types(model).values():
        _complex_type(schema, complex_property)
    for entity_set in model.sets:
        for navigation in entity_set.type.navigations:
            _association(schema, model, entity_set, navigation)
    _container(schema, model)
    return etree.tostring(edmx, encoding="utf-8", xml_declaration=True)


def _entity_type(schema: etree._Element, model: Model, entity_type: EntityType) -> None:
    element = _child(schema, "EntityType", Name=entity_type.name)
    if entity_type.media:
        element.set(_m("HasStream"), "true")
    key = _child(element, "Key")
    for name in entity_type.key:
        _child(key, "PropertyRef", Name=name)
    for each in entity_type.properties:
        if isinstance(each, ComplexProperty):
            _child(
                element,
                "Property",
                Name=each.name,
                Type=f"{model.namespace}.{each.type_name}",
                Nullable="false",
            )
        else:
            _property(element, each, nullable=each.name not in entity_type.key)
    for navigation in entity_type.navigations:
        name = _association_name(entity_type, navigation)
        _child(
            element,
            "NavigationProperty",
            Name=navigation.name,
            Relationship=f"{model.namespace}.{name}",
            FromRole=f"{name}_From",
            ToRole=f"{name}_To",
        )


def _complex_types(model: Model) -> dict[str, ComplexProperty]:
    return {
        each.type_name: each
        for entity_set in model.sets
        for each in entity_set.type.properties
        if isinstance(each, ComplexProperty)
    }


def _complex_type(schema: etree._Element, complex_property: ComplexProperty) -> None:
    element = _child(schema, "ComplexType", Name=complex_property.type_name)
    for each in complex_property.properties:
        _property(element, each, nullable=True)


def _property(parent: etree._Element, each: Property, nullable: bool) -> None:
    element = _child(
        parent, "Property", Name=each.name, Type=each.type, Nullable="true" if nullable else "false"
    )
    if each.type is EdmType.DECIMAL:
        element.set("Precision", PRECISION)
        element.set("Scale", str(each.scale))


def _association(schema: etree._Element, model: Model, entity_set: EntitySet, navigation: Navigation) -> None:
    name = _association_name(entity_set.type, navigation)
    target = model.set(navigation.target).type
    element = _child(schema, "Association", Name=name)
    ends = (("From", entity_set.type, "1"), ("To", target, "*" if navigation.many else "0..1"))
    for side, entity_type, multiplicity in ends:
        _child(
            element,
            "End",
            Type=f"{model.namespace}.{entity_type.name}",
            Multiplicity=multiplicity,
            Role=f"{name}_{side}",
        )


def _container(schema: etree._Element, model: Model) -> None:
    container = _child(schema, "EntityContainer", Name="DefaultContainer")
    container.set(_m("IsDefaultEntityContainer"), "true")
    for entity_set in model.sets:
        entity_type = f"{model.namespace}.{entity_set.type.name}"
        _child(container, "EntitySet", Name=entity_set.name, EntityType=entity_type)
    for entity_set in model.sets:
        for navigation in entity_set.type.navigations:
            name = _association_name(entity_set.type, navigation)
            association = f"{model.namespace}.{name}"
            element = _child(container, "AssociationSet", Name=f"{name}Set", Association=association)
            _child(element, "End", EntitySet=entity_set.name, Role=f"{name}_From")
            _child(element, "End", EntitySet=navigation.target, Role=f"{name}_To")
    for function in model.functions:
        element = _child(container, "FunctionImport", Name=function.name)
        element.set(_m("HttpMethod"), function.http_method)
        for parameter in function.parameters:
            _child(element, "Parameter", Name=parameter, Type=EdmType.STRING, Mode="In")


def _association_name(entity_type: EntityType, navigation: Navigation) -> str:
    return f"{entity_type.name}_{navigation.name}"


def _child(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{EDM}}}{name}", attributes)


def _m(name: str) -> str:
    return f"{{{METADATA_NAMESPACE}}}{name}"
