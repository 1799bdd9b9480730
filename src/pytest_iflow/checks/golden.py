"""Golden messages: the answer that was once found good, kept as a file, and how an answer differs from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Self

from msgspec import Struct

from pytest_iflow.checks.alignment import TooManyItemsError
from pytest_iflow.checks.document import Document, parse_document, too_deep
from pytest_iflow.checks.fault import soap_fault
from pytest_iflow.checks.flat_records import FlatMessage, flat_format, read_flat
from pytest_iflow.checks.golden_flat import FlatGolden, check_flat_rules
from pytest_iflow.checks.golden_flat_update import updated_flat
from pytest_iflow.checks.golden_json import JsonGolden, check_jsonpath
from pytest_iflow.checks.golden_rules import Format, GoldenRules, read_rules
from pytest_iflow.checks.golden_update import GoldenWriter, updated
from pytest_iflow.checks.golden_value import Difference, ignorable_paths
from pytest_iflow.checks.golden_xml import XmlGolden, check_xpath_of_rule
from pytest_iflow.checks.json_text import require_names_once
from pytest_iflow.checks.quoting import LISTED_ENTRIES, listed
from pytest_iflow.checks.side_by_side import DifferenceError
from pytest_iflow.checks.time_limits import shared_pattern_time
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.tenants.suite_files import MissingFileError, read_regular
from pytest_iflow.transport.charset import decode, encode, readable

HEAD_BYTES = 200
"""Of a message, by which its format is told."""

MOST_DIFFERENCES = 1_000
"""How many differences are looked for: whoever sees so many reads no further."""

Note = Callable[[str], None]
"""Takes what is to be said beside the result of a comparison."""


class AnswerBody(Struct, frozen=True):
    """The body of an answer; ``document`` parses it as JSON or XML, or raises CheckError.

    ``failure`` says why the call is no success; empty where it is one.
    """

    body: bytes
    content_type: str | None
    document: Callable[[], Document]
    failure: str = ""
    subject: str = "The response"

    def flat(self, format_: Format) -> FlatMessage:
        """Split it into lines or segments; raises CheckError for a body of another format."""
        return read_flat(decode(self.body, self.content_type, self.subject), format_, self.subject)


class GoldenMessage(Struct, frozen=True):
    """A golden message, read once and compared with many answers; ``path`` is its file."""

    path: Path
    content: Document | FlatMessage
    rules: GoldenRules

    @classmethod
    def load(
        cls,
        path: Path,
        read: Callable[[Path], bytes] = read_regular,
        namespaces: Mapping[str, str] | None = None,
    ) -> Self:
        """Read a golden message and the rules beside it; ``namespaces`` are prefixes that the suite declares.

        Raises ConfigurationError if a file is missing or broken, and what ``read`` raises.
        """
        rules = read_rules(path, read)
        subject = f"The golden message {path.name}"
        try:
            data = read(path)
            format_ = rules.format or flat_format(readable(data[:HEAD_BYTES], None), path.suffix.lower())
            if format_ in {None, "json", "xml"}:
                content: Document | FlatMessage = _document(data, subject, namespaces)
            else:
                content = AnswerBody(data, None, _no_document, subject=subject).flat(format_)
        except FileNotFoundError:
            raise missing_golden(path) from None
        except OSError as error:
            raise ConfigurationError(f"{path.name} cannot be read: {error}", where=str(path)) from None
        except CheckError as error:
            place = f"{path}, {error.where}" if error.where else str(path)
            raise ConfigurationError(error.what, where=place, remedy="Correct the file.") from None
        if isinstance(content, FlatMessage):
            check_flat_rules(rules, content.format)
        else:
            rules.check_paths(check_jsonpath if content.kind == "json" else check_xpath_of_rule)
            rules.refuse_to_ignore_all()
        return cls(path, content, rules)

    def expect(self, answer: AnswerBody, note: Note) -> None:
        """Raise CheckError with every difference between an answer and this message.

        JSON: the order of members is free, that of items counts, numbers are equal by value. XML: the order
        of attributes, prefixes, comments and blanks between elements are free. ``note`` is told of rules that
        fit nothing.
        """
        if found := self._differences(answer, note):
            golden = f"the golden message {self.path.name}"
            error = DifferenceError(
                f"{answer.subject} differs from {golden}, {counted(found)}",
                [each.row for each in found[:LISTED_ENTRIES]],
                len(found),
                where=str(self.path),
                remedy="If the answer is right, save it as the golden message (pytest --update-golden writes "
                "it); if not, correct the flow.",
            )
            error.golden_places = [(str(self.path), path) for path in ignorable_paths(found)]
            raise error

    def expect_contrary(self, answer: AnswerBody, note: Note) -> None:
        """Raise CheckError where an answer does not differ from this message."""
        if not self._differences(answer, note):
            raise CheckError(
                f"{answer.subject} equals the golden message {self.path.name}, and should not",
                where=str(self.path),
            )

    def differences(self, answer: AnswerBody, note: Note) -> list[str]:
        """Return the differences, each in words; raises CheckError for what cannot be compared."""
        return [str(each) for each in self._differences(answer, note)]

    def ignorable(self, answer: AnswerBody) -> list[str]:
        """Return the paths of ``ignorable_paths``; raises CheckError for what cannot be compared."""
        return ignorable_paths(self._differences(answer, lambda _: None))

    @shared_pattern_time()
    def _differences(self, answer: AnswerBody, note: Note) -> list[Difference]:
        comparison, differences = self._comparison(answer)
        try:
            found = [*islice(differences, MOST_DIFFERENCES)]
        except RecursionError:
            raise too_deep(answer.subject) from None
        except TooManyItemsError:
            raise CheckError(
                f"{answer.subject} has too many items to be compared in any order",
                where=str(self.rules.path),
                remedy="Name a key in the rule any-order, by which items are paired.",
            ) from None
        for rule in self.rules.rules:
            if rule not in comparison.used:
                note(
                    f"{self.rules.where(rule)}: the rule {rule.kind} {rule.path} fits nothing, neither in "
                    f"{self.path.name} nor in the answer"
                )
        return found

    def _comparison(
        self, answer: AnswerBody
    ) -> tuple[JsonGolden | XmlGolden | FlatGolden, Iterator[Difference]]:
        if isinstance(self.content, FlatMessage):
            flat = FlatGolden(self.rules.rules)
            return flat, flat.differences(self.content, answer.flat(self.content.format))
        document = answer.document()
        if self.content.kind != document.kind:
            kind, golden = document.kind.upper(), self.content.kind.upper()
            raise CheckError(
                f"{answer.subject} is {kind}, but its golden message is {golden}",
                where=str(self.path),
                remedy="Name the golden message of this variant of the flow.",
            )
        comparison = (JsonGolden if document.kind == "json" else XmlGolden)(self.rules.rules)
        return comparison, comparison.differences(self.content, document)


def _document(data: bytes, subject: str, namespaces: Mapping[str, str] | None) -> Document:
    document = parse_document(data, None, subject, namespaces)
    require_names_once(document.repeated, subject)
    return document


def _no_document() -> Document:
    raise CheckError("The message is neither JSON nor XML")


def _refuse_failure(path: Path, failure: str) -> None:
    """Raise CheckError where the call is no success: its answer becomes no golden message."""
    if failure:
        raise CheckError(
            f"The golden message {path.name} is not written: {failure}",
            where=str(path),
            remedy="Correct the call. An answer that is to be a failure is saved by hand.",
        )


def missing_golden(path: Path) -> ConfigurationError:
    """Return the error that a golden message is not there."""
    return ConfigurationError(
        f"There is no golden message {path.name}",
        where=str(path),
        remedy="Save an answer that was found good under this name, or correct the name.",
    )


def counted(differences: Sequence[object]) -> str:
    """Say how many differences there are."""
    if len(differences) == MOST_DIFFERENCES:
        return f"{MOST_DIFFERENCES} differences or more"
    return f"{len(differences)} difference" + ("s" if len(differences) > 1 else "")


class GoldenMessages:
    """The golden messages of a run: each is found and read once, when an answer is first compared with it.

    What changes in a file after that counts from the next run on. ``find`` returns the file that a feature
    in a folder calls by a name; ``read`` opens it. ``namespaces`` are prefixes that the suite declares.
    With a ``writer`` an answer that differs becomes the golden message.
    """

    def __init__(
        self,
        find: Callable[[str, Path], Path],
        read: Callable[[Path], bytes],
        namespaces: Mapping[str, str] | None = None,
        writer: GoldenWriter | None = None,
    ) -> None:
        self._find = find
        self._read = read
        self._namespaces = namespaces
        self._writer = writer
        self._by_name: dict[tuple[str, Path], GoldenMessage] = {}

    def expect(
        self, answer: AnswerBody, name: str, folder: Path, note: Note, *, negated: bool = False
    ) -> None:
        """Raise CheckError unless an answer equals the golden message ``name`` of a feature in ``folder``.

        Where that is ``negated``, it has to differ, and nothing is written. Raises ConfigurationError if the
        file is missing or broken, and what ``find`` and ``read`` raise.
        """
        if negated:
            self._golden(name, folder).expect_contrary(answer, note)
        elif self._writer is None:
            self._golden(name, folder).expect(answer, note)
        else:
            self._update(self._writer, answer, name, folder, note)

    def _golden(self, name: str, folder: Path) -> GoldenMessage:
        known = self._by_name.get((name, folder))
        if known is None:
            path = self._find(name, folder)
            known = self._by_name[name, folder] = GoldenMessage.load(path, self._read, self._namespaces)
        return known

    def _update(self, writer: GoldenWriter, answer: AnswerBody, name: str, folder: Path, note: Note) -> None:
        """Write the golden message where it is missing, or where the answer differs from it.

        Raises CheckError for the answer of a call that failed, and for a second one that differs.
        """
        golden, path, changes = None, writer.place_of(name), ["it is new"]
        try:
            golden = self._golden(name, folder)
        except MissingFileError:
            pass
        else:
            path = golden.path
            try:
                changes = golden.differences(answer, note)
            except CheckError:
                _refuse_failure(path, answer.failure)
                raise
            if not changes:
                return
            if writer.is_written(path):  # of two answers that differ none is the golden one
                golden.expect(answer, note)
        rules = golden.rules if golden else read_rules(path, self._read)
        format_ = rules.format or flat_format(
            readable(answer.body[:HEAD_BYTES], answer.content_type), path.suffix.lower()
        )
        is_document = format_ in {None, "json", "xml"}
        _refuse_failure(path, answer.failure)
        if is_document and soap_fault(answer.document()) is not None:
            _refuse_failure(path, "the answer is a SOAP fault")
        if is_document:
            before = golden.content if golden and isinstance(golden.content, Document) else None
            try:
                data = updated(before, answer.document(), rules.rules)
            except RecursionError:
                raise too_deep(answer.subject) from None
        else:
            text = decode(answer.body, answer.content_type)
            if golden and isinstance(golden.content, FlatMessage):
                text = updated_flat(golden.content, answer.flat(golden.content.format), rules.rules)
            data = encode(text, None)
        written = writer.write(path, data, changes)
        self._by_name.pop((name, folder), None)
        note(f"--update-golden wrote {written}:{listed(changes)}")
