"""The archive of a flow with an HTTPS sender whose address is a parameter, laid out as tenants export it."""

from __future__ import annotations

import base64

from pytest_iflow.emulator.api.archive import DEFINITIONS, MANIFEST, PARAMETERS, pack
from tests import engine_flows
from tests.exported_bundles import IFLW

MODEL = engine_flows.bundle_files(
    engine_flows.row([engine_flows.start(), engine_flows.end()]),
    address="{{Sender Endpoint}}",
    allowedHeaderList="X-Order|SAP_.*",
)[IFLW]
MODEL_PATH = "src/main/resources/scenarioflows/integrationflow/Uploaded.iflw"


def uploaded_flow(
    artifact: str = "Uploaded", address: str = "/uploaded", version: str = "1.0.0", model: bytes = MODEL
) -> bytes:
    """Return the archive of a flow; that of ``MODEL`` answers with the body that it gets."""
    manifest = (
        f"Manifest-Version: 1.0\r\nBundle-SymbolicName: {artifact}; singleton:=true\r\n"
        f"Bundle-Name: {artifact}\r\nBundle-Version: {version}\r\nSAP-BundleType: IntegrationFlow\r\n"
    )
    return pack(
        {
            MANIFEST: manifest.encode(),
            PARAMETERS: f"#Thu May 01 08:17:53 UTC 2025\nSender\\ Endpoint={address}\n".encode(),
            DEFINITIONS: b"<parameters><param_references/></parameters>",
            MODEL_PATH: model,
            "src/main/resources/script/script1.groovy": b"def Message processData(Message message) {}",
        }
    )


def in_base64(content: bytes) -> str:
    """Return a content as clients send it."""
    return base64.b64encode(content).decode()
