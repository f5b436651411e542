"""Who may ask: the host's name, the page's origin, credentials, and how often."""

import base64
import binascii
import hmac
import ipaddress
import math
import time
from collections.abc import Collection, Mapping, MutableMapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

Scope = MutableMapping[str, Any]

GUESSES = "20/minute"
"""How many wrong credentials an address may bring."""


class RefusedError(Exception):
    """A request that ends here, with a status, a sentence, and headers for the answer."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def header(scope: Scope, name: bytes) -> str:
    """A request's header; empty where it has none."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def split_address(address: str) -> SplitResult:
    """The parts of an address that a client sent."""
    try:
        return urlsplit(address)
    except ValueError as error:
        raise RefusedError(400, f"{address!r} is not an address.") from error


class Origins:
    """Which names this server answers to, and which other sites' pages.

    Args:
        hosts: the names under which this machine is asked, such as "localhost"; "*" allows any, and "ip" any
            address in figures. Another name that leads here belongs to a page that wants to reach what only its
            reader's machine may (DNS rebinding).
        allowed: origins of other sites whose pages may call, such as "https://example.com".
    """

    def __init__(self, hosts: Collection[str], allowed: Collection[str]) -> None:
        self.hosts = frozenset(hosts)
        self.allowed = frozenset(allowed)

    def check(self, scope: Scope) -> str | None:
        """Returns the origin of another site that may read the answer, if one asks.

        Raises:
            RefusedError: the Host is not one of ours, or the Origin neither the Host nor allowed.
        """
        host = header(scope, b"host")
        if not self.is_ours(split_address(f"//{host}").hostname or ""):
            names = ", ".join(sorted(self.hosts)).replace("ip", "addresses in figures")
            raise RefusedError(403, f"This server is not called {host!r}; it answers to {names} (TBI_HOSTS).")
        origin = header(scope, b"origin")
        if not origin or split_address(origin).netloc == host:
            return None
        if origin in self.allowed:
            return origin
        raise RefusedError(403, f"This server answers no pages of {origin!r}.")

    def is_ours(self, name: str) -> bool:
        """Whether this server goes by a name."""
        if "*" in self.hosts or name in self.hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return "ip" in self.hosts


class Credentials:
    """A token, or user:password, that a request must bring.

    A token is taken as `Authorization: Bearer TOKEN`; and, since browsers ask a person only for a name and a
    password, as the password beside any name.
    """

    def __init__(self, secret: str) -> None:
        self.secret = secret.encode()
        self.failures = RateLimit(GUESSES)

    def check(self, scope: Scope) -> None:
        """Compares in a time that tells nothing.

        Raises:
            RefusedError: they are missing or wrong, or were too often from this address.
        """
        self.failures.check(scope, counts=False)
        scheme, _, value = header(scope, b"authorization").partition(" ")
        given = value.strip().encode()
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given, validate=True)
            except binascii.Error:
                given = b""
            if b":" not in self.secret:
                given = given.partition(b":")[2]
        elif scheme.lower() != "bearer":
            given = b""
        if not hmac.compare_digest(given, self.secret):
            if given:  # a browser's first request brings none
                self.failures.check(scope)
            challenge = {"www-authenticate": 'Basic realm="tbi", charset="UTF-8"'}
            raise RefusedError(401, "This server asks for credentials, and got none or wrong ones.", challenge)


class RateLimit:
    """How much one address may start.

    Args:
        rate: in the words of the library `limits`, such as "60/minute".
    """

    def __init__(self, rate: str) -> None:
        self.rate = rate
        self.item = parse(rate)
        self.limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, scope: Scope, counts: bool = True) -> None:
        """Counts a request, or only looks whether one more would be too many.

        Raises:
            RefusedError: it is one too many.
        """
        address = network_of((scope.get("client") or ("",))[0])
        if not (self.limiter.hit if counts else self.limiter.test)(self.item, address):
            wait = max(1, math.ceil(self.limiter.get_window_stats(self.item, address).reset_time - time.time()))
            raise RefusedError(
                429, f"More than {self.rate} from one address; try again in {wait} s.", {"retry-after": str(wait)}
            )


def network_of(address: str) -> str:
    """What one person usually holds: an IPv4 address, or the first half of an IPv6 one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip.version == 6 and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)
