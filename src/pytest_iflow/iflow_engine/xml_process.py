"""What libraries do for steps in a process of its own: Saxon, schemas of XML, XPaths that may be dear.

Saxon (``saxonche``, extra ``flows``) knows XPath 2 and later, and XSLT. None of them can be told to stop, and
where memory ends Saxon ends its process: that is why it is another one.
"""

from __future__ import annotations

import importlib.util
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from pytest_iflow.bounded.process import EndedError, OtherProcess, TimeOverError
from pytest_iflow.iflow_engine.failures import LimitError, NotSupportedError


class XmlProcess:
    """The process, which stays for the messages that follow; calls of several threads wait for each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = OtherProcess()

    def call(self, function: Callable[..., Any], *arguments: Any, seconds: float) -> Any:
        """Return what a function of ``xml_tasks`` or ``bounded`` gives.

        Raises LimitError where it takes more than so many seconds, or too much memory; CallError for what it
        raises.
        """
        ends = time.monotonic() + seconds
        took_long = f"an expression, a stylesheet or a schema took more than {seconds:g} seconds"
        if not self._lock.acquire(timeout=seconds):
            raise LimitError(f"{took_long}, those of other messages among it")
        try:
            return self._process.call(function, *arguments, seconds=max(0.0, ends - time.monotonic()))
        except TimeOverError:
            raise LimitError(took_long) from None
        except EndedError:
            said = "an expression, a stylesheet or a schema took more memory than the local tenant gives"
            raise LimitError(said) from None
        finally:
            self._lock.release()


@lru_cache(maxsize=1)
def xml_process() -> XmlProcess:
    """Return the one of this process; it is started by its first call."""
    return XmlProcess()


def require_saxon() -> None:
    """Raise NotSupportedError where ``saxonche`` is not installed."""
    if importlib.util.find_spec("saxonche") is None:
        raise NotSupportedError(
            "not supported by the local tenant without Saxon: XSLT, XPath 2 and later; "
            'install it with: pip install "pytest-iflow[flows]"'
        )
