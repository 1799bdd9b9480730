"""Bundles of a suite with values for their parameters, in a tenant file or beside them, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from pytest_iflow.errors import suggestion
from pytest_iflow.iflow_model.bundle import name_of
from pytest_iflow.iflow_model.files import BundleError
from pytest_iflow.iflow_model.package import Package, read_package
from pytest_iflow.iflow_model.parameters import read_properties, uses

_REMEDY = "name the zip of an exported integration flow or package, or its folder"


class NamedBundle(Struct, frozen=True):
    """A zip, an unpacked folder, or a package; ``values`` are those of externalised parameters by name."""

    path: Path
    values: Mapping[str, str]


class BundleMistake(Struct, frozen=True):
    """What is wrong with a named bundle, and what to do; ``keys`` lead to it from the table of the bundle."""

    keys: tuple[str, ...]
    what: str
    remedy: str


def values_beside(path: Path) -> dict[str, str]:
    """Return the values in the file ``NAME.prop`` beside a bundle; raises OSError, BundleError."""
    file = path.parent / f"{name_of(path.name)}.prop"
    return read_properties(file.read_bytes()) if file.is_file() else {}


def read_named(bundle: NamedBundle, root: Path) -> tuple[Package | None, list[BundleMistake]]:
    """Return the package of a named bundle, None where it cannot be read, and all that is wrong with it.

    It has to lie below ``root``, the folder of the suite.
    """
    if not bundle.path.resolve().is_relative_to(root.resolve()):
        what = f"{bundle.path} lies outside of the suite, {root}"
        return None, [BundleMistake(("path",), what, "copy it into the suite")]
    try:
        package = read_package(bundle.path)
    except BundleError as error:
        what = f"{error.what} ({error.where or bundle.path})"
        return None, [BundleMistake(("path",), what, error.remedy or _REMEDY)]
    if not package.flows():
        return None, [BundleMistake(("path",), f"there is no integration flow in {bundle.path}", _REMEDY)]
    return package, list(_of_parameters(package, bundle.values))


def _of_parameters(package: Package, values: Mapping[str, str]) -> Iterator[BundleMistake]:
    """Yield values for parameters that there are not, and parameters in use that have no value."""
    flows = package.flows()
    used = {one.id: uses(one.flow) for one in flows if one.flow is not None}
    known = {name for one in flows for name in (*one.parameters, *used[one.id])}
    for name in values:
        if name not in known:
            what = f'no flow has an externalised parameter "{name}"'
            yield BundleMistake(("parameters", name), what, suggestion(name, known))
    for one in flows:
        given = one.values(values)
        for name in used[one.id]:
            if name not in given:
                what = f'the externalised parameter "{name}" of {one.name} has no value'
                yield BundleMistake(("parameters",), what, "give it one here")
