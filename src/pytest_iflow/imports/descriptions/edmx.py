"""Import of an EDMX: a feature for each entity set, with scenarios that read, filter and create."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from pytest_iflow.drafts.draft import (
    Fate,
    FeatureDraft,
    FileDraft,
    IflowDraft,
    Remark,
    ScenarioDraft,
    StepDraft,
    SuiteDraft,
    TenantDraft,
)
from pytest_iflow.drafts.file_names import Names, file_name, iflow_name
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.descriptions.edmx_description import EdmxDescription, EntitySet, Property, read_edmx
from pytest_iflow.imports.descriptions.files import read_description, source_of
from pytest_iflow.imports.destination import Destination
from pytest_iflow.imports.kinds import Request

_GUID = "00000000-0000-4000-8000-000000000001"
_DAY = 1_769_817_600_000
"""2026-01-31 in milliseconds since 1970, as JSON of version 2 has dates."""


class _Example(Struct, frozen=True):
    """An Edm type: its value in JSON of version 2 and 4, and how it is written in addresses of both."""

    json_2: Any
    json_4: Any
    address_2: str
    address_4: str


_EXAMPLES = {
    "Edm.Binary": _Example("dGV4dA==", "dGV4dA==", "binary'74657874'", "binary'dGV4dA=='"),
    "Edm.Boolean": _Example(True, True, "true", "true"),
    "Edm.Byte": _Example(1, 1, "1", "1"),
    "Edm.Date": _Example("2026-01-31", "2026-01-31", "2026-01-31", "2026-01-31"),
    "Edm.DateTime": _Example(f"/Date({_DAY})/", "2026-01-31T00:00:00Z", "datetime'2026-01-31T00:00:00'", ""),
    "Edm.DateTimeOffset": _Example(
        f"/Date({_DAY}+0000)/",
        "2026-01-31T00:00:00Z",
        "datetimeoffset'2026-01-31T00:00:00Z'",
        "2026-01-31T00:00:00Z",
    ),
    "Edm.Decimal": _Example("1", 1, "1m", "1"),
    "Edm.Double": _Example(1.5, 1.5, "1.5d", "1.5"),
    "Edm.Duration": _Example("PT12H", "PT12H", "duration'PT12H'", "duration'PT12H'"),
    "Edm.Guid": _Example(_GUID, _GUID, f"guid'{_GUID}'", _GUID),
    "Edm.Int16": _Example(1, 1, "1", "1"),
    "Edm.Int32": _Example(1, 1, "1", "1"),
    "Edm.Int64": _Example("1", 1, "1L", "1"),
    "Edm.SByte": _Example(1, 1, "1", "1"),
    "Edm.Single": _Example(1.5, 1.5, "1.5f", "1.5"),
    "Edm.Time": _Example("PT12H00M00S", "PT12H", "time'PT12H00M00S'", ""),
    "Edm.TimeOfDay": _Example("12:00:00", "12:00:00", "12:00:00", "12:00:00"),
}
"""By Edm type. OData 2.0: "Primitive Data Types", "JSON Format"; OData 4.01: "JSON Format" 7.1, "URL
Conventions" 5.1.1.14."""


def read_draft(request: Request) -> SuiteDraft:
    """Read an EDMX; raises ConfigurationError where it is none, or cannot be read."""
    path = source_of(request, "an EDMX")
    edmx = read_edmx(read_description(path), str(path))
    if not edmx.entity_sets:
        raise ConfigurationError("The EDMX has no entity set.", where=str(path))
    folder, name = file_name(edmx.name), iflow_name(edmx.name)
    address = f"/gw/odata/SAP/{edmx.name.rpartition('.')[2]};v=1"
    what = f"The EDMX does not say where its iFlow is called: correct {address} in the tenant file."
    features, files, remarks = odata_features(edmx, name, folder)
    tenant = TenantDraft(
        request.tenant, Destination(request).environment, iflows=(IflowDraft(name, address),)
    )
    remarks = [Remark(Fate.CHANGED, f"iFlow {name}", what), *remarks]
    return SuiteDraft(path.name, features, files, (tenant,), tuple(remarks))


def odata_features(
    edmx: EdmxDescription, iflow: str, folder: str
) -> tuple[tuple[FeatureDraft, ...], tuple[FileDraft, ...], list[Remark]]:
    """Return a feature for each entity set that calls an iFlow, the payloads, and what became of each set."""
    remarks = [Remark(Fate.LEFT, origin, what) for origin, what in edmx.unread]
    features, files, names = [], [], Names()
    for each in edmx.entity_sets:
        name = names.add_file(file_name(each.name))
        scenarios = [*reading_scenarios(edmx, each, iflow)]
        if each.can_be_created:
            path = f"{folder}/{name}.json"
            files.append(FileDraft(f"payloads/{path}", _entity(edmx, each)))
            scenarios.append(_creating_scenario(each, iflow, path))
        else:
            what = "Nothing can be created in it, the EDMX says: there is no such scenario."
            remarks.append(Remark(Fate.LEFT, each.name, what))
        features.append(FeatureDraft(f"features/{folder}/{name}.feature", each.name, tuple(scenarios)))
        what = f"{len(scenarios)} scenario{'s' if len(scenarios) > 1 else ''}."
        remarks.append(Remark(Fate.TAKEN, each.name, what))
    return tuple(features), tuple(files), remarks


def reading_scenarios(edmx: EdmxDescription, entity_set: EntitySet, iflow: str) -> Iterator[ScenarioDraft]:
    """Yield the scenarios that read an entity set, all of it and with a filter."""
    query = f'I query "{entity_set.name}" of the OData iFlow "{iflow}" with:'
    accepted = StepDraft("Then", "the message is accepted")
    read = StepDraft("When", query, table=(("top", "5"),))
    yield ScenarioDraft(f"{entity_set.name} are read", (read, accepted), f"GET {entity_set.name}")
    chosen = next(filter(_has_literal, (*entity_set.key_properties, *entity_set.properties)), None)
    if chosen is not None:
        condition = f"{chosen.name} eq {literal_of(edmx, chosen)}"
        filtered = StepDraft("When", query, table=(("filter", condition), ("top", "5")))
        name = f"{entity_set.name} are filtered"
        yield ScenarioDraft(name, (filtered, accepted), f"GET {entity_set.name}?$filter")


def _creating_scenario(entity_set: EntitySet, iflow: str, path: str) -> ScenarioDraft:
    call = f'I create an entity in "{entity_set.name}" of the OData iFlow "{iflow}" with the file "{path}"'
    steps = (StepDraft("When", call), StepDraft("Then", "the message is accepted"))
    return ScenarioDraft(f"An entity is created in {entity_set.name}", steps, f"POST {entity_set.name}")


def _entity(edmx: EdmxDescription, entity_set: EntitySet) -> bytes:
    keys = set(entity_set.keys)
    sent = [each for each in entity_set.properties if each.can_be_created or each.name in keys]
    return f"{json.dumps(_object(edmx, sent), indent=2, ensure_ascii=False)}\n".encode()


def _object(edmx: EdmxDescription, properties: Sequence[Property]) -> dict[str, Any]:
    found = {}
    for each in properties:
        if each.type == "Edm.Stream" or each.type.startswith(("Edm.Geo", "Edm.Untyped")):
            continue
        value = _value(edmx, each)
        found[each.name] = [value] if each.is_collection else value
    return found


def _value(edmx: EdmxDescription, each: Property) -> Any:
    if each.choices:
        return each.choices[0]
    if (example := _EXAMPLES.get(each.type)) is not None:
        return example.json_4 if edmx.version == 4 else example.json_2  # noqa: PLR2004, of OData
    if each.members or not each.type.startswith("Edm."):
        return _object(edmx, each.members)
    return "text"[: each.length]


def literal_of(edmx: EdmxDescription, each: Property) -> str:
    """Return the example value of a property as an address has it."""
    example = _EXAMPLES.get(each.type)
    if example is None:
        return f"'{'text'[: each.length]}'"
    return example.address_4 if edmx.version == 4 else example.address_2  # noqa: PLR2004, of OData


def _has_literal(each: Property) -> bool:
    is_known = each.type in _EXAMPLES or each.type == "Edm.String"
    return is_known and each.can_be_filtered and not each.is_collection
