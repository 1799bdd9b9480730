"""The variables of a run: ``.env`` files in layers, and the process environment over them."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from pytest_iflow.secrets.registry import register_secret
from pytest_iflow.secrets.token_shapes import is_plain
from pytest_iflow.tenants.text_file import is_there, read_text

_SECRET = re.compile(r"(?:SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|CREDENTIALS?)\d*$", re.IGNORECASE)
"""How the name of a variable ends that holds a secret."""


def load_environ(
    folder: Path, tenant: str, environment: str | None, process: Mapping[str, str]
) -> dict[str, str]:
    """Return ``.env``, ``.env.<tenant>`` and ``.env.<tenant>.<environment>``, the later over the earlier.

    ``process`` wins over all. Without an environment the third file is left out: its name may depend on
    variables of the first two. What a file names as a secret is registered. Raises ConfigurationError when a
    file cannot be read.
    """
    names = [".env", f".env.{tenant}"]
    if environment:
        names.append(f".env.{tenant}.{environment}")
    variables: dict[str, str] = {}
    for path in (folder / name for name in names):
        if is_there(path) and path.is_file():
            # Secrets of service keys hold $, which is no reference to another variable.
            layer = dotenv_values(stream=io.StringIO(read_text(path)), interpolate=False)
            variables |= {name: value for name, value in layer.items() if value is not None}
    for name, value in variables.items():
        if _SECRET.search(name) and not is_plain(value):
            register_secret(value)
    return variables | dict(process)
