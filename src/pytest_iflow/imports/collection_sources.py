"""What the requests of a collection share: variables, clients, addresses, and who sets which variable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from pytest_iflow.drafts.draft import Fate, Remark
from pytest_iflow.imports.addresses import Addresses
from pytest_iflow.imports.collection import Call
from pytest_iflow.imports.collection_clients import Clients
from pytest_iflow.imports.collection_variables import Variables, register_auth
from pytest_iflow.imports.script import translated
from pytest_iflow.imports.script_values import Value


class Placed(msgspec.Struct, frozen=True):
    """A request with the folders in which it stands, and with what it inherits from them."""

    call: Call
    folders: tuple[str, ...]
    folder_description: str

    @property
    def origin(self) -> str:
        """How people know it."""
        return " / ".join((*self.folders, self.call.name or "without a name"))


class Sources:
    """What the requests of a collection share: variables, clients, addresses, and who sets which variable."""

    def __init__(
        self, variables: Variables, clients: Clients, addresses: Addresses, placed: Sequence[Placed]
    ) -> None:
        self.variables = variables
        self.clients = clients
        self.addresses = addresses
        self._used: set[str] = set()
        self._producers: dict[str, Placed] = {}
        for each in placed:
            register_auth(each.call.auth)
            script = translated(each.call.after)
            for variable in script.tokens:
                self.clients.note_token(variable, each.call.auth)
            for variable, _ in script.kept:
                self._producers.setdefault(variable, each)

    @property
    def used(self) -> frozenset[str]:
        """The variables that features name and no scenario remembers."""
        return frozenset(self._used)

    def notes(self) -> Iterator[Remark]:
        """Yield what is to be told of the collection as a whole."""
        if not self.variables.is_chosen:
            what = "there are several environments; values of the first one that has some were taken. "
            yield Remark(Fate.CHANGED, "variables", what + "Say --environment with the name of one.")

    def producer(self, name: str) -> Placed | None:
        """Return the request whose script sets a variable that has no constant value."""
        return self._producers.get(name) if self.variables.value(name) is None else None

    def use(self, names: frozenset[str]) -> None:
        """Note variables that the tenant file is to have."""
        self._used |= names

    def in_script(self, name: str) -> Value | None:
        """Return what a script gets for a variable of the collection."""
        if self.variables.value(name) is not None:
            return Value("constant", constant=f"{{{{{name}}}}}")
        return Value("variable", name) if name in self._producers else None
