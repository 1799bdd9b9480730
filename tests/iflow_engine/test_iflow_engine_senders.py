"""Headers that a message has from the sender adapter by which it comes."""

from __future__ import annotations

from pytest_iflow.iflow_engine.message import Message
from tests.engine_flows import bundle_files, end, row, run, start


def headers(sender: str, message: Message, **settings: str) -> dict[str, object]:
    """Return the headers of a message that came by a sender adapter."""
    done = run(bundle_files(row([start(), end()]), sender=sender, by=settings), message)
    assert done.status == "COMPLETED"
    return dict(done.message.headers)


def test_a_file_is_named() -> None:
    """By the message, else by the adapter where that is no pattern; names have a folder or not."""
    named = headers("SFTP", Message("abc", {"CamelFileName": "sub/a.csv"}), path="in", fileName="*.csv")
    assert {name: value for name, value in named.items() if name.startswith("CamelFile")} == {
        "CamelFileName": "sub/a.csv",
        "CamelFileNameOnly": "a.csv",
        "CamelFileRelativePath": "sub/a.csv",
        "CamelFilePath": "in/sub/a.csv",
        "CamelFileAbsolutePath": "in/sub/a.csv",
        "CamelFileParent": "in/sub",
        "CamelFileLength": 3,
    }
    assert headers("SFTP", Message("abc"), fileName="orders.xml")["CamelFileName"] == "orders.xml"
    assert headers("SFTP", Message("abc"), fileName="*.xml")["CamelFileName"] == "file"


def test_an_idoc_says_its_type_and_number() -> None:
    """Of its control record; what is no IDoc says nothing."""
    control = "<EDI_DC40><IDOCTYP>ORDERS05</IDOCTYP><DOCNUM>12</DOCNUM></EDI_DC40>"
    found = headers("IDOC", Message(f"<ORDERS05><IDOC>{control}</IDOC></ORDERS05>"))
    assert (found["SapIDocType"], found["SapIDocTransferId"]) == ("ORDERS05", "12")
    assert "SapIDocType" not in headers("IDOC", Message("no XML"))
    assert "SapIDocType" not in headers("IDOC", Message("<a/>"))
