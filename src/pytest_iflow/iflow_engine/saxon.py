"""Saxon (``saxonche``, extra ``flows``) for XPath 2 and later and for XSLT, in a thread of its own.

Saxon's objects belong to the thread that made them. Whatever takes too long is given up with its thread,
which ends with the process.
"""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache
from typing import Any

from pytest_iflow.iflow_engine.failures import LimitError, NotSupportedError

_PLACE = re.compile(r"\s+of file:///\S*")
_NO_ADDRESS = ("http://saxon.sf.net/feature/allowedProtocols", "none")


def said(error: Exception) -> str:
    """Return what Saxon says of an error, without the folder of this process in it."""
    return _PLACE.sub("", str(error)).strip()


class Saxon:
    """One processor in one thread; tasks run one after the other.

    Stylesheets and expressions read no file and no address, except for what is handed to them.
    """

    def __init__(self) -> None:
        self._tasks: queue.SimpleQueue[tuple[Callable[[Saxon], Any], Future[Any]]] = queue.SimpleQueue()
        self._processor: Any = None
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
        return self._processor

    def untyped(self, text: str) -> Any:
        """Return a text as a value without a type, so that ``$quantity * 2`` counts; for tasks only."""
        # ``make_atomic_value`` of saxonche 13.1 ends the process for this type.
        xpath = self.processor.new_xpath_processor()
        xpath.declare_variable("text")
        xpath.set_parameter("text", self.processor.make_string_value(text))
        return xpath.evaluate_single("xs:untypedAtomic($text)")

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
