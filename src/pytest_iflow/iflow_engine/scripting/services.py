"""What scripts ask of a tenant: credentials, value mappings, the partner directory, number ranges.

They answer from files of the suite and from the value mappings of its packages.
"""

from __future__ import annotations

import tomllib
from base64 import b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from lxml import etree
from msgspec import Struct, ValidationError, convert, field

from pytest_iflow.iflow_engine.message import parsed_xml

Place = tuple[str, str]
"""Agency and identifier of one side of a value mapping."""


FILE_NAME = "services.toml"


class ServiceFileError(Exception):
    """A file with values for services cannot be read; the text names the file and what is wrong."""


class Credential(Struct, frozen=True, forbid_unknown_fields=True):
    """User credentials of the secure store, by their alias.

    ``user`` and ``password`` are given as they are, or as the name of an environment variable after ``env:``.
    """

    user: str = ""
    password: str = ""
    kind: str = "default"
    properties: dict[str, str] = field(default_factory=dict)


class Range(Struct, frozen=True, forbid_unknown_fields=True):
    """A number range; ``width`` is the number of digits; after the last number comes the first."""

    first: int = 1
    last: int = 999_999_999
    width: int = 0


class Partner(Struct, frozen=True, forbid_unknown_fields=True):
    """A partner of the partner directory: parameters, and names by agency and scheme ("agency/scheme")."""

    parameters: dict[str, str] = field(default_factory=dict)
    binary: dict[str, str] = field(default_factory=dict)
    """Names of files beside the file that holds this."""
    names: dict[str, str] = field(default_factory=dict)


class _File(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    credentials: dict[str, Credential] = field(default_factory=dict)
    partners: dict[str, Partner] = field(default_factory=dict)
    number_ranges: dict[str, Range] = field(default_factory=dict)
    value_mappings: list[dict[str, str]] = field(default_factory=list)
    """Each a group of equal values: "agency/identifier" to the value there."""


class ValueMappings:
    """Value mappings: groups of values that mean the same in several places."""

    def __init__(self) -> None:
        self._targets: dict[tuple[Place, str, Place], tuple[str, bool]] = {}
        self._bundles: set[str] = set()

    def add(self, values: Mapping[Place, str], *, default: bool = False) -> None:
        """Add a group; where several hold one value the default one counts, else the first."""
        for source, value in values.items():
            for target, other in values.items():
                known = self._targets.get((source, value, target))
                if source != target and (known is None or (default and not known[1])):
                    self._targets[source, value, target] = (other, default)

    def add_xml(self, content: bytes) -> None:
        """Add the groups of the ``value_mapping.xml`` of an exported value mapping; raises BodyError."""
        for group in parsed_xml(content).iter("group"):
            entries = group.findall("entry")
            values = {
                (_text(each, "agency"), _text(each, "schema")): _text(each, "value") for each in entries
            }
            self.add(values, default=any(each.get("isDefault") == "true" for each in entries))

    def add_bundles(self, bundles: Iterable[tuple[str, bytes]]) -> None:
        """Add exported value mappings by their ids, each once; raises BodyError."""
        for own_id, content in bundles:
            if own_id not in self._bundles:
                self.add_xml(content)
                self._bundles.add(own_id)

    def find(self, source: Place, value: str, target: Place) -> str | None:
        """Return the value there, None where no group has one."""
        return self._targets.get((source, value, target), (None, False))[0]


def _text(entry: etree._Element, name: str) -> str:
    return entry.findtext(name) or ""


class NumberRanges(Protocol):
    """Counts the numbers of ranges, which other steps of a flow use as well (``Stores``)."""

    def define_range(self, name: str, smallest: int, largest: int, length: int) -> None:
        """Define a number range."""

    def next_number(self, name: str) -> str:
        """Return the next number of a range; raises StepError where there is none."""


class Services:
    """The services of the local tenant, as ``ScriptRunner`` asks them.

    ``credentials`` and ``partners`` by name; ``folder`` is where the files of binary parameters are.
    """

    def __init__(
        self,
        *,
        credentials: Mapping[str, Credential] | None = None,
        partners: Mapping[str, Partner] | None = None,
        value_mappings: ValueMappings | None = None,
        number_ranges: NumberRanges | None = None,
        folder: Path | None = None,
    ) -> None:
        self.credentials = dict(credentials or {})
        self.partners = dict(partners or {})
        self.value_mappings = value_mappings or ValueMappings()
        self.number_ranges = number_ranges
        self._folder = folder

    @classmethod
    def of_folder(cls, folder: Path, environ: Mapping[str, str], number_ranges: NumberRanges) -> Services:
        """Return the services of the file in a folder, empty ones where there is none; raises as ``read``."""
        file = folder / FILE_NAME
        return cls.read(file, environ, number_ranges) if file.is_file() else cls(number_ranges=number_ranges)

    @classmethod
    def read(cls, file: Path, environ: Mapping[str, str], number_ranges: NumberRanges) -> Services:
        """Return the services that a TOML file describes (docs/scripts.md); raises ServiceFileError.

        ``number_ranges`` counts, and learns the ranges of the file.
        """
        known = _decoded(file)
        for name, one in known.number_ranges.items():
            number_ranges.define_range(name, one.first, one.last, one.width)
        mappings = ValueMappings()
        for group in known.value_mappings:
            mappings.add({_place(name, file): value for name, value in group.items()})
        return cls(
            credentials={
                name: _resolved(each, name, file, environ) for name, each in known.credentials.items()
            },
            partners=known.partners,
            value_mappings=mappings,
            number_ranges=number_ranges,
            folder=file.parent,
        )

    def secrets(self) -> list[str]:
        """Return all passwords and credential properties, for whoever masks what scripts print."""
        return [
            text
            for each in self.credentials.values()
            for text in (each.password, *each.properties.values())
            if text
        ]

    def answer(self, question: str, arguments: list[Any]) -> Any:
        """Answer a question of a script in JSON; raises LookupError, with what is not emulated."""
        match question, arguments:
            case "user_credential", [alias]:
                found = self.credentials.get(alias)
                return found and {
                    "user": found.user,
                    "password": found.password,
                    "kind": found.kind,
                    "properties": found.properties,
                }
            case "mapped_value", [agency, identifier, value, to_agency, to_identifier]:
                return self.value_mappings.find((agency, identifier), value, (to_agency, to_identifier))
            case "partner_parameter", [name, partner, binary]:
                return self._parameter(name, partner, binary=binary)
            case "partner_id", [agency, scheme, name]:
                names = ((key, each.names.get(f"{agency}/{scheme}")) for key, each in self.partners.items())
                return next((key for key, known in names if known == name), None)
            case "alternative_partner_id", [agency, scheme, partner]:
                return (
                    self.partners[partner].names.get(f"{agency}/{scheme}")
                    if partner in self.partners
                    else None
                )
            case "next_number", [name] if self.number_ranges is not None:
                return self.number_ranges.next_number(name)
            case "next_number", [name]:
                raise LookupError(f'the number range "{name}", which nobody counts here,')
        raise LookupError(question)

    def _parameter(self, name: str, partner: str, *, binary: bool) -> str | None:
        of = self.partners.get(partner, Partner())
        if not binary:
            return of.parameters.get(name)
        if name not in of.binary or self._folder is None:
            return None
        folder = self._folder.resolve()
        file = (folder / of.binary[name]).resolve()
        if not file.is_relative_to(folder) or not file.is_file():
            raise LookupError(
                f'the binary parameter "{name}" of the partner "{partner}": no file {of.binary[name]}'
            )
        return b64encode(file.read_bytes()).decode()


def secrets_of(folder: Path, environ: Mapping[str, str]) -> list[str]:
    """Return the secrets of the file in a folder, none where there is none, or it cannot be used."""
    file = folder / FILE_NAME
    if not file.is_file():
        return []
    try:
        given = _decoded(file).credentials
        return Services(
            credentials={name: _resolved(each, name, file, environ) for name, each in given.items()}
        ).secrets()
    except ServiceFileError:  # whoever starts the local tenant is told
        return []


def _decoded(file: Path) -> _File:
    try:
        return convert(tomllib.loads(file.read_text(encoding="utf-8")), _File)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ServiceFileError(f"{file}: {reason}") from error


def _place(name: str, file: Path) -> Place:
    agency, slash, identifier = name.partition("/")
    if not slash:
        raise ServiceFileError(f'{file}: "{name}" of a value mapping is not "agency/identifier"')
    return agency, identifier


def _resolved(credential: Credential, alias: str, file: Path, environ: Mapping[str, str]) -> Credential:
    """Return the credential with values of environment variables in place of their names."""

    def value_of(text: str) -> str:
        name = text.removeprefix("env:")
        if name == text:
            return text
        if name not in environ:
            raise ServiceFileError(f'{file}: credential "{alias}": the environment has no variable {name}')
        return environ[name]

    return Credential(
        value_of(credential.user),
        value_of(credential.password),
        credential.kind,
        {key: value_of(value) for key, value in credential.properties.items()},
    )
