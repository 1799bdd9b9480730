"""Flows that a suite brings for the local tenant: a folder of TOML files, one flow each.

``artifact`` and ``address`` are needed, and ``template`` or ``function``. A template is a Jinja2 file of
the folder; a function, ``module:name``, stands in a Python file of it and is called like the ``run`` of
any other flow. Whatever goes wrong in it is a failure of the message, not of the runtime.
"""

from __future__ import annotations

import importlib.util
import math
import re
import sys
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from pytest_iflow.emulator.flows.declaration import STATUSES, Declaration, template_run
from pytest_iflow.emulator.flows.message import (
    SEND,
    Completion,
    Flow,
    FlowFailureError,
    Message,
    Reply,
    Surroundings,
)
from pytest_iflow.emulator.flows.registry import FLOWS, LoadedFlow, conflicting
from pytest_iflow.emulator.message_logs.message_log import MessageStatus
from pytest_iflow.emulator.start import StartError

if TYPE_CHECKING:
    from pytest_iflow.emulator.flows.bundles import TenantBundles
    from pytest_iflow.iflow_engine.stores import Stores

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# How the answer is sent is up to the runtime.
RUNTIME_HEADERS = frozenset({"connection", "content-length", "transfer-encoding"})
Run = Callable[[Message, Surroundings], Reply]


def checked_run(run: Run) -> Run:
    """Return ``run`` with every exception, and every reply that cannot be sent, a failure of the message."""

    def run_checked(message: Message, surroundings: Surroundings) -> Reply:
        try:
            reply = run(message, surroundings)
            _check(reply)
        except FlowFailureError:
            raise
        except (Exception, SystemExit) as error:
            raise FlowFailureError(f"{type(error).__name__}: {error}") from error
        return reply

    return run_checked


def _check(reply: Reply) -> None:
    if not isinstance(reply, Reply):
        raise TypeError(f"a flow answers with a Reply, not with {type(reply).__name__}")
    if not isinstance(reply.body, bytes):
        raise TypeError(f"the body of a Reply is bytes, not {type(reply.body).__name__}")
    if reply.status is not None and reply.status not in STATUSES:
        raise ValueError(f"no answer can have the status {reply.status}")
    for name, value in (("content-type", reply.content_type), *reply.headers):
        _check_header(name, value)
    if reply.completion is not None:
        _check_completion(reply.completion)


def _check_header(name: str, value: str) -> None:
    if not (isinstance(name, str) and isinstance(value, str)):
        raise TypeError(f"the header {name!r} is a text and has one, not {value!r}")
    if not HEADER_NAME.fullmatch(name) or name.lower() in RUNTIME_HEADERS:
        raise ValueError(f"no flow can set a header of the name {name!r}")
    value.encode("latin-1")
    if any(ord(character) < 0x20 for character in value):  # noqa: PLR2004 - the first printable one
        raise ValueError(f"the header {name!r} has a control character in it")


def _check_completion(completion: Completion) -> None:
    if not isinstance(completion.seconds, (int, float)) or not 0 <= completion.seconds < math.inf:
        raise ValueError(f"no message can be finished in {completion.seconds!r} seconds")
    if completion.status not in get_args(MessageStatus):
        raise ValueError(f"no message can have the status {completion.status!r}")


class LocalEngine:
    """The engine of exported iFlows; it is loaded when the first of them comes.

    ``folder`` is the one of the suite's own flows, with zips and unpacked bundles. ``named`` is a JSON file
    of bundles with the keys of the tenant file that name them. ``more`` are zips and unpacked bundles that
    lie elsewhere.
    """

    def __init__(
        self, folder: Path | None = None, named: Path | None = None, more: Sequence[Path] = ()
    ) -> None:
        self._folder = folder
        self._more = more
        self._named = named
        self._bundles: TenantBundles | None = None
        self._stores: Stores | None = None

    def stores(self) -> Stores:
        """Return what steps keep: entries of data stores, variables, number ranges."""
        if self._stores is None:
            from pytest_iflow.iflow_engine.stores import Stores

            self._stores = Stores()
        return self._stores

    def bundles(self) -> TenantBundles:
        """Return what runs bundles; raises StartError for a file beside them that cannot be read."""
        if self._bundles is None:
            from pytest_iflow.emulator.flows.bundles import TenantBundles

            self._bundles = TenantBundles(self._folder, self.stores())
        return self._bundles

    def load(self) -> list[LoadedFlow]:
        """Return the flows of all bundles; the engine is loaded where there are some.

        Raises StartError for one that cannot be run.
        """
        from pytest_iflow.iflow_model.files import bundles_in

        paths = [*(bundles_in(self._folder) if self._folder is not None else ()), *self._more]
        of_folder = self.bundles().load(paths) if paths else []
        named = self.bundles().load_named(self._named) if self._named is not None else []
        return named + of_folder

    def close(self) -> None:
        """End it, where it was loaded."""
        if self._bundles is not None:
            self._bundles.close()


def load_local_flows(folder: Path | None, engine: LocalEngine | None = None) -> tuple[Flow, ...]:
    """Return the flows of bundles, then those declared in a folder, in the order of their files' names.

    ``engine`` runs bundles. Raises StartError for a mistake, with file and key.
    """
    if folder is not None and not folder.is_dir():
        raise StartError(f"There is no folder {folder}. Name the folder that holds the flows' TOML files.")
    origins = {flow.artifact: (flow, "the flow that the local tenant brings") for flow in FLOWS}
    flows: list[Flow] = []
    for each in (engine or LocalEngine(folder)).load():
        _refuse_taken(each, origins)
        origins[each.flow.artifact] = (each.flow, each.origin)
        flows.append(each.flow)
    for file in sorted(folder.glob("*.toml")) if folder is not None else ():
        declaration = _declaration(file)
        flow = _flow(declaration)
        if flow.artifact in origins:
            _, origin = origins[flow.artifact]
            raise declaration.mistake("artifact", f"{flow.artifact} is the one of {origin}; choose another")
        other = conflicting(flow, (each for each, _ in origins.values()))
        if other is not None:
            raise _address_taken(declaration, flow, *origins[other.artifact])
        origins[flow.artifact] = (flow, file.name)
        flows.append(flow)
    return tuple(flows)


def _refuse_taken(loaded: LoadedFlow, origins: dict[str, tuple[Flow, str]]) -> None:
    """Raise StartError where the id or the address of a bundle's flow is another's."""
    flow = loaded.flow
    if flow.artifact in origins:
        _, origin = origins[flow.artifact]
        raise loaded.mistake(
            f"{loaded.origin}: the iFlow {flow.artifact} is in {origin}, too, and a tenant has each id once. "
            "Take one of them away."
        )
    other = conflicting(flow, (each for each, _ in origins.values()))
    if other is not None:
        _, origin = origins[other.artifact]
        place = "" if origin == loaded.origin else f" of {origin}"
        raise loaded.mistake(
            f"{loaded.origin}: {flow.artifact} at {flow.path} cannot stand beside {other.artifact}{place} at "
            f"{other.path}: addresses are unique in a tenant. Give one of them another address: where it is "
            "an externalised parameter, by its value; or take one away."
        )


def _address_taken(declaration: Declaration, flow: Flow, other: Flow, origin: str) -> StartError:
    if flow.path == other.path:
        return declaration.mistake("address", f"{flow.path} is the one of {origin}; choose another")
    return declaration.mistake(
        "address",
        f"{flow.path} cannot stand beside {other.path} of {origin}: on a tenant /* takes all addresses below "
        "it, and no other flow can have one; choose another",
    )


def _declaration(file: Path) -> Declaration:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except RecursionError as error:
        raise StartError(f"{file} is no flow: its lists or tables are nested too deeply.") from error
    except (OSError, ValueError) as error:
        raise StartError(f"{file} is no flow: {error}. Write it as TOML in UTF-8.") from error
    return Declaration(file, content)


def _flow(declaration: Declaration) -> Flow:
    artifact = declaration.text("artifact")
    protocol = declaration.protocol()
    wsdl = declaration.optional_text("wsdl")
    if protocol != "cxf":
        declaration.refuse("one-way", 'only a SOAP sender is one-way: protocol = "cxf"')
    run = checked_run(_run(declaration))
    return Flow(
        artifact=artifact,
        name=declaration.optional_text("name") or artifact,
        address=declaration.address(),
        run=run,
        protocol=protocol,
        role=declaration.optional_text("role") or SEND,
        csrf_protected=declaration.flag("csrf"),
        wsdl=declaration.file_text("wsdl") if wsdl else None,
        one_way=declaration.flag("one-way"),
        # After the template or the function was loaded, so that a mistake in it is told as one.
        allowed_headers=declaration.allowed_headers(),
    )


def _run(declaration: Declaration) -> Run:
    template = declaration.optional_text("template")
    function = declaration.optional_text("function")
    if bool(template) == bool(function):
        raise declaration.mistake("template", "either template or function is needed, and not both")
    if function:
        for key in ("content-type", "status"):
            declaration.refuse(key, "the function's Reply says this; take the key out")
        return _function(declaration, function)
    return template_run(declaration)


def _function(declaration: Declaration, reference: str) -> Run:
    module_name, colon, name = reference.partition(":")
    source = declaration.file.parent / f"{module_name}.py"
    if not (colon and module_name.isidentifier() and source.is_file()):
        raise declaration.mistake("function", f"{reference} is not module:name with a file {source.name}")
    found = getattr(_module(declaration, module_name, source), name, None)
    if not callable(found):
        raise declaration.mistake("function", f"{source.name} has no function {name}")
    return cast("Run", found)


def _module(declaration: Declaration, name: str, source: Path) -> Any:
    # With a prefix, so that a suite's file cannot hide an installed module.
    full_name = f"_local_flows_{name}"
    specification = importlib.util.spec_from_file_location(full_name, source)
    if specification is None or specification.loader is None:
        raise declaration.mistake("function", f"{source.name} cannot be loaded")
    module = importlib.util.module_from_spec(specification)
    sys.modules[full_name] = module
    try:
        specification.loader.exec_module(module)
    except Exception as error:  # whatever the suite's code raises is a mistake in it
        raise declaration.mistake("function", f"{source.name}: {type(error).__name__}: {error}") from error
    return module
