"""Settings from TBI_*: the only reader (and, for Gradio, writer) of the environment."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""The names under which a server that only this machine can reach is asked."""


class SettingsError(Exception):
    """A setting has a value that can't be used: names it, what was got and what is wanted."""


@dataclass(frozen=True)
class Settings:
    """How this server runs.

    Attributes:
        host: address to listen on (TBI_HOST).
        port: the port (TBI_PORT); None takes 7860 or the next free one.
        model: a model of tbi_core, or "auto" (TBI_MODEL).
        max_upload_mb: the largest upload, in MB (TBI_MAX_UPLOAD_MB).
        queue_size: how many jobs of a kind may wait (TBI_QUEUE_SIZE).
        keep_minutes: how long uploads and results stay on disk after their last use, in minutes
            (TBI_KEEP_MINUTES).
        disk_mb: what uploads and results may take on disk together, in MB (TBI_DISK_MB).
        grace_seconds: how long a running job may take to end once the server is told to stop (TBI_GRACE).
        rate: how many uploads and jobs an address may start, such as "60/minute" (TBI_RATE); None: any number,
            the default where only this machine can ask.
        auth: a token, or user:password, that every request must bring (TBI_AUTH).
        hosts: the names it answers to (TBI_HOSTS, separated by commas; * is any). By default localhost where only
            this machine can ask, else addresses in figures and localhost.
        trusted_proxies: addresses of proxies whose X-Forwarded-For is believed (TBI_TRUSTED_PROXIES; * is any).
        allowed_origins: other sites whose pages may call this server and show it in a frame
            (TBI_ALLOWED_ORIGINS, separated by commas).
    """

    host: str = "127.0.0.1"
    port: int | None = None
    model: str = "auto"
    max_upload_mb: int = 50
    queue_size: int = 50
    keep_minutes: float = 60
    disk_mb: int = 4000
    grace_seconds: int = 60
    rate: str | None = None
    auth: str | None = None
    hosts: tuple[str, ...] = LOOPBACK
    trusted_proxies: str = "127.0.0.1"
    allowed_origins: tuple[str, ...] = ()

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Reads TBI_*; what is not set keeps its default.

        Raises:
            SettingsError: a number is not one, or out of range; a rate, an origin or credentials of no use.
        """
        grace = whole(environment, "TBI_GRACE", 0, 3600)
        settings = cls(
            host=environment.get("TBI_HOST") or cls.host,
            port=whole(environment, "TBI_PORT", 1, 65535),
            model=environment.get("TBI_MODEL") or cls.model,
            max_upload_mb=whole(environment, "TBI_MAX_UPLOAD_MB", 1, 2000) or cls.max_upload_mb,
            queue_size=whole(environment, "TBI_QUEUE_SIZE", 1, 10_000) or cls.queue_size,
            keep_minutes=minutes(environment, "TBI_KEEP_MINUTES") or cls.keep_minutes,
            disk_mb=whole(environment, "TBI_DISK_MB", 10, 10_000_000) or cls.disk_mb,
            grace_seconds=cls.grace_seconds if grace is None else grace,
            auth=credentials(environment, "TBI_AUTH"),
            trusted_proxies=environment.get("TBI_TRUSTED_PROXIES", "").strip() or cls.trusted_proxies,
            allowed_origins=origins(environment, "TBI_ALLOWED_ORIGINS"),
        )
        if settings.disk_mb < 2 * settings.max_upload_mb:
            raise SettingsError(
                f"TBI_DISK_MB is {settings.disk_mb}; wanted at least twice TBI_MAX_UPLOAD_MB, "
                f"{2 * settings.max_upload_mb}."
            )
        named = tuple(name.strip() for name in environment.get("TBI_HOSTS", "").split(",") if name.strip())
        own = "ip" if not settings.is_loopback else settings.host.strip("[]")
        default = LOOPBACK if own in LOOPBACK else (*LOOPBACK, own)
        return replace(
            settings,
            hosts=named or default,
            rate=rate(environment, "TBI_RATE") or (None if settings.is_loopback else "60/minute"),
        )


def whole(environment: Mapping[str, str], name: str, low: int, high: int) -> int | None:
    """A whole number from the environment; None where it is not set."""
    value = environment.get(name, "").strip()
    if not value:
        return None
    if not value.isdecimal() or not low <= int(value) <= high:
        raise SettingsError(f"{name} is {value!r}; wanted a whole number from {low} to {high}.")
    return int(value)


def minutes(environment: Mapping[str, str], name: str) -> float | None:
    """A time in minutes, which may be a part of one; None where it is not set."""
    value = environment.get(name, "").strip()
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        number = 0
    if not 0.05 <= number <= 100_000:
        raise SettingsError(f"{name} is {value!r}; wanted a number of minutes from 0.05 to 100000.")
    return number


def rate(environment: Mapping[str, str], name: str) -> str | None:
    """A rate as the library `limits` writes it; None where it is not set."""
    from limits import parse

    value = environment.get(name, "").strip()
    if not value:
        return None
    try:
        parse(value)
    except ValueError as error:
        raise SettingsError(f"{name} is {value!r}; wanted a rate such as 60/minute or 500/hour.") from error
    return value


def credentials(environment: Mapping[str, str], name: str) -> str | None:
    """A token or user:password; None where it is not set."""
    value = environment.get(name, "").strip()
    if not value:
        return None
    if len(value) < 8 or not value.isascii() or not value.isprintable():
        raise SettingsError(f"{name} can't be used; wanted a token or user:password of 8 or more ASCII characters.")
    return value


def origins(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Origins, separated by commas: scheme, name and port, nothing more."""
    values = tuple(value.strip().rstrip("/") for value in environment.get(name, "").split(",") if value.strip())
    for value in values:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or f"{parts.scheme}://{parts.netloc}" != value:
            raise SettingsError(f"{name} has {value!r}; wanted origins such as https://example.com.")
    return values


def prepare_gradio(folder: str, settings: Settings) -> None:
    """What Gradio reads from the environment when it is imported and launched.

    Uploads go to our own folder, and nothing calls home: no analytics, no version check, no server-side
    rendering. The table of past jobs that it makes after each one, for a page that is closed here, stays small.
    """
    os.environ["GRADIO_TEMP_DIR"] = folder
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_SSR_MODE"] = "false"
    os.environ["FORWARDED_ALLOW_IPS"] = settings.trusted_proxies  # uvicorn's
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**12)


def has_display(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a browser window could open on this Linux machine."""
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
