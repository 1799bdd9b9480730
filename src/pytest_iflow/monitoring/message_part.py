"""Parts of a message as values: its id, its custom headers, its attachments, and what adapters noted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pytest_iflow.checks.comparison import Reading, body_text, expect
from pytest_iflow.checks.path import Found
from pytest_iflow.checks.quoting import as_text, shown
from pytest_iflow.checks.relations import Relation
from pytest_iflow.errors import CheckError, IflowError
from pytest_iflow.monitoring.contents import (
    ADAPTER_ATTRIBUTE,
    ATTACHMENT,
    CUSTOM_HEADER,
    LARGEST_ATTACHMENT,
    MESSAGE_ID,
    Kind,
    listed_contents,
    read_contents,
)
from pytest_iflow.monitoring.correlation import MessageSearch
from pytest_iflow.monitoring.message_log import Attachment, NamedValue
from pytest_iflow.monitoring.verdict import Sighting, wait_error

_KINDS: dict[str, Kind[Any]] = {
    each.name: each for each in (MESSAGE_ID, CUSTOM_HEADER, ADAPTER_ATTRIBUTE, ATTACHMENT)
}
"""By the words of a phrase."""


@dataclass(frozen=True, slots=True)
class MessagePart:
    """What a phrase speaks of: ``kind`` as ``Kind.name``, ``name`` of what is meant, empty for an id.

    ``written`` is how errors call it. ``measured`` makes what is judged of what was read, such as its length.
    """

    search: MessageSearch
    kind: str
    name: str
    written: str
    measured: Callable[[Reading], Reading]
    _texts: dict[str, str] = field(default_factory=dict)

    def expect(self, relation: Relation, within: float) -> Sighting:
        """Wait until a relation holds, or until the message has ended, and expect it.

        What is not to be so is judged when the message has ended. Raises CheckError, and what
        ``read_contents`` raises.
        """
        is_contrary = relation.negated if relation.if_absent is None else relation.if_absent

        def is_enough(reading: Reading) -> bool:
            if not is_contrary:
                expect(reading, relation)
            return not is_contrary

        sighting, reading = self._look(is_enough, within, reads_texts=relation.if_absent is None)
        if not sighting.waited.seen and (is_contrary or not reading.found):
            raise self._open_end(sighting, relation.statement())
        _judge(sighting, lambda: expect(reading, relation))
        return _with_details(sighting, reading)

    def read(self, within: float) -> tuple[Sighting, Reading]:
        """Wait until the message has it, or has ended; raises as ``expect``, also where there is none."""
        sighting, reading = self._look(lambda reading: bool(reading.found), within)
        if not sighting.waited.seen:
            raise self._open_end(sighting, "exists")
        _judge(sighting, lambda: reading.single("a value"))
        return _with_details(sighting, reading), reading

    def _look(
        self, is_enough: Callable[[Reading], bool], within: float, *, reads_texts: bool = True
    ) -> tuple[Sighting, Reading]:
        def is_read(contents: Sequence[Any]) -> bool:
            try:
                return is_enough(self._reading(contents, reads_texts=reads_texts))
            except CheckError:  # raised again for what the message has at its end
                return False

        wanted = f"{self.kind} {shown(self.name)}" if self.name else self.kind
        sighting, contents = read_contents(self.search, _KINDS[self.kind], is_read, wanted, within)
        return sighting, _judge(sighting, lambda: self._reading(contents, reads_texts=reads_texts))

    def _reading(self, contents: Sequence[Any], *, reads_texts: bool) -> Reading:
        kind = _KINDS[self.kind]
        ours = [each for each in contents if kind is MESSAGE_ID or each.name == self.name]
        texts = [self._text(each) if reads_texts else "" for each in ours]
        has = f"the message has: {listed_contents(kind, contents)}"
        found = [Found(each, is_text=True) for each in texts]
        return self.measured(Reading(self.written, found, "any", nearest=lambda: has))

    def _text(self, content: str | NamedValue | Attachment) -> str:
        if not isinstance(content, Attachment):
            return content if isinstance(content, str) else content.value
        if content.id not in self._texts:
            data = self.search.monitor.attachment_content(content.id, LARGEST_ATTACHMENT + 1)
            subject = f'the attachment "{content.name}"'
            if len(data) > LARGEST_ATTACHMENT:
                raise CheckError(f"{subject} has more than {LARGEST_ATTACHMENT:,} bytes, and is not judged")
            self._texts[content.id] = body_text(data, content.content_type, subject)
        return self._texts[content.id]

    def _open_end(self, sighting: Sighting, wanted: str) -> IflowError:
        """Return the error that a message has not ended, so that more may come."""
        return wait_error(self.search, sighting, f"expected: the {self.written} {wanted}")


def _judge(sighting: Sighting, judge: Callable[[], Any]) -> Any:
    """Judge a log; an error names it."""
    try:
        return judge()
    except CheckError as error:
        error.where = error.where or sighting.place
        raise


def _with_details(sighting: Sighting, reading: Reading) -> Sighting:
    values = ", ".join(shown(as_text(each.value)) for each in reading.found) or "none"
    return replace(sighting, details=f"{reading.name}: {values}")
