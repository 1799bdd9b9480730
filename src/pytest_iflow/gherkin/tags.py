"""Tags of a feature as marks of pytest, so that ``-m smoke`` selects and ``@skip`` skips.

``@skip`` and ``@skip(reason)`` skip; ``@tenant(local)`` or ``@tenant(local,trial)`` restricts to tenants;
``@safe`` allows a scenario on a protected environment. ``@generated`` marks one whose message an import made
up: it runs on the local tenant, elsewhere with ``--generated`` only, and never where it is protected.
``@data(products.csv)`` above an Examples table names the file with its rows. A tag holds no blanks, so ``_``
stands for one in a reason and in the name of a file. Every other tag is a mark of its name and needs no entry
in the pytest configuration. What follows a bracket or a colon is the argument of the mark: ``@jira:ABC-1`` is
selected by ``-m jira``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from pytest_iflow.tenants.credentials import needs_emulator
from pytest_iflow.tenants.model import Environment

GENERATED = "generated"
"""The tag of scenarios whose messages an import made up."""

ALLURE_PREFIX = "allure."
"""How the tags begin that are labels and links of Allure's results, and no marks."""

KNOWN_TAGS = {
    "data": "data(products.csv): above Examples, its rows come from this file; also data(prices.xlsx,Sheet)",
    "generated": "an import made up the message: away from the local tenant the scenario needs --generated",
    "safe": "the scenario may run on an environment with protected = true",
    "serial": "the scenario runs in its order, with no other one in flight (--parallel)",
    "skip": "skip(waiting_for_role): above a feature or scenario, it is not run; _ stands for a blank",
    "soft": "where a Then of the scenario fails, those behind it are judged as well",
    "tenant": "tenant(local,trial): the scenario runs on these tenants only",
}
"""Tags of features that the plugin acts on, in the words of ``pytest --markers``."""


def register_known_tags(config: pytest.Config) -> None:
    """Let ``pytest --markers`` list the tags that the plugin acts on."""
    for name, said in KNOWN_TAGS.items():
        line = said if said.startswith(f"{name}(") else f"{name}: {said}"
        config.addinivalue_line("markers", f"{line} [pytest-iflow]")


def marks_of_tags(
    tags: Iterable[str], config: pytest.Config, *, tenant: str, only_safe: bool, no_generated: str = ""
) -> Iterator[pytest.MarkDecorator]:
    """Yield the marks of a scenario with these tags; with ``only_safe`` one without ``@safe`` is skipped.

    ``no_generated`` is why one that is tagged ``@generated`` is skipped; empty where it may run. The marks
    are registered with ``config``, so that pytest warns of none.
    """
    tags = tuple(tags)
    for tag in tags:
        if tag.startswith(ALLURE_PREFIX):
            continue
        name, text = tag_parts(tag)
        if name == "skip":
            yield _skip(text.replace("_", " ") or "tagged @skip")
            continue
        _register(name, config)
        yield getattr(pytest.mark, name)(*text.split(",")) if text else getattr(pytest.mark, name)
        if name == "tenant" and tenant not in text.split(","):
            yield _skip(f"for tenant {text.replace(',', ' or ')} only")
    if only_safe and "safe" not in tags:
        yield skip_unsafe("the environment")
    if no_generated and GENERATED in tags:
        yield _skip(no_generated)


def reason_against_generated(environment: Environment, *, is_wanted: bool) -> str:
    """Return why messages that an import made up are not sent to an environment; empty where they may be.

    ``is_wanted`` says that ``--generated`` is given. They would reach the receivers of the tenant, so a
    protected environment never gets them.
    """
    if environment.protected:
        return f"the environment {environment.name} is protected and the message of the scenario is made up"
    if is_wanted or needs_emulator(environment):
        return ""
    return "the message of the scenario is made up, and would reach receivers: --generated sends it"


def skip_unsafe(environment: str) -> pytest.MarkDecorator:
    """Return the mark of a scenario that a protected environment keeps from running."""
    return _skip(f"{environment} is protected and the scenario is not tagged @safe")


def tag_parts(tag: str) -> tuple[str, str]:
    """Return the name of a tag and its argument, empty if there is none."""
    name, _, text = tag.removesuffix(")").replace("(", ":", 1).partition(":")
    return name, text


def data_file_of(tag: str) -> str:
    """Return what the tag ``@data(…)`` names, file, sheet and range; empty for any other tag."""
    name, text = tag_parts(tag.removeprefix("@"))
    return text if name == "data" else ""


def _register(name: str, config: pytest.Config) -> None:
    if name in KNOWN_TAGS:
        return
    line = f"{name}: a tag of a feature file"
    if line not in config.getini("markers"):
        config.addinivalue_line("markers", line)


def _skip(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.skip(reason=reason)
