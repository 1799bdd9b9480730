"""Log records, masked by every handler."""

from __future__ import annotations

import logging
from pathlib import Path

from pytest_iflow.reporting.masking.logs import masked_logs
from pytest_iflow.secrets.registry import register_secret

SECRET = "s3cret-of-the-logs"


def test_a_handler_of_the_suite_masks_too(tmp_path: Path) -> None:
    """Formatted text and traceback; the record that the suite may look at is left alone."""
    register_secret(SECRET)
    logger = logging.Logger("suite")  # noqa: LOG001, one that pytest does not listen to
    handler = logging.FileHandler(tmp_path / "suite.log", encoding="utf-8")
    logger.addHandler(handler)
    records: list[logging.LogRecord] = []

    def keep(record: logging.LogRecord) -> bool:
        records.append(record)
        return True

    logger.addFilter(keep)
    with masked_logs():
        logger.error("found %s", SECRET, exc_info=ValueError(SECRET))
    logger.error("afterwards %s", SECRET)
    handler.close()
    text = (tmp_path / "suite.log").read_text(encoding="utf-8")
    assert text.startswith("found ***\nValueError: ***")
    assert text.endswith(f"afterwards {SECRET}\n")
    assert records[0].args == (SECRET,)
