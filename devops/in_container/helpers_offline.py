"""Fails the tests of suites that are offline when they reach for a network, and says so.

The container of a run of such a suite alone has no network at all. Where it runs beside others,
Python's own audit events show what a test reaches for; loopback is always there. What a program
that the test starts does, they do not show.
"""

from __future__ import annotations  # an application may still be on an older Python

import contextlib
import ipaddress
import socket
import sys
from typing import Any, Callable, Generator, Mapping, Sequence

import pytest

_TO_ADDRESS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_TO_NAME = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
_LOCAL = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")


class Guard:
    """Watches the tests of some folders.

    Attributes:
        folders: by suite, its folder, relative to where pytest was started.
        place: the path of a node id, relative to the same.
    """

    def __init__(self, folders: Mapping[str, str], place: Callable[[str], str]) -> None:
        self._folders = folders
        self._place = place
        self._suite = ""
        self._reached: list[str] = []
        self._own = _own_names()
        # It stays for as long as the process, and asks each time whether such a test runs.
        sys.addaudithook(self._see)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: Any) -> Generator[None, Any, None]:
        """A module that reaches for a network when it is imported cannot be collected."""
        with self._watching(collector.nodeid):
            outcome = yield
            self._judge(outcome.get_result())

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Generator[None, Any, None]:
        """Watch a test with its fixtures."""
        with self._watching(item.nodeid):
            yield

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, Any, None]:
        """A test that reached for a network failed, whatever it made of the refusal."""
        outcome = yield
        self._judge(outcome.get_result())

    @contextlib.contextmanager
    def _watching(self, node: str) -> Generator[None, None, None]:
        path = self._place(node).partition("::")[0]
        inside = (n for n, folder in self._folders.items() if f"{path}/".startswith(f"{folder}/"))
        self._suite, self._reached = next(inside, ""), []
        try:
            yield
        finally:
            self._suite = ""

    def _judge(self, report: Any) -> None:
        if not self._reached:
            return
        text, self._reached = self._reached[0], []
        if report.outcome != "failed":
            report.outcome, report.longrepr = "failed", text
            # Of a test that was expected to fail, another failure was expected.
            vars(report).pop("wasxfail", None)
        elif text not in str(report.longrepr):
            report.sections.append(("no network", text))

    def _see(self, event: str, args: Sequence[Any]) -> None:
        if not self._suite or not event.startswith("socket."):
            return
        if event in _TO_ADDRESS and len(args) > 1:
            if args[0].family in (socket.AF_INET, socket.AF_INET6) and args[1]:
                self._hold(args[1][0], args[1][1])
        elif event in _TO_NAME and args and not _is_address(args[0]):
            self._hold(args[0], args[1] if event == "socket.getaddrinfo" else None)

    def _hold(self, host: Any, port: Any) -> None:
        name = _text(host)
        if name in self._own or _is_here(name):
            return
        where = name if port in (None, "", 0) else "%s:%s" % (name, _text(port))
        text = (
            "it reaches for %s, and the suite '%s' is offline (devops/config.yaml):"
            " its tests have no network but loopback" % (where, self._suite)
        )
        self._reached.append(text)
        # No exception of Python's own: what is tested would handle it, or try again for minutes.
        pytest.fail(text)


def _own_names() -> frozenset[str]:
    """The container's own name and addresses, which reach nothing but itself."""
    name = socket.gethostname()
    found = {name, *_LOCAL}
    with contextlib.suppress(OSError):
        found |= {str(one[4][0]) for one in socket.getaddrinfo(name, None)}
    return frozenset(found)


def _text(value: Any) -> str:
    if isinstance(value, (bytes, bytearray)):
        return value.decode("ascii", "replace")
    return "" if value is None else str(value)


def _is_address(host: Any) -> bool:
    try:
        ipaddress.ip_address(_text(host).partition("%")[0])
    except ValueError:
        return False
    return True


def _is_here(name: str) -> bool:
    """Whether a name or address is this machine's own."""
    if not name or name == "<broadcast>" or name.endswith(".localhost"):
        return name != "<broadcast>"
    try:
        found = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback or found.is_unspecified)
