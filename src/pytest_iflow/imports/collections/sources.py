"""What the requests of a collection share: variables, clients, addresses, and who sets which variable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from pytest_iflow.drafts.draft import Fate, Remark
from pytest_iflow.imports.addresses import Addresses, host_and_path, runtime_part
from pytest_iflow.imports.collections.clients import Clients
from pytest_iflow.imports.collections.collection import Call, Folder
from pytest_iflow.imports.collections.variables import Variables, process_name, register_auth, register_script
from pytest_iflow.imports.scripts.script import translated
from pytest_iflow.imports.scripts.values import Value

_SHOWN = 120


class Placed(msgspec.Struct, frozen=True):
    """A request with the folders in which it stands, and with what it inherits from them.

    ``inherited`` are the statements of their scripts that have no phrase, which are told once for all.
    """

    call: Call
    folders: tuple[str, ...]
    folder_description: str
    inherited: frozenset[str] = frozenset()

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
        hosts: set[str] = set()
        api_hosts: set[str] = set()
        for each in placed:
            register_auth(each.call.auth)
            host, path = host_and_path(each.call.url)
            (api_hosts if path.startswith("/api/v1/") else hosts).add(host)
            register_script(each.call.before)
            register_script(each.call.after)
            script = translated(each.call.after)
            for variable in script.tokens:
                self.clients.note_token(variable, each.call.auth)
            for variable, _ in script.kept:
                if self.variables.is_secret(variable):
                    continue
                self._producers.setdefault(variable, each)

        self._api_hosts = api_hosts if {host for host in hosts - api_hosts if host} else set()

    def runtime_part(self, url: str) -> tuple[str, str] | str:
        """Return path and query of a request to a runtime; else why it is none, in a sentence."""
        found = runtime_part(url, self.variables.addresses(url))
        host, _ = host_and_path(url)
        if host in self._api_hosts and not isinstance(found, str):
            return f"its host, {host}, is that of the OData API of the tenant, and no runtime"
        return found

    @property
    def used(self) -> frozenset[str]:
        """The variables that features name and no scenario remembers."""
        return frozenset(self._used)

    def notes(self) -> Iterator[Remark]:
        """Yield what is to be told of variables that features name."""
        for name in sorted(self._used):
            values, value = self.variables.values(name), self.variables.value(name)
            if value is None:
                what = f"It has no value here: set the variable {process_name(name)}"
                what += ", or write a value into the tenant file."
                yield Remark(Fate.CHANGED, f"variable {name}", what)
            elif len(values) > 1 and not self.variables.is_chosen:
                what = f"It has several values, and the first one was taken: {value}."
                what += " Say --environment with the name of another environment."
                yield Remark(Fate.CHANGED, f"variable {name}", what)

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


def placed_calls(folder: Folder, above: Placed | None = None) -> Iterator[Placed]:
    """Yield all requests with what they inherit: authorisation and scripts of the folders around them."""
    outer = above or Placed(Call("", "", ""), (), "")
    auth = outer.call.auth if folder.auth.kind == "inherit" else folder.auth
    before, after = _joined(outer.call.before, folder.before), _joined(outer.call.after, folder.after)
    inherited = outer.inherited | frozenset(_left_of(folder))
    for call in folder.calls:
        whole = msgspec.structs.replace(
            call,
            auth=auth if call.auth.kind == "inherit" else call.auth,
            before=_joined(before, call.before),
            after=_joined(after, call.after),
        )
        yield Placed(whole, outer.folders, folder.description, inherited)
    held = Call("", "", "", auth=auth, before=before, after=after)
    for inner in folder.folders:
        yield from placed_calls(inner, Placed(held, (*outer.folders, inner.name), "", inherited))


def scripts_of_folders(folder: Folder, names: tuple[str, ...] = ()) -> Iterator[Remark]:
    """Yield a remark for each statement of a script of a folder that has no phrase."""
    for statement in _left_of(folder):
        yield unphrased(" / ".join(names) or folder.name, statement)
    for inner in folder.folders:
        yield from scripts_of_folders(inner, (*names, inner.name))


def unphrased(origin: str, statement: str) -> Remark:
    """Return what is told of a statement that has no phrase."""
    shown = " ".join(statement.split())
    cut = shown if len(shown) < _SHOWN else f"{shown[:_SHOWN]}…"
    return Remark(Fate.LEFT, origin, f"A statement of a script has no phrase: {cut}")


def _left_of(folder: Folder) -> tuple[str, ...]:
    return (*translated(folder.before).left, *translated(folder.after).left)


def _joined(first: str, second: str) -> str:
    return "\n".join(filter(None, (first, second)))
