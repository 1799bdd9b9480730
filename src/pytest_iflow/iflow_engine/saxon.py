"""Saxon (``saxonche``, extra ``flows``) for XPath 2 and later and for XSLT, in a thread of its own.

Saxon's objects belong to the thread that made them. Whatever takes too long is given up with its thread,
which ends with the process.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache
from typing import Any

from pytest_iflow.iflow_engine.failures import LimitError, NotSupportedError

SAP_FUNCTIONS = ("http://sap.com/it/", "http://sap.com/hci")
"""Namespaces in which stylesheets call ``setHeader`` and ``setProperty``; SAP documents the first one."""

_NO_ADDRESS = ("http://saxon.sf.net/feature/allowedProtocols", "none")
_SETTER = {"as": "empty-sequence()", "param": ["item()*", "xs:string", "item()*"]}
_GETTER = {"as": "xs:string?", "param": ["item()*", "xs:string"]}

SetValue = Callable[[str, str], None]
GetValue = Callable[[str], str | None]


class Saxon:
    """One processor in one thread; tasks run one after the other.

    Stylesheets and expressions read no file and no address, except for what is handed to them.
    """

    def __init__(self) -> None:
        self._tasks: queue.SimpleQueue[tuple[Callable[[Saxon], Any], Future[Any]]] = queue.SimpleQueue()
        self._processor: Any = None
        self._setters: dict[str, SetValue] = {}
        self._getters: dict[str, GetValue] = {}
        self.kept: dict[Any, Any] = {}
        """What tasks keep for later ones, such as compiled stylesheets."""
        threading.Thread(target=self._work, name="saxon", daemon=True).start()

    @property
    def processor(self) -> Any:
        """The processor, for tasks only."""
        if self._processor is None:
            from saxonche import PySaxonProcessor

            self._processor = PySaxonProcessor(license=False)
            self._processor.set_configuration_property(*_NO_ADDRESS)
            for namespace in SAP_FUNCTIONS:
                for kind in ("Header", "Property"):
                    self._processor.register_user_function(
                        namespace, self._setter(kind), signature_map={f"set{kind}": _SETTER}
                    )
                    self._processor.register_user_function(
                        namespace, self._getter(kind), signature_map={f"get{kind}": _GETTER}
                    )
        return self._processor

    def serve(self, setters: dict[str, SetValue], getters: dict[str, GetValue]) -> None:
        """Say what ``setHeader``, ``setProperty`` and their like do from now on; for tasks only."""
        self._setters = setters
        self._getters = getters

    def run(self, task: Callable[[Saxon], Any], seconds: float) -> Any:
        """Run a task and return its result; raises LimitError after so many seconds, or what it raises."""
        outcome: Future[Any] = Future()
        self._tasks.put((task, outcome))
        try:
            return outcome.result(seconds)
        except TimeoutError:
            saxon.cache_clear()
            raise LimitError(f"an expression or a stylesheet took more than {seconds:g} seconds") from None

    def _work(self) -> None:
        while True:
            task, outcome = self._tasks.get()
            try:
                outcome.set_result(task(self))
            except BaseException as error:  # noqa: BLE001, it is raised by who waits
                outcome.set_exception(error)

    def _setter(self, kind: str) -> Callable[[Any, Any, Any], None]:
        return lambda _exchange, name, value: self._setters[kind](_text(name), _text(value))

    def _getter(self, kind: str) -> Callable[[Any, Any], str | None]:
        return lambda _exchange, name: self._getters[kind](_text(name))


@lru_cache(maxsize=1)
def saxon() -> Saxon:
    """Return the Saxon of this process; raises NotSupportedError where ``saxonche`` is not installed."""
    import importlib.util

    if importlib.util.find_spec("saxonche") is None:
        raise NotSupportedError(
            "not supported by the local tenant without Saxon: XSLT, XPath 2 and later; "
            'install it with: pip install "pytest-iflow[flows]"'
        )
    return Saxon()


def _text(value: Any) -> str:
    """Return the text of a value that Saxon hands to a function: Python's own, an item, or a sequence."""
    if isinstance(value, list | tuple):
        return "".join(map(_text, value))
    if hasattr(value, "string_value"):
        return str(value.string_value)
    return "" if value is None else str(value)
