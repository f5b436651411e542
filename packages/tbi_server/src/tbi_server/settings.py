"""Settings from TBI_*: the only reader (and, for Gradio, writer) of the environment."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass


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
        queue_size: how many jobs may wait (TBI_QUEUE_SIZE).
        keep_minutes: how long uploads and results stay on disk, in minutes (TBI_KEEP_MINUTES); longer than
            a full queue takes.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    model: str = "auto"
    max_upload_mb: int = 50
    queue_size: int = 50
    keep_minutes: int = 60

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
            SettingsError: a number is not one, or out of range.
        """
        return cls(
            host=environment.get("TBI_HOST") or cls.host,
            port=whole(environment, "TBI_PORT", 1, 65535),
            model=environment.get("TBI_MODEL") or cls.model,
            max_upload_mb=whole(environment, "TBI_MAX_UPLOAD_MB", 1, 2000) or cls.max_upload_mb,
            queue_size=whole(environment, "TBI_QUEUE_SIZE", 1, 10_000) or cls.queue_size,
            keep_minutes=whole(environment, "TBI_KEEP_MINUTES", 10, 100_000) or cls.keep_minutes,
        )


def whole(environment: Mapping[str, str], name: str, low: int, high: int) -> int | None:
    """A whole number from the environment; None where it is not set."""
    value = environment.get(name, "").strip()
    if not value:
        return None
    if not value.isdecimal() or not low <= int(value) <= high:
        raise SettingsError(f"{name} is {value!r}; wanted a whole number from {low} to {high}.")
    return int(value)


def prepare_gradio(folder: str) -> None:
    """What Gradio reads from the environment when it is imported and launched.

    Uploads go to our own folder, and nothing calls home: no analytics, no version check, no server-side
    rendering.
    """
    os.environ["GRADIO_TEMP_DIR"] = folder
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_SSR_MODE"] = "false"


def has_display(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a browser window could open on this Linux machine."""
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
