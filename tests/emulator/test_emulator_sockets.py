"""Sockets of the planes."""

from __future__ import annotations

import contextlib
import socket

import pytest

from pytest_iflow.emulator.sockets import bound
from pytest_iflow.emulator.start_error import StartError
from tests.emulator.emulator_process import three_ports


def test_all_planes_listen_on_loopback_only() -> None:
    """No socket is bound to an address that another machine could reach."""
    with bound(0) as sockets:
        listeners = (sockets.token, sockets.runtime, sockets.api, sockets.products)
        assert {each.getsockname()[0] for each in listeners} == {"127.0.0.1"}
        assert len({each.getsockname()[1] for each in listeners}) == 4


def test_addresses_follow_from_the_sockets() -> None:
    """The planes are https but for the product service, which nobody outside calls."""
    with bound(0) as sockets:
        planes = sockets.planes()
        assert planes.token == f"https://127.0.0.1:{sockets.token.getsockname()[1]}"
        port = sockets.products.getsockname()[1]
        assert planes.products == f"http://127.0.0.1:{port}/espm-cloud-web/espm.svc"


def test_sockets_are_closed_at_the_end() -> None:
    """After the context none of them is open."""
    with bound(0) as sockets:
        pass
    assert {sockets.token.fileno(), sockets.runtime.fileno(), sockets.products.fileno()} == {-1}


def test_ports_bound_before_the_one_that_is_taken_are_given_back() -> None:
    """A start that fails keeps no port: what it bound can be bound again."""
    for first in three_ports():
        with contextlib.suppress(OSError), socket.socket() as holder:
            holder.bind(("127.0.0.1", first + 1))
            with pytest.raises(StartError) as refused, bound(first):
                pass
            if f"Port {first + 1} of" in str(refused.value):
                with socket.socket() as again:
                    again.bind(("127.0.0.1", first))
                return
        # Somebody else has one of the two.
    pytest.fail("no port was given back")


@pytest.mark.parametrize("port", [-1, 65_534, 65_535, 99_999])
def test_port_that_cannot_be_is_told_with_those_that_can(port: int) -> None:
    """The two after it have to be ports as well."""
    with (
        pytest.raises(StartError, match=f"Port {port} cannot be used: name one from 1 to 65533"),
        bound(port),
    ):
        pass
