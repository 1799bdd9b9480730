"""Variables of a collection: ``{{order}}`` becomes ``${order}``, and secrets stay out.

What has a constant value becomes a variable of the tenant file, and what has none one of the process. What
Postman makes anew each time (``{{$guid}}``) has a variable of its own here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pytest_iflow.drafts.feature_text import fits_line, literal
from pytest_iflow.drafts.file_names import variable_name
from pytest_iflow.gherkin.pasted_secrets import pasted_secrets_in
from pytest_iflow.imports.collections.collection import Auth, Collection, Folder, Stage, Variable
from pytest_iflow.imports.scripts.secrets import secrets_in_script
from pytest_iflow.secrets.registry import MASK, register_secret
from pytest_iflow.secrets.token_shapes import is_plain, looks_random

REFERENCE = re.compile(r"\{\{\s*(?:_\.)?([^{}\n]{1,200}?)\s*\}\}")
"""``{{name}}``; Insomnia writes ``{{ _.name }}``, and so do collections that came from there."""

_PROCESS = "process.env."
_DEPTH = 10
_SECRET_NAME = re.compile(
    r"^vault:|secret|passw|passphrase|pwd|token$|api[-_]?key|credential|authori[sz]ation|private[-_]?key",
    re.IGNORECASE,
)
_LONG = 20
"""Characters from which on a value that looks random is a secret, whatever its name."""

_MADE_ANEW = {
    "guid": "${uuid}",
    "randomUUID": "${uuid}",
    "timestamp": "${number(10)}",
    "isoTimestamp": "${now}",
    "randomInt": "${number(3)}",
    "randomAlphaNumeric": "${text(1)}",
    "randomEmail": "${text(8)}@example.com",
    "randomExampleEmail": "${text(8)}@example.com",
    "randomPhoneNumber": "${number(10)}",
    "randomPrice": "${number(3)}.${number(2)}",
    "randomBankAccount": "${number(8)}",
    "randomDateRecent": "${now-1h}",
    "randomDatePast": "${now-30d}",
    "randomDateFuture": "${now+30d}",
}
_ANY_TEXT = "${text(8)}"
_KEPT_NAMES = frozenset({"uuid", "now", "today", "tenant", "environment"})


class Made(NamedTuple):
    """A text as a feature has it: the names of its variables in the collection, and of its secrets."""

    text: str
    names: frozenset[str]
    secrets: frozenset[str]
    assumed: tuple[str, ...]
    """Dynamic variables for which another kind of value had to be taken."""


class Variables:
    """All variables of a collection; ``stage`` is the environment whose values go before others."""

    def __init__(self, collection: Collection, stages: Sequence[Stage], stage: str | None) -> None:
        known = (*collection.stages, *stages)
        chosen = [each for each in known if stage is not None and each.name.casefold() == stage.casefold()]
        self.is_chosen = bool(chosen) or len(known) <= 1
        groups = [*(each.variables for each in chosen or known), *_of_folders(collection.root)]
        self._all: dict[str, list[Variable]] = {}
        for variable in (each for group in groups for each in group):
            self._all.setdefault(variable.name, []).append(variable)
        self._candidates: dict[str, list[str]] = {}
        for variable in (each for group in (*(each.variables for each in known), *groups) for each in group):
            self._candidates.setdefault(variable.name, []).append(variable.value)
        self._register()

    def value(self, name: str) -> str | None:
        """Return the constant value of a variable; None for one without, and for a secret."""
        found = [each.value for each in self._all.get(name, ()) if each.value.strip()]
        return None if not found or self.is_secret(name) else self.resolved(found[0])

    def values(self, name: str) -> list[str]:
        """Return all values of a variable, whatever the environment; for hosts, which are no secrets."""
        return [self.resolved(each) for each in dict.fromkeys(self._candidates.get(name, ())) if each.strip()]

    def addresses(self, url: str) -> list[str]:
        """Return an address with the values that its first variable, the host, may have."""
        first = REFERENCE.search(url)
        hosts = self.values(first[1]) if first else []
        return [self.resolved(url), *(url.replace(first[0], host, 1) for host in hosts if first)]

    def is_secret(self, name: str) -> bool:
        """Tell whether a variable holds a secret, by what the tool says, its name or its values."""
        plain_name = name.removeprefix(_PROCESS)
        values = [each.value for each in self._all.get(name, ())]
        if any(each.is_secret for each in self._all.get(name, ())) or _SECRET_NAME.search(plain_name):
            return not any(re.match(r"https?://", value) for value in values)
        return any(is_secret_value(value) for value in values)

    def resolved(self, text: str, depth: int = 0) -> str:
        """Return a text with the values of its variables, as far as there are some."""

        def value(found: re.Match[str]) -> str:
            held = [each.value for each in self._all.get(found[1], ()) if each.value]
            return self.resolved(held[0], depth + 1) if held and depth < _DEPTH else found[0]

        return REFERENCE.sub(value, text)

    def made(self, text: str, *, is_escaped: bool = False) -> Made:
        """Return a text as a feature has it; a secret in it becomes ``***``.

        One that ``is_escaped`` has no variables of features but those that are meant.
        """
        names: set[str] = set()
        secrets: set[str] = set()
        assumed: list[str] = []

        def written(found: re.Match[str]) -> str:
            name = found[1]
            if name.startswith("$"):
                if name[1:] not in _MADE_ANEW or name == "$timestamp":
                    assumed.append(name)
                return _MADE_ANEW.get(name[1:], _ANY_TEXT)
            if self.is_secret(name):
                secrets.add(name)
                return "***"
            names.add(name)
            return f"${{{feature_name(name)}}}"

        made = REFERENCE.sub(written, text if is_escaped else literal(text))
        return Made(made, frozenset(names), frozenset(secrets), tuple(assumed))

    def for_tenant_file(self, names: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield variables as the tenant file has them: a constant, or one of the process."""
        for name in sorted(names):
            value = self.value(name)
            is_known = value is not None and not REFERENCE.search(value) and fits_line(value)
            yield feature_name(name), value if is_known and value is not None else f"env:{process_name(name)}"

    def _register(self) -> None:
        for name, variables in self._all.items():
            if self.is_secret(name):
                for variable in variables:
                    register_if_secret(variable.value)


def feature_name(name: str) -> str:
    """Return the name that a variable has in features."""
    made = variable_name(name.removeprefix(_PROCESS))
    return f"{made}-value" if made in _KEPT_NAMES else made


def process_name(name: str) -> str:
    """Return the name of the variable of the process that is to have the value."""
    return re.sub(r"[^A-Z0-9]+", "_", feature_name(name.removeprefix(_PROCESS)).upper()).strip("_") or "X"


def register_if_secret(value: str) -> None:
    """Have a value masked from now on, unless it is a word or names a variable."""
    if not is_plain(value) and not REFERENCE.search(value):
        register_secret(value)


def register_auth(auth: Auth) -> None:
    """Have the secrets of an authorisation masked: whatever is no name of a user and no address."""
    for name, value in auth.values.items():
        if _SECRET_NAME.search(name) or name in {"password", "value", "token", "secret"}:
            register_if_secret(value)


def is_secret_name(name: str) -> bool:
    """Tell whether a header, a parameter or a variable holds a secret, by its name."""
    return bool(_SECRET_NAME.search(name)) and name.lower() != "x-csrf-token"


def register_script(script: str) -> None:
    """Have the secrets that are written into a script masked."""
    for secret in secrets_in_script(script, is_secret_name, is_secret_value):
        register_if_secret(secret)


def is_secret_value(value: str) -> bool:
    """Tell whether a text is a secret by its looks."""
    if MASK in value:
        return True
    if REFERENCE.search(value) or re.match(r"https?://", value):
        return False
    is_random = len(value) >= _LONG and looks_random(value) and not is_plain(value)
    return is_random or any(True for _ in pasted_secrets_in(value))


def _of_folders(folder: Folder) -> Iterator[Sequence[Variable]]:
    """Yield the variables of folders, those of inner ones first."""
    for inner in folder.folders:
        yield from _of_folders(inner)
    yield folder.variables
