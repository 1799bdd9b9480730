"""What is wrong with the files that a step names: payloads, schemas, golden messages and their rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct
from pytest_bdd.parser import Step

from pytest_iflow.checks.golden_check import GoldenCheck
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.gherkin.compiled import StepDefinition
from pytest_iflow.gherkin.faults import Fault, fault_at
from pytest_iflow.gherkin.step_faults import constant_text, unreadable
from pytest_iflow.gherkin.variables import check_name, names_in
from pytest_iflow.gherkin.vocabulary import Phrase
from pytest_iflow.tenants.suite_files import MissingFileError, SuiteFiles, decode_text, read_regular

FILE_FOLDERS = ("payloads", "schemas")
"""Folders of a suite in which a file that a step names is looked for, beside that of the feature."""

GOLDEN = "golden"
"""The argument of a step function that names a golden message."""

SCHEMA = "schema"
"""The argument of a step function that names a schema."""

RULES = "rules"
"""The argument of a step function that names rules of golden messages, or a message with such rules."""


CONDITION = "condition"
"""The argument of a step function that is a check within a step, which may name a file of these kinds.

It has ``reads``, which is the kind and the name of the file, or None.
"""


BELOW = "datatable"
"""The argument of a step function whose rows name files: ``below`` returns rows that have ``file``."""


class NamedFile(Struct, frozen=True):
    """A step with the text that it has in a row, and what is known where it runs.

    ``beside`` is the folder of its feature. ``variables`` are the names of those that there are, None where
    steps of the suite may have made others. ``may_be_made``: steps of the suite before it may write files.
    """

    step: Step
    text: str
    definition: StepDefinition
    beside: Path
    variables: Collection[str] | None
    may_be_made: bool


def _named_by(phrase: Phrase, named: NamedFile) -> tuple[str, str, bool]:
    """Return what kind of file a step names, its name, empty where there is none, and if it is filled in."""
    argument = phrase.reads or ""
    try:
        arguments = named.definition.arguments_as_written(named.text)
    except (ConfigurationError, ValueError, ArithmeticError):
        return argument, "", False  # another fault says so
    value = arguments[argument]
    kind, name = (argument, value) if argument != CONDITION else value.reads or (argument, "")
    return kind, name, arguments.get("filled", False)


class FileCheck:
    """Looks at the files that steps name, before anything runs; at each schema and golden message once.

    ``check_schema`` finds and compiles a schema, or raises. ``constants`` are the values of variables that
    are the same in all of a run; ``unset`` are those that stand for one of the process that is not set.
    """

    def __init__(
        self,
        files: SuiteFiles,
        check_golden: GoldenCheck,
        check_schema: Callable[[str], object],
        constants: Mapping[str, str],
        unset: Mapping[str, str],
    ) -> None:
        self._files = files
        self._check_golden = check_golden
        self._check_schema = check_schema
        self._constants = constants
        self._unset = unset
        self._schemas: dict[str, ConfigurationError | None] = {}

    def faults(self, file: str, named: NamedFile, *, has_schemas: bool) -> Iterator[Fault]:
        """Yield what is wrong; with ``has_schemas`` the suite looks schemas up itself."""
        phrase, step = named.definition.context.parser, named.step
        if not isinstance(phrase, Phrase) or phrase.reads is None:
            return
        if phrase.reads == BELOW:
            yield from self._of_rows(file, named, phrase)
            return
        kind, written, is_filled = _named_by(phrase, named)
        name = constant_text(step, written, self._constants)
        if not name:
            return
        try:
            if kind == SCHEMA:
                if not has_schemas:
                    self._look_at_schema(name)
            elif kind == GOLDEN:
                self._check_golden(name, named.beside)
            elif kind == RULES:
                self._look_at_rules(self._files.find(name, named.beside, "payloads"))
            else:
                yield from self._of_payload(file, named, name, is_filled=is_filled)
        except ConfigurationError as error:
            yield unreadable(file, step.line_number, name, error, "unusable-file")

    def _of_rows(self, file: str, named: NamedFile, phrase: Phrase) -> Iterator[Fault]:
        """Look at the files that rows below a step name; rows that cannot be read are another fault."""
        table = named.step.datatable
        if table is None or phrase.below is None:
            return
        rows: Any = ()
        with suppress(ConfigurationError, ValueError):
            rows = phrase.below(table.raw())
        for row in rows:
            if row.file and (name := constant_text(named.step, row.file, self._constants)):
                try:
                    yield from self._of_payload(file, named, name, is_filled=False)
                except ConfigurationError as error:
                    yield unreadable(file, named.step.line_number, name, error, "unusable-file")

    def _look_at_schema(self, name: str) -> None:
        if name not in self._schemas:
            self._schemas[name] = None
            try:
                self._check_schema(name)
            except ConfigurationError as error:
                self._schemas[name] = error
        if (known := self._schemas[name]) is not None:
            raise known.copy()

    def _look_at_rules(self, path: Path) -> None:
        from pytest_iflow.checks.golden_rules import rules_file
        from pytest_iflow.checks.same_answer import read_answer_rules

        rules = rules_file(path)
        self._files.require_readable(rules)
        if not rules.is_file():
            raise ConfigurationError(
                f"there are no rules beside {path.name}",
                where=str(rules),
                remedy="write the rules there, or leave them out of the step",
            )
        read_answer_rules(path, read_regular)

    def _of_payload(self, file: str, named: NamedFile, name: str, *, is_filled: bool) -> Iterator[Fault]:
        """Look at a file that a step sends; where one of the suite reads it, it may look elsewhere."""
        is_ours = named.definition.function.__module__.startswith("pytest_iflow.")
        if not is_ours or named.may_be_made:
            for kind in FILE_FOLDERS:
                with suppress(MissingFileError):
                    self._files.require_readable(self._files.find(name, named.beside, kind))
            return
        path = self._files.find(name, named.beside, "payloads")
        self._files.require_readable(path)
        if is_filled and path.is_file():
            yield from self._of_variables(file, named, path)

    def _of_variables(self, file: str, named: NamedFile, path: Path) -> Iterator[Fault]:
        place = self._files.name_of(path)
        for number, line in enumerate(decode_text(read_regular(path), path).splitlines(), start=1):
            for name in names_in(line) if named.variables is not None else ():
                try:
                    check_name(name, named.variables or (), self._unset)
                except ValueError as error:
                    what = f"{place}:{number}: {error}"
                    remedy = "correct the name, or remember it before"
                    yield fault_at(file, named.step.line_number, what, remedy, "unknown-variable")
