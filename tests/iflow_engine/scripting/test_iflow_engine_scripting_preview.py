"""What a script needs and is not emulated, without running it."""

from __future__ import annotations

import pytest

from pytest_iflow.iflow_engine.scripting.preview import missing_classes


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("import com.sap.gateway.ip.core.customdev.util.Message\nimport java.util.HashMap;", []),
        ("import org.joda.time.DateTime;\nimport org.joda.time.DateTime", ["org.joda.time.DateTime"]),
        ("def x = org.apache.commons.lang3.StringUtils.trim(y)", ["org.apache.commons.lang3.StringUtils"]),
        ("// import org.json.A\n/* org.json.B */ def u = 'http://x' + 'org.json.C' + \"com.sap.D\"", []),
        ("def m = \"Bundle-Activator: com.sap.xi.Activator\\n\" + 'a \\'com.sap.B'", []),
        ("import com.sap.xi.mapping.camel.valmap.VMStore", []),
        ("import src.main.resources.script.Helper\nimport javax.xml.parsers.DocumentBuilder", []),
        ("import javax.xml.bind.JAXB\nimport javax.xml.bind.DatatypeConverter", ["javax.xml.bind.JAXB"]),
        ("import javax.mail.BodyPart\nimport javax.activation.DataHandler", ["javax.mail.BodyPart"]),
        ("if (ex instanceof org.apache.cxf.interceptor.Fault) {}", []),
    ],
)
def test_classes_that_are_not_here_are_named(source: str, missing: list[str]) -> None:
    """Imported ones and those that are written with their package; not those of comments and texts."""
    assert missing_classes(source) == missing
