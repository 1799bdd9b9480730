"""The kinds of sources that can be imported: a row for each, with the module that reads it.

The module of a kind has a function ``read_draft``, which takes a ``Request``. It is imported when it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import cast

import msgspec

from pytest_iflow.drafts.draft import SuiteDraft
from pytest_iflow.errors import ConfigurationError, suggestion
from pytest_iflow.tenants.catalogue import LOCAL


class Request(msgspec.Struct, frozen=True):
    """What is to be imported.

    ``source`` is a file or a folder, None where the kind needs none. ``into`` is the folder of the suite,
    which may not be there yet. ``environment`` is None where nobody named one. ``bundles`` are exported
    iFlows by which addresses are told, ``beside`` files that belong to the source, such as environments of
    Postman.
    """

    source: Path | None
    into: Path
    tenant: str = LOCAL
    environment: str | None = None
    bundles: tuple[Path, ...] = ()
    beside: tuple[Path, ...] = ()


class Kind(msgspec.Struct, frozen=True):
    """A kind of source: the module below this package that reads it, and what SOURCE is, in a few words."""

    module: str
    source: str


KINDS: Mapping[str, Kind] = {
    "postman": Kind(
        "collections.postman", "a collection of Postman, or a folder of collections and environments"
    ),
    "bruno": Kind("collections.bruno", "a folder of Bruno (.bru or OpenCollection YAML), or what it exports"),
    "insomnia": Kind("collections.insomnia", "an export of Insomnia, version 5 (YAML) or 4 (JSON, YAML)"),
    "openapi": Kind("descriptions.openapi", "a description in OpenAPI 3.1, 3.0 or 2.0, as JSON or YAML"),
    "wsdl": Kind("descriptions.wsdl", "a WSDL 1.1; schemas that it imports lie beside it"),
    "edmx": Kind("descriptions.edmx", "an EDMX of OData 2 or 4, which is what $metadata answers"),
    "tenant": Kind("deployed.tenant", "nothing: --tenant names the tenant whose flows are asked for"),
}
"""By the name that the command takes."""


def read_draft(kind: str, request: Request) -> SuiteDraft:
    """Read a source; raises ConfigurationError where there is no such kind, or it cannot be read."""
    if kind not in KINDS:
        raise ConfigurationError(
            f'Nothing of the kind "{kind}" can be imported.', remedy=suggestion(kind, KINDS)
        )
    module = import_module(f"{__package__}.{KINDS[kind].module}")
    read = cast("Callable[[Request], SuiteDraft]", module.read_draft)
    return read(request)
