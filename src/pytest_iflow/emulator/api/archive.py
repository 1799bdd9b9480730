"""The archive of a designed artifact: its manifest, parameters and resources.

The layout is that of the archives in FlashPipe's test data (wire-facts 5.6).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from lxml import etree

MANIFEST = "META-INF/MANIFEST.MF"
RESOURCES = "src/main/resources/"
PARAMETERS = f"{RESOURCES}parameters.prop"
DEFINITIONS = f"{RESOURCES}parameters.propdef"
MODEL = ".iflw"
# Folder and type of a resource by the suffix of its name; types as in SAP's OpenAPI, folders assumed.
KINDS = {
    "edmx": ("edmx", "edmx"),
    "groovy": ("script", "groovy"),
    "gsh": ("script", "groovy"),
    "jar": ("lib", "jar"),
    "js": ("script", "js"),
    "mmap": ("mapping", "mmap"),
    "opmap": ("mapping", "opmap"),
    "wsdl": ("wsdl", "wsdl"),
    "xsd": ("xsd", "xsd"),
    "xsl": ("mapping", "xslt"),
    "xslt": ("mapping", "xslt"),
}
# Octets of all files of an archive together; what a tenant allows is not on record.
MOST_OCTETS = 64 * 2**20
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
ENTRY = re.compile(r"((?:\\.|[^\\:=\s])*)\s*[:=\s]\s*(.*)", re.DOTALL)
STRING = "xsd:string"
_ESCAPED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}
_LAST_OF_FOUR_DIGITS = 0xFFFF


class ArchiveError(Exception):
    """A content that is no archive of an artifact; the message says why."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """An externalized parameter; ``type`` is that of XML Schema, as in ``xsd:string``."""

    key: str
    value: str
    type: str = STRING
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A file of the artifact; ``type`` is one of those in ``KINDS``."""

    name: str
    type: str
    content: bytes = field(repr=False)


class Archive:
    """The files of an artifact by their path; as long as nothing is changed it is packed as it came."""

    def __init__(self, content: bytes) -> None:
        """Unpack a content; raises ArchiveError."""
        self._unchanged: bytes | None = content
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                if sum(each.file_size for each in packed.infolist()) > MOST_OCTETS:
                    raise ArchiveError("The archive is too large.")
                self._files = {
                    each: packed.read(each) for each in packed.namelist() if not each.endswith("/")
                }
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
            raise ArchiveError("The content is no archive.") from error
        if MANIFEST not in self._files:
            raise ArchiveError(f"The archive has no {MANIFEST}.")

    def packed(self) -> bytes:
        """Return the archive as a file."""
        return pack(self._files) if self._unchanged is None else self._unchanged

    @property
    def has_definitions(self) -> bool:
        """Whether there are definitions beside the parameters; an archive without either needs none."""
        return PARAMETERS not in self._files or DEFINITIONS in self._files

    @property
    def has_model(self) -> bool:
        """Whether there is the model of a flow."""
        return any(path.endswith(MODEL) for path in self._files)

    def manifest(self, name: str) -> str:
        """Return an entry of the manifest without its parameters (``; singleton:=true``), or nothing."""
        text = self._files[MANIFEST].decode("utf-8", "replace").replace("\r\n", "\n").replace("\n ", "")
        lines = (line.partition(":") for line in text.splitlines())
        return next((value.partition(";")[0].strip() for each, _, value in lines if each == name), "")

    def file(self, path: str) -> bytes:
        """Return a file, empty where there is none."""
        return self._files.get(path, b"")

    def put_file(self, path: str, content: bytes) -> None:
        """Add or replace a file."""
        self._files[path] = content
        self._unchanged = None

    def parameters(self) -> list[Parameter]:
        """Return the externalized parameters with their values, in the order of the file."""
        types = {name: (kind, text) for name, kind, text in self._definitions()}
        values = read_properties(self._files.get(PARAMETERS, b"").decode("utf-8", "replace"))
        return [Parameter(key, value, *types.get(key, (STRING, None))) for key, value in values.items()]

    def configure(self, key: str, value: str) -> bool:
        """Set a parameter; False if there is none of this name."""
        values = read_properties(self._files.get(PARAMETERS, b"").decode("utf-8", "replace"))
        if key not in values:
            return False
        if values[key] != value:
            self.put_file(PARAMETERS, write_properties(values | {key: value}).encode())
        return True

    def resources(self) -> list[Resource]:
        """Return the resources, by type and name."""
        found = [
            Resource(PurePosixPath(path).name, KINDS[suffix][1], content)
            for path, content in self._files.items()
            if path.startswith(RESOURCES) and (suffix := _suffix(path)) in KINDS
        ]
        return sorted(found, key=lambda each: (each.type, each.name))

    def put_resource(self, name: str, content: bytes | None) -> bool:
        """Add or replace a resource, or take it away (None); False if its name is of no known type."""
        if _suffix(name) not in KINDS or PurePosixPath(name).name != name:
            return False
        old = [
            path for path in self._files if path.startswith(RESOURCES) and PurePosixPath(path).name == name
        ]
        self._unchanged = None
        for path in old:
            del self._files[path]
        if content is not None:
            folder = KINDS[_suffix(name)][0]
            self._files[old[0] if old else f"{RESOURCES}{folder}/{name}"] = content
        return True

    def _definitions(self) -> Iterable[tuple[str, str, str | None]]:
        root = _xml(self._files.get(DEFINITIONS, b"<parameters/>"))
        for each in root.iter("parameter") if root is not None else ():
            yield each.findtext("name") or "", each.findtext("type") or STRING, each.findtext("description")


def pack(files: Mapping[str, bytes]) -> bytes:
    """Pack files into an archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return packed.getvalue()


def manifest(artifact: str, name: str, version: str, kind: str) -> bytes:
    """Return a manifest; ``kind`` is ``IntegrationFlow``, ``ValueMapping`` and so on."""
    return (
        "Manifest-Version: 1.0\r\n"
        f"Bundle-SymbolicName: {artifact}\r\n"
        f"Bundle-Name: {name}\r\n"
        f"Bundle-Version: {version}\r\n"
        f"SAP-BundleType: {kind}\r\n"
    ).encode()


def read_properties(text: str) -> dict[str, str]:
    """Read a file of Java properties."""
    joined = re.sub(r"(?<!\\)((?:\\\\)*)\\\r?\n\s*", r"\1", text)
    lines = (line.strip() for line in joined.splitlines())
    found = (ENTRY.fullmatch(f"{line} ") for line in lines if line and line[0] not in "#!")
    return {_unescaped(each[1]): _unescaped(each[2][:-1]) for each in found if each}


def write_properties(values: Mapping[str, str]) -> str:
    """Write a file of Java properties, in the order of the values; other letters than ASCII are escaped."""
    return "".join(f"{_escaped(key, ' :=#!')}={_escaped(value, '#!')}\n" for key, value in values.items())


def _escaped(text: str, marks: str) -> str:
    return "".join(_escaped_letter(each, marks) for each in text)


def _escaped_letter(letter: str, marks: str) -> str:
    if letter in _ESCAPED:
        return _ESCAPED[letter]
    if letter in marks:
        return f"\\{letter}"
    return f"\\u{ord(letter):04X}" if ord("~") < ord(letter) <= _LAST_OF_FOUR_DIGITS else letter


def _unescaped(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        mark = match[1]
        if len(mark) > 1:
            return chr(int(mark[1:], 16))
        return {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}.get(mark, mark)

    return ESCAPE.sub(plain, text)


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix[1:].lower()


def _xml(content: bytes) -> etree._Element | None:
    try:
        return etree.fromstring(
            content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        )
    except etree.XMLSyntaxError:
        return None
