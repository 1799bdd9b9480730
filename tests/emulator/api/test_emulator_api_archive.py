"""Archives of artifacts: manifest, parameters and resources."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.api.archive import (
    DEFINITIONS,
    MANIFEST,
    PARAMETERS,
    Archive,
    ArchiveError,
    pack,
    read_properties,
    write_properties,
)
from tests.emulator.uploaded_flow import uploaded_flow

DEFINED = b"""<parameters><parameter><name>size</name><type>xsd:integer</type><description>In MB</description>
</parameter></parameters>"""


def test_what_the_archive_of_a_flow_says() -> None:
    """A line of the manifest is continued behind a blank."""
    archive = Archive(uploaded_flow("Id_1", "/orders", "1.2.3"))
    assert archive.manifest("Bundle-SymbolicName") == "Id_1"
    assert archive.manifest("Bundle-Version") == "1.2.3"
    assert archive.manifest("No-Such") == ""
    assert [(each.name, each.type) for each in archive.resources()] == [("script1.groovy", "groovy")]
    folded = Archive(pack({MANIFEST: b"Bundle-Name: A very\r\n  long name\r\n"}))
    assert folded.manifest("Bundle-Name") == "A very long name"


def test_parameter_is_changed_and_has_the_type_of_its_definition() -> None:
    """One that is not there is not made."""
    archive = Archive(pack({MANIFEST: b"", PARAMETERS: b"size=40\nplain=x\n", DEFINITIONS: DEFINED}))
    assert archive.configure("size", "41")
    assert not archive.configure("colour", "red")
    changed = Archive(archive.packed()).parameters()
    assert [(each.key, each.value, each.type, each.description) for each in changed] == [
        ("size", "41", "xsd:integer", "In MB"),
        ("plain", "x", "xsd:string", None),
    ]


def test_properties_are_read_as_java_writes_them() -> None:
    """Comments, separators, escapes and continued lines; what is written is read again."""
    text = "#c\n! c\nA\\ b=1 2\nC:3\nD 4\nE=\nF=a\\\n   b\nG=\\u00fc\\t\\\\\nH=http\\://x\n"
    expected = {"A b": "1 2", "C": "3", "D": "4", "E": "", "F": "ab", "G": "\u00fc\t\\", "H": "http://x"}
    assert read_properties(text) == expected
    assert read_properties(write_properties(expected)) == expected


def test_resources_are_added_replaced_and_taken_away() -> None:
    """Names with a path or an unknown suffix are refused."""
    archive = Archive(uploaded_flow())
    assert archive.put_resource("a.xsd", b"<one/>")
    assert archive.put_resource("a.xsd", b"<two/>")
    assert [each.content for each in archive.resources() if each.name == "a.xsd"] == [b"<two/>"]
    assert archive.put_resource("a.xsd", None)
    assert "a.xsd" not in [each.name for each in archive.resources()]
    assert not archive.put_resource("a.exe", b"")
    assert not archive.put_resource("../a.xsd", b"")


@pytest.mark.parametrize("content", [b"", b"PK", pack({"a": b""})])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    """The reason is said."""
    with pytest.raises(ArchiveError, match="archive"):
        Archive(content)
