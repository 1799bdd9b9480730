"""Value mappings are read and changed value by value."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from pytest_iflow.emulator.api.archive import MANIFEST, Archive, manifest, pack
from pytest_iflow.emulator.api.value_mappings import VALUES, ValueMaps
from tests.emulator.api.api_tenant import ApiTenant
from tests.emulator.uploaded_flow import in_base64

ARTIFACT = "ValueMappingDesigntimeArtifacts(Id='Countries',Version='active')"
PLACES = {"SrcAgency": "ERP", "SrcId": "Country", "TgtAgency": "Shop", "TgtId": "Land"}
BACK = {"SrcAgency": "Shop", "SrcId": "Land", "TgtAgency": "ERP", "TgtId": "Country"}


def _key(places: dict[str, str]) -> str:
    return ",".join(f"{name}='{value}'" for name, value in places.items())


SCHEMA = f"{ARTIFACT}/ValMapSchema({_key(PLACES)})"


@pytest.fixture(autouse=True)
def countries(own: ApiTenant) -> None:
    """A value mapping of two countries, as FlashPipe's test data has it."""
    groups = "".join(
        f"<group id='{own_id}'><entry><agency>ERP</agency><schema>Country</schema><value>{country}</value>"
        f"</entry><entry><agency>Shop</agency><schema>Land</schema><value>{land}</value></entry></group>"
        for own_id, country, land in (("a1", "DE", "Germany"), ("a2", "FR", "France"))
    )
    archive = {
        MANIFEST: manifest("Countries", "Countries", "1.0.0", "ValueMapping"),
        VALUES: f'<vm version="2.0">{groups}</vm>'.encode(),
    }
    _send(own, "IntegrationPackages", {"Id": "P", "Name": "P", "ShortText": "s"})
    content = in_base64(pack(archive))
    _send(
        own,
        "ValueMappingDesigntimeArtifacts",
        {"Name": "Countries", "Id": "Countries", "PackageId": "P", "ArtifactContent": content},
    )


def _send(tenant: ApiTenant, resource: str, entity: dict[str, Any]) -> None:
    import json

    answer = tenant.change("POST", resource, json.dumps(entity).encode())
    assert answer.status == 201, answer.body


def _call(tenant: ApiTenant, function: str, **options: str) -> tuple[int, str]:
    """Call a function, its parameters as literals; returns status and the text of an error."""
    named = {"Id": "Countries", "Version": "active", **PLACES, **options}
    query = urlencode({name: f"'{value}'" for name, value in named.items()} | {"IsConfigured": "true"})
    answer = tenant.change("POST", function, query=query)
    return answer.status, answer.json()["error"]["message"]["value"] if answer.body else ""


def _values(tenant: ApiTenant, resource: str, query: str = "") -> list[tuple[str, str]]:
    found = tenant.ask(resource, query).json()["d"]["results"]
    return [(each["Value"]["SrcValue"], each["Value"]["TgtValue"]) for each in found]


def test_values_are_read_in_both_directions(own: ApiTenant) -> None:
    """And found by a filter on both values, as SAP documents it."""
    found = own.ask(f"{ARTIFACT}/ValMapSchema").json()["d"]["results"]
    assert sorted(tuple(each[name] for name in PLACES) for each in found) == [
        tuple(PLACES.values()),
        tuple(BACK.values()),
    ]
    assert _values(own, f"{SCHEMA}/ValMaps") == [("DE", "Germany"), ("FR", "France")]
    assert _values(own, f"{ARTIFACT}/ValMapSchema({_key(BACK)})/ValMaps")[0] == ("Germany", "DE")
    by_value = "$filter=Value/SrcValue eq 'FR' and Value/TgtValue eq 'France'"
    assert _values(own, f"{SCHEMA}/ValMaps", by_value) == [("FR", "France")]
    assert _values(own, f"{SCHEMA}/DefaultValMaps") == []
    assert own.ask("ValMaps").status == 501


def test_values_are_added_changed_and_deleted(own: ApiTenant) -> None:
    """202 each; a download has them, and a new version as well."""
    assert _call(own, "UpsertValMaps", SrcValue="IT", TgtValue="Italy") == (202, "")
    assert _call(own, "UpsertValMaps", SrcValue="IT", TgtValue="Italy") == (202, "")
    assert _call(own, "UpsertValMaps", ValMapId="a1", SrcValue="DE", TgtValue="Deutschland") == (202, "")
    expected = [("DE", "Deutschland"), ("FR", "France"), ("IT", "Italy")]
    assert sorted(_values(own, f"{SCHEMA}/ValMaps")) == expected
    kept = ValueMaps(Archive(own.ask(f"{ARTIFACT}/$value", accept="*/*").body).file(VALUES))
    assert sorted({each.value for each in kept.all()} & {"DE", "FR", "IT"}) == ["DE", "FR", "IT"]
    saved = own.change(
        "POST",
        "ValueMappingDesigntimeArtifactSaveAsVersion",
        query="Id='Countries'&SaveAsVersion='1.0.1'",
    )
    assert saved.status == 200
    assert _call(own, "DeleteValMaps") == (202, "")
    assert own.ask(f"{ARTIFACT}/ValMapSchema").json()["d"]["results"] == []
    before = ARTIFACT.replace("active", "1.0.0")
    assert sorted(_values(own, f"{before}/ValMapSchema({_key(PLACES)})/ValMaps")) == expected


def test_one_of_several_values_is_the_default(own: ApiTenant) -> None:
    """There has to be another target for the same source."""
    refused = _call(own, "UpdateDefaultValMap", ValMapId="a1")
    assert refused == (400, "Not enough target instances to create default.")
    _call(own, "UpsertValMaps", ValMapId="b1", SrcValue="DE", TgtValue="BRD")
    for chosen, land in (("b1", "BRD"), ("a1", "Germany")):
        assert _call(own, "UpdateDefaultValMap", ValMapId=chosen) == (202, "")
        assert _values(own, f"{SCHEMA}/DefaultValMaps") == [("DE", land)]
    assert _call(own, "UpdateDefaultValMap", ValMapId="none")[0] == 404


@pytest.mark.parametrize(
    ("change", "status"), [({"Version": "0.9"}, 404), ({"Id": "None"}, 404), ({"SrcAgency": "it's"}, 400)]
)
def test_what_is_not_there_is_not_changed(own: ApiTenant, change: dict[str, str], status: int) -> None:
    """An unknown value mapping or version, and a parameter that is no literal."""
    assert _call(own, "UpsertValMaps", SrcValue="x", TgtValue="y", **change)[0] == status


def test_who_only_reads_changes_no_values(own: ApiTenant) -> None:
    """The role is the one of packages."""
    assert own.change("POST", "DeleteValMaps", key_file="api-read-only.json").status == 403
