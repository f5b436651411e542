"""The real server, with a model in which something goes wrong; TBI_FAULT says what. Run as a script.

slow:N   the model takes N seconds more
load:N   loading takes N seconds
oom      the model's memory does not suffice
crash:X  the model raises what nobody expects
clock:N  the machine's clock goes N seconds forward during the first picture, and twice as far back in the second
crowd:N  no more than N clients may have something to hear, for two seconds each
"""

import os
import sys
import threading
import time
from typing import Any

import tbi_server.__main__ as server
from tbi_core import ModelError, Segmenter
from tbi_core.models import MODELS

kind, _, number = os.environ["TBI_FAULT"].partition(":")
seconds = float(number) if number.isdecimal() else 0
REAL_TIME = time.time


class Faulty:
    """The built-in model under another name."""

    spec = MODELS["birefnet-lite"]
    reason = "a test"
    calls = 0

    def __init__(self, real: Segmenter) -> None:
        self.real = real
        self.device = real.device

    def go_wrong(self) -> None:
        Faulty.calls += 1
        if kind == "slow":
            time.sleep(seconds)
        if kind == "oom" and Faulty.calls == 1:
            raise ModelError("The memory of the device does not suffice for 10 × 10 pixels.")
        if kind == "crash" and Faulty.calls == 1:
            raise RuntimeError(f"{number}/of/a/person.jpg")
        if kind == "clock":
            shift = seconds if Faulty.calls == 1 else -seconds
            time.time = lambda: REAL_TIME() + shift

    def alpha(self, image: Any) -> Any:
        self.go_wrong()
        return self.real.alpha(image)

    def segment(self, image: Any) -> Any:
        self.go_wrong()
        return self.real.segment(image)


def shrink() -> None:
    """Once the server has imported its queue: Gradio may not be imported before its settings are there."""
    while (queue := sys.modules.get("tbi_server.gradio_queue")) is None or not hasattr(queue, "UNHEARD_SECONDS"):
        time.sleep(0.01)  # an import tells nobody when it has ended
    queue.SESSIONS, queue.UNHEARD_SECONDS = int(seconds), 2.0


class Loader:
    """Stands in for the class `Segmenter`."""

    @staticmethod
    def load(name: str) -> Any:
        real = Segmenter.load("builtin")
        if kind == "crowd":
            threading.Thread(target=shrink).start()
        if name == "builtin":
            return real
        if kind == "load":
            time.sleep(seconds)
        return Faulty(real)


server.Segmenter = Loader  # type: ignore[misc, assignment]  # what this script is for
sys.exit(server.main())
