"""The draft of a suite: what an import or a recording makes of what it read, before anything is written.

A draft holds plain data. ``feature_text`` words its features, ``writing`` puts it into a folder. No secret is
ever in it: whoever makes a draft leaves secrets out and says in a remark how each is to be set.
"""

from __future__ import annotations

import enum

import msgspec


class StepDraft(msgspec.Struct, frozen=True):
    """One step of a scenario: its keyword (``Given``, ``When``, ``Then``, ``And``) and its phrase.

    A step has a doc string or a table below it, or neither. The first row of a table may be its heading.
    """

    keyword: str
    phrase: str
    doc_string: str | None = None
    table: tuple[tuple[str, ...], ...] = ()


class ScenarioDraft(msgspec.Struct, frozen=True):
    """One scenario; ``comments`` are lines above it, without their ``#``; tags begin with ``@``.

    ``origin`` is what it was made of, as people know it: "folder / request" of a collection, "POST /orders"
    of a description, the id of a message.
    """

    name: str
    steps: tuple[StepDraft, ...]
    origin: str
    tags: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()


class FeatureDraft(msgspec.Struct, frozen=True):
    """One feature file: ``path`` from the folder of the suite, with forward slashes."""

    path: str
    name: str
    scenarios: tuple[ScenarioDraft, ...]
    description: str = ""
    tags: tuple[str, ...] = ()


class FileDraft(msgspec.Struct, frozen=True):
    """A payload, a golden message or a schema; ``path`` as that of a feature."""

    path: str
    data: bytes


class ClientDraft(msgspec.Struct, frozen=True):
    """An OAuth client of the tenant file; ``service_key`` is a reference such as ``env:TRIAL_KEY``.

    ``auth`` and ``runtime_auth`` are as the tenant file has them; empty where the default is meant.
    """

    name: str
    service_key: str
    auth: str = ""
    runtime_auth: str = ""


class IflowDraft(msgspec.Struct, frozen=True):
    """An iFlow of the tenant file; ``address`` is as there, or its path at the runtime: ``/http/orders``."""

    name: str
    address: str
    artifact: str | None = None


class TenantDraft(msgspec.Struct, frozen=True):
    """Entries for one environment of a tenant; ``variables`` are texts that features name as ``${name}``."""

    tenant: str
    environment: str
    clients: tuple[ClientDraft, ...] = ()
    iflows: tuple[IflowDraft, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()


class Fate(enum.Enum):
    """What became of one thing that was read."""

    TAKEN = "taken"
    CHANGED = "changed"
    LEFT = "left"


class Remark(msgspec.Struct, frozen=True):
    """What became of one thing that was read: nothing is lost silently.

    ``origin`` says where it stood ("Orders / Create"), ``what`` is one sentence: what it was made
    of, or why it was left and what to do.
    """

    fate: Fate
    origin: str
    what: str


class SuiteDraft(msgspec.Struct, frozen=True):
    """All of it; ``source`` names what was read, without secrets, as its report and its files tell it."""

    source: str
    features: tuple[FeatureDraft, ...] = ()
    files: tuple[FileDraft, ...] = ()
    tenants: tuple[TenantDraft, ...] = ()
    remarks: tuple[Remark, ...] = ()
