"""What holds for every test: no network but this machine's own loopback."""

import ipaddress
import socket

import pytest


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """A test that reaches for the outside fails, and says where it wanted to go."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]
            if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                raise OSError(f"a test wanted to reach {host}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
