"""One bundle: an integration flow, a script collection, a value mapping or a message mapping."""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import basename

from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.iflow_model.files import BundleError, Files
from pytest_iflow.iflow_model.flow import Flow, NotUnderstood
from pytest_iflow.iflow_model.iflw import read_flow
from pytest_iflow.iflow_model.parameters import Parameter, read_parameters
from pytest_iflow.iflow_model.xml_reading import parse_xml

RESOURCES = "src/main/resources/"
MANIFEST = "META-INF/MANIFEST.MF"

_KINDS = {
    "IntegrationFlow": "integration flow",
    "ScriptCollection": "script collection",
    "ValueMapping": "value mapping",
    "MessageMapping": "message mapping",
}


class Bundle(Struct, frozen=True):
    """What one exported artifact holds.

    ``id``, ``name`` and ``version`` are those of the manifest; without one the project's name or the
    zip's stands for them. ``kind`` is "integration flow", "script collection", "value mapping",
    "message mapping", or what the manifest says. ``files`` are read when they are asked for.
    """

    id: str
    name: str
    version: str
    kind: str
    flow: Flow | None
    files: Mapping[str, bytes]
    parameters: Mapping[str, Parameter]
    not_understood: tuple[NotUnderstood, ...] = ()

    def values(self, given: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the values of its parameters by name; ``given`` ones come before those of the bundle."""
        own = {name: one.value for name, one in self.parameters.items() if one.value is not None}
        return {**own, **(given or {})}

    def resource(self, path: str) -> bytes | None:
        """Return a file below ``src/main/resources``, None where it is not there."""
        return self.files.get(RESOURCES + path.lstrip("/"))

    def script(self, name: str) -> bytes | None:
        """Return a script by the name that a step has for it, None where it is not there."""
        return self.resource(f"script/{name.rpartition('/')[2]}")


def read_manifest(data: bytes) -> dict[str, str]:
    """Return the main headers of a manifest; a line that begins with a space continues the one before.

    A header's parameters (``; singleton:=true``) are left out of ``Bundle-SymbolicName``.
    """
    lines: list[str] = []
    for line in data.decode("utf-8", "replace").splitlines():
        if line.startswith(" ") and lines:
            lines[-1] += line[1:]
        elif line.strip():
            lines.append(line)
        elif lines:
            break
    pairs = (line.partition(":") for line in lines)
    found = {name.strip(): value.strip() for name, _, value in pairs}
    if "Bundle-SymbolicName" in found:
        found["Bundle-SymbolicName"] = found["Bundle-SymbolicName"].partition(";")[0].strip()
    return found


def read_bundle(files: Files, name: str = "") -> Bundle:
    """Return the bundle of a zip or folder; ``name`` stands for that of the manifest where there is none.

    Raises BundleError where its flow cannot be read.
    """
    by_folded = {path.casefold(): path for path in files}
    unknown = []
    manifest: dict[str, str] = {}
    if (path := by_folded.get(MANIFEST.casefold())) is not None:
        manifest = read_manifest(files[path])
    else:
        unknown.append(NotUnderstood(MANIFEST, "", "there is no manifest; id and version are not known"))
    flow, more = _flow(files)
    unknown += more
    if flow is not None:
        unknown += flow.not_understood
    said = manifest.get("SAP-BundleType", "")
    own = manifest.get("Bundle-SymbolicName") or _project(files) or name
    return Bundle(
        own,
        manifest.get("Bundle-Name") or name or own,
        manifest.get("Bundle-Version", ""),
        _KINDS.get(said, said) or ("integration flow" if flow else "unknown"),
        flow,
        files,
        _parameters(files),
        tuple(unknown),
    )


def _flow(files: Files) -> tuple[Flow | None, list[NotUnderstood]]:
    paths = [path for path in files if path.casefold().endswith(".iflw")]
    if not paths:
        return None, []
    more = [
        NotUnderstood(path, "", "one more flow of the same bundle, which is not read") for path in paths[1:]
    ]
    return replace(read_flow(files[paths[0]], files.place(paths[0])), file=paths[0]), more


def _parameters(files: Files) -> dict[str, Parameter]:
    definitions = f"{RESOURCES}parameters.propdef"
    return read_parameters(
        files.get(f"{RESOURCES}parameters.prop", b""), files.get(definitions, b""), files.place(definitions)
    )


def _project(files: Files) -> str:
    try:
        return parse_xml(files[".project"], files.place(".project")).findtext("name") or ""
    except (KeyError, BundleError):
        return ""


def name_of(path: str) -> str:
    """Return what a bundle is called that says no name: that of its zip or folder."""
    return basename(path.rstrip("/")).removesuffix("_content").removesuffix(".zip")
