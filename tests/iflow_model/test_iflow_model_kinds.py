"""Words for the steps of SAP's editor."""

from __future__ import annotations

import pytest

from pytest_iflow.iflow_model.kinds import adapter_address, step_kind, variant_of


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("ctype::FlowstepVariant/cname::Enricher/version::1.5.1", ("Enricher", "1.5.1")),
        ("ctype::FlowstepVariant/cname::StartEvent", ("StartEvent", "")),
        (
            "ctype::FlowstepVariant/cname::PKCS#7/CMS Signature-Content Splitter/version::1.0.1",
            ("PKCS#7/CMS Signature-Content Splitter", "1.0.1"),
        ),
        ("ctype::Adapter/cname::OpenConnectors/vendor::SAP/version::1.0.0", ("OpenConnectors", "1.0.0")),
        ("", ("", "")),
        ("x", ("", "")),
    ],
)
def test_a_variant_has_a_name_and_a_version(uri: str, expected: tuple[str, str]) -> None:
    """Names may have slashes, versions and vendors may be missing."""
    assert variant_of(uri) == expected


@pytest.mark.parametrize(
    ("element", "variant", "activity", "said", "kind"),
    [
        ("callActivity", "Enricher", "Enricher", {}, "content modifier"),
        ("callActivity", "", "Enricher", {}, "content modifier"),
        ("callActivity", "", "Filter", {}, "filter"),
        ("callActivity", "", "Script", {"script": "a.gsh"}, "Groovy script"),
        ("callActivity", "", "Script", {"script": "a.js"}, "JavaScript"),
        ("callActivity", "", "Script", {"script": "a"}, "unknown"),
        ("callActivity", "", "Mapping", {"mappinguri": "dir://mmap/a.mmap"}, "message mapping"),
        ("callActivity", "", "Mapping", {"mappinguri": "dir://mapping/xslt/a"}, "XSLT mapping"),
        ("callActivity", "", "ProcessCallElement", {}, "process call"),
        ("callActivity", "", "Splitter", {"splitType": "IteratingSplitter"}, "iterating splitter"),
        ("callActivity", "", "Encoder", {"encoderType": "Base64 Encode"}, "Base64 encoder"),
        ("callActivity", "Newer", "Enricher", {}, "unknown"),
        ("exclusiveGateway", "", "", {}, "router"),
        ("serviceTask", "", "", {}, "request-reply"),
        ("serviceTask", "", "Newer", {}, "unknown"),
        ("callActivity", "", "", {}, "unknown"),
    ],
)  # fmt: skip
def test_a_step_has_a_word(
    element: str, variant: str, activity: str, said: dict[str, str], kind: str
) -> None:
    """By its variant, in flows of early versions by its properties; no variant is taken for another one."""
    assert step_kind(element, "", variant, {"activityType": activity, **said}) == kind


def test_addresses_of_several_parts_are_joined() -> None:
    """Host and path, where an adapter has both."""
    assert adapter_address("SFTP", {"host": "h:22", "path": "/a/b/"}) == "h:22/a/b"
    assert adapter_address("SFTP", {"host": "", "path": "/a"}) == "/a"
    assert adapter_address("HTTP", {"httpAddressWithoutQuery": " https://x/ "}) == "https://x/"
    assert adapter_address("Some", {"address": "/x"}) == "/x"
    assert adapter_address("Some", {}) == ""
