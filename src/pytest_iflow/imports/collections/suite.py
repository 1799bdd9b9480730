"""A collection as the draft of a suite: folders become features, requests scenarios.

Postman, Bruno and Insomnia come here. Nothing is lost silently: each request has a remark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from pytest_iflow.drafts.draft import (
    ClientDraft,
    Fate,
    FeatureDraft,
    FileDraft,
    Remark,
    SuiteDraft,
    TenantDraft,
)
from pytest_iflow.drafts.file_names import Names, file_name
from pytest_iflow.imports.addresses import Addresses
from pytest_iflow.imports.collections.clients import Clients
from pytest_iflow.imports.collections.collection import Collection, Stage
from pytest_iflow.imports.collections.scenarios import FeatureMaker
from pytest_iflow.imports.collections.sources import Placed, Sources, placed_calls, scripts_of_folders
from pytest_iflow.imports.collections.variables import Variables
from pytest_iflow.imports.destination import Destination, environment_there
from pytest_iflow.imports.kinds import Request
from pytest_iflow.tenants.catalogue import LOCAL

_DEEPEST = 3
"""Folders within folders below ``features``; deeper ones stand side by side."""
_NEW_ENVIRONMENT = "test"


def collection_draft(
    collections: Sequence[Collection],
    stages: Sequence[Stage],
    request: Request,
    folder: Path,
    notes: Iterable[Remark] = (),
) -> SuiteDraft:
    """Return the draft of collections; ``folder`` is where files lie that they send.

    ``notes`` are what reading them left.

    Raises ConfigurationError where a tenant file or a bundle cannot be read.
    """
    destination = Destination(request)
    addresses = destination.addresses
    bases = Names()
    drafts = [
        _Drafting(
            each,
            stages,
            request,
            addresses,
            folder,
            (bases.add_file(file_name(each.name)),) if len(collections) > 1 else (),
        )
        for each in collections
    ]
    features = tuple(feature for each in drafts for feature in each.features)
    files = {file.path: file for each in drafts for file in each.files}
    source = f"{collections[0].tool}: {', '.join(each.name for each in collections)}"
    tenant = _tenant(request.tenant, destination.environment, destination, drafts)
    tenants = [tenant]
    if request.tenant != LOCAL and destination.has_bundles:
        local = environment_there(msgspec.structs.replace(request, tenant=LOCAL, environment=None))
        tenants.append(_tenant(LOCAL, local.name if local else "dev", destination, drafts))
    remarks = [*notes, *(remark for each in drafts for remark in each.remarks)]
    remarks += (_to_be_set(tenant.tenant, client) for client in tenant.clients if request.tenant != LOCAL)
    return SuiteDraft(source, features, tuple(files.values()), tuple(tenants), tuple(remarks))


def _to_be_set(tenant: str, client: ClientDraft) -> Remark:
    key = client.service_key.removeprefix("env:")
    what = f"Set the variable {key} to the JSON of its service key, or to the path of a file with it."
    return Remark(Fate.CHANGED, f"client {client.name} of {tenant}", what)


def _tenant(
    tenant: str, environment: str, destination: Destination, drafts: Sequence[_Drafting]
) -> TenantDraft:
    clients = {client.name: client for each in drafts for client in each.clients.drafts(tenant, environment)}
    variables = {
        name: text for each in drafts for name, text in each.variables.for_tenant_file(each.used_variables)
    }
    texts = tuple(sorted(variables.items()))
    return TenantDraft(tenant, environment, tuple(clients.values()), destination.iflows(), texts)


class _Drafting:
    """The features of one collection, while it is gone through; ``base`` is their folder among others."""

    def __init__(
        self,
        collection: Collection,
        stages: Sequence[Stage],
        request: Request,
        addresses: Addresses,
        folder: Path,
        base: tuple[str, ...],
    ) -> None:
        self.variables = Variables(collection, stages, request.environment)
        self.clients = Clients()
        self.features: list[FeatureDraft] = []
        self.files: list[FileDraft] = []
        self._folder = folder
        placed = list(placed_calls(collection.root))
        self._sources = Sources(self.variables, self.clients, addresses, placed)
        self.remarks: list[Remark] = list(scripts_of_folders(collection.root))
        for path, name, calls in _features(placed, base, collection.name):
            self._add(path, name, calls)
        self.remarks += self._sources.notes()

    @property
    def used_variables(self) -> frozenset[str]:
        """The variables of the collection that features name and no scenario remembers."""
        return self._sources.used

    def _add(self, path: str, name: str, calls: Sequence[Placed]) -> None:
        maker = FeatureMaker(self._sources, f"payloads/{path}", self._folder, f"features/{path}.feature")
        scenarios = [scenario for placed in calls for scenario in maker.scenarios(placed)]
        self.remarks += maker.remarks
        self.files += maker.files
        if scenarios:
            self.features.append(
                FeatureDraft(f"features/{path}.feature", name, tuple(scenarios), calls[0].folder_description)
            )


def _features(
    placed: Sequence[Placed], base: tuple[str, ...], collection: str
) -> Iterator[tuple[str, str, list[Placed]]]:
    """Yield path below ``features`` without ending, name and requests of each feature."""
    by_folder: dict[tuple[str, ...], list[Placed]] = {}
    for each in placed:
        by_folder.setdefault(each.folders, []).append(each)
    taken: dict[str, Names] = {}
    for folders, calls in by_folder.items():
        parts = [*base, *(file_name(name) for name in folders or (collection,))]
        *above, last = [*parts[: _DEEPEST - 1], *parts[-1:]] if len(parts) > _DEEPEST else parts
        place = "/".join(above)
        name = taken.setdefault(place, Names()).add_file(last)
        yield "/".join((*above, name)), " / ".join(folders) or collection, calls
