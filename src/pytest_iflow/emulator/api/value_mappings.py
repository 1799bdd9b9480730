"""The values of a value mapping, entry by entry (wire-facts 5.6).

They stand in the file ``value_mapping.xml`` of its archive, one group for each pair of values. Its form is
that of FlashPipe's test data; that an entry is the default one by its attribute ``isDefault`` is assumed.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from lxml import etree

from pytest_iflow.emulator.odata.model import ODataError
from pytest_iflow.emulator.odata.query_options import string_parameter

VALUES = "value_mapping.xml"
DEFAULT = "isDefault"
UPSERT, SET_DEFAULT, DELETE = "UpsertValMaps", "UpdateDefaultValMap", "DeleteValMaps"
VALUE_CHANGES = frozenset({UPSERT, SET_DEFAULT, DELETE})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is used: an agency, and the identifier of its scheme."""

    agency: str
    identifier: str


@dataclass(frozen=True, slots=True)
class ValueMap:
    """One direction of a group: a value of one place and the value of another; ``id`` is the group's."""

    id: str
    source: Place
    value: str
    target: Place
    target_value: str
    is_default: bool


class ValueMaps:
    """The groups of a value mapping."""

    def __init__(self, content: bytes) -> None:
        """Read a ``value_mapping.xml``; raises ODataError for what is none."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            self._root = etree.fromstring(content or b'<vm version="2.0"/>', parser)
        except etree.XMLSyntaxError as error:
            raise ODataError(HTTPStatus.BAD_REQUEST, f"The file {VALUES} is no XML.") from error

    def content(self) -> bytes:
        """Return the file."""
        return etree.tostring(self._root, xml_declaration=True, encoding="UTF-8")

    def all(self) -> Iterator[ValueMap]:
        """Yield both directions of each pair of entries."""
        for group in self._root.iter("group"):
            entries = group.findall("entry")
            is_default = any(each.get(DEFAULT) == "true" for each in entries)
            for source in entries:
                for target in entries:
                    if source is not target:
                        yield ValueMap(
                            str(group.get("id") or ""),
                            _place(source),
                            source.findtext("value") or "",
                            _place(target),
                            target.findtext("value") or "",
                            is_default,
                        )

    def change(self, function: str, options: Mapping[str, str]) -> None:
        """Do what a function of the API does to the values between two places; raises ODataError."""
        source = Place(string_parameter(options, "SrcAgency"), string_parameter(options, "SrcId"))
        target = Place(string_parameter(options, "TgtAgency"), string_parameter(options, "TgtId"))
        if function == DELETE:
            self._delete(source, target)
        elif function == SET_DEFAULT:
            self._set_default(source, target, string_parameter(options, "ValMapId"))
        else:
            values = string_parameter(options, "SrcValue"), string_parameter(options, "TgtValue")
            own_id = string_parameter(options, "ValMapId") if "ValMapId" in options else ""
            self._upsert({source: values[0], target: values[1]}, own_id)

    def _upsert(self, values: Mapping[Place, str], own_id: str) -> None:
        """Change the group of an id, or add one; a pair that is there already stays as it is (assumed)."""
        for group in self._root.iter("group"):
            entries = {_place(entry): entry for entry in group.findall("entry")}
            if own_id and group.get("id") == own_id:
                for place, value in values.items():
                    _set(entries.get(place, group), place, value)
                return
            if all(
                place in entries and entries[place].findtext("value") == value
                for place, value in values.items()
            ):
                return
        group = etree.SubElement(self._root, "group", id=own_id or uuid.uuid4().hex)
        for place, value in values.items():
            _set(group, place, value)

    def _set_default(self, source: Place, target: Place, own_id: str) -> None:
        """Have one of the groups with the same value count; raises ODataError where there is no other."""
        between = [each for each in self.all() if (each.source, each.target) == (source, target)]
        chosen = next((each for each in between if each.id == own_id), None)
        if chosen is None:
            # Status and text are assumed.
            raise ODataError(HTTPStatus.NOT_FOUND, f"Value mapping with ID '{own_id}' not found.")
        rivals = {each.id for each in between if each.value == chosen.value}
        if len(rivals) == 1:
            raise ODataError(HTTPStatus.BAD_REQUEST, "Not enough target instances to create default.")
        for group in self._root.iter("group"):
            if group.get("id") in rivals:
                for entry in group.findall("entry"):
                    entry.attrib.pop(DEFAULT, None)
                    if group.get("id") == own_id and _place(entry) == source:
                        entry.set(DEFAULT, "true")

    def _delete(self, source: Place, target: Place) -> None:
        """Delete all groups between two places, in both directions."""
        for group in list(self._root.iter("group")):
            if {source, target} <= {_place(entry) for entry in group.findall("entry")}:
                self._root.remove(group)


def _place(entry: etree._Element) -> Place:
    return Place(entry.findtext("agency") or "", entry.findtext("schema") or "")


def _set(parent: etree._Element, place: Place, value: str) -> None:
    """Set the value of an entry, or add an entry to a group."""
    if parent.tag == "entry":
        found = parent.find("value")
        (etree.SubElement(parent, "value") if found is None else found).text = value
        return
    entry = etree.SubElement(parent, "entry")
    for name, text in (("agency", place.agency), ("schema", place.identifier), ("value", value)):
        etree.SubElement(entry, name).text = text
