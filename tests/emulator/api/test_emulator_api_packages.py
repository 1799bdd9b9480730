"""Packages as files."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any

import pytest

from pytest_iflow.emulator.api.archive import MOST_OCTETS, pack
from pytest_iflow.emulator.api.design_sets import FLOW
from pytest_iflow.emulator.api.packages import INDEX, PackedArtifact, export_package, import_package
from pytest_iflow.emulator.odata.model import ODataError

PACKAGE = {
    "uniqueId": "P",
    "displayName": "A package",
    "semanticVersion": "1.0",
    "resourceType": "ContentPackage",
}


def _file(*resources: Any, **files: bytes) -> bytes:
    """Return a package with an index of resources."""
    return pack({INDEX: base64.b64encode(json.dumps({"resources": resources}).encode()), **files})


def test_what_is_exported_is_imported() -> None:
    """The package with its properties, and each artifact with its archive."""
    values = {"Id": "P", "Name": "A package", "Version": "1.0.0", "ShortText": "Short", "Vendor": None}
    flow = PackedArtifact(FLOW, "Flow_1", "Flow 1", "1.0.2", b"PK")
    exported = export_package(values, [flow])
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        names = {name.partition("_")[2] or name for name in archive.namelist()}
    assert names == {"content", INDEX, "hash", "ExportInformation.info"}
    properties = {"Id": "P", "Name": "A package", "Version": "1.0.0", "ShortText": "Short"}
    assert import_package(exported) == (properties, [flow])


def test_documents_and_links_are_left_out() -> None:
    """An export of SAP's holds some beside the artifacts."""
    resources = ({"resourceType": "Url", "id": "1"}, PACKAGE, {"resourceType": "File", "id": "2"})
    properties, artifacts = import_package(_file(*resources))
    assert (properties["Name"], artifacts) == ("A package", [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no exported integration package"),
        (pack({"a": b""}), "no exported integration package"),
        (pack({INDEX: b"?"}), "no exported integration package"),
        (_file(), "no exported integration package"),
        (_file(3), "no exported integration package"),
        (_file(PACKAGE, {"resourceType": "IFlow", "id": "1"}), "no exported integration package"),
        (_file(PACKAGE | {"uniqueId": "a'b"}), "cannot have a special character"),
        (_file(PACKAGE, big=bytes(MOST_OCTETS + 1)), "too large"),
    ],
)
def test_what_is_no_package_is_refused(content: bytes, reason: str) -> None:
    """With the status of a wrong request."""
    with pytest.raises(ODataError, match=reason) as refused:
        import_package(content)
    assert refused.value.status == 400
