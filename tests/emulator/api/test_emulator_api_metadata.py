"""The metadata document of the API against SAP's public one."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from lxml import etree

from tests.emulator.api.api_tenant import ApiTenant

PUBLIC = tomllib.loads(Path(__file__).with_name("public_metadata.toml").read_text(encoding="utf-8"))
EDM = "{http://schemas.microsoft.com/ado/2008/09/edm}"
# Navigations to sets that the local tenant does not have.
ABSENT = {"CustomTags", "RunStepProperties", "Attachments", "Properties"}


@pytest.fixture(scope="module")
def document(tenant: ApiTenant) -> etree._Element:
    """The document of the local tenant."""
    return etree.fromstring(tenant.ask("$metadata", accept="application/xml").body)


@pytest.mark.parametrize("name", PUBLIC)
def test_set_has_the_keys_properties_and_types_of_the_public_metadata(
    document: etree._Element, name: str
) -> None:
    """The local tenant may have more: SAP's OpenAPI is newer."""
    (entity_set,) = document.iterfind(f".//{EDM}EntitySet[@Name='{name}']")
    namespace, _, type_name = str(entity_set.get("EntityType")).rpartition(".")
    assert namespace == "com.sap.hci.api"
    (entity,) = document.iterfind(f".//{EDM}EntityType[@Name='{type_name}']")
    keys = [each.get("Name") for each in entity.iterfind(f"{EDM}Key/{EDM}PropertyRef")]
    # The generated client has no method for the key of a keystore entry, whose type has a base type.
    assert keys == (PUBLIC[name]["key"].split() or ["Hexalias"])
    types = {
        str(each.get("Name")): str(each.get("Type")).rpartition(".")[2]
        for each in entity.iterfind(f"{EDM}Property")
    }
    public = dict(pair.split(":") for pair in PUBLIC[name]["properties"].split())
    if name == "SecureParameters":
        # SAP's OpenAPI, which is newer, has the parts of the descriptor in its place.
        del public["SecurityArtifactDescriptor"]
    assert {each: types.get(each) for each in public} == public
    navigations = {each.get("Name") for each in entity.iterfind(f"{EDM}NavigationProperty")}
    missing = set(PUBLIC[name]["navigations"].split()) - navigations
    assert missing <= ABSENT
