"""One job of a kind at a time, however it was asked for: through the queue, by an agent, or after a cancel.

Gradio frees a cancelled job's place while its function still runs, and lets other routes past its queue. So
each kind of work has a lane of its own here, a single thread; and whoever waits for a job waits until its work
has really stopped.
"""

import asyncio
import contextlib
import logging
import secrets
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import TypeVar

from tbi_server.metrics import Metrics

log = logging.getLogger(__name__)

Result = TypeVar("Result")


class JobError(Exception):
    """A sentence for the person whose job it was; `kind` is for the metrics."""

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class CancelledJobError(JobError):
    """Nobody wants the job any more."""

    def __init__(self) -> None:
        super().__init__("The job was cancelled.", "cancelled")


class Job:
    """What one person asked for.

    Args:
        api: the name of what was asked for.
        report: takes progress, from 0 to 1, and the words for it.
        wanted: whether the client is still there.
    """

    def __init__(
        self,
        api: str,
        report: Callable[[float, str], None] = lambda fraction, words: None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self.id = secrets.token_hex(6)
        self.api = api
        self.report = report
        self.wanted = wanted
        self.cancelled = threading.Event()
        self.asked = time.monotonic()
        self.seconds: dict[str, float] = {}

    def check(self) -> None:
        """Ends the work here where nobody wants it.

        Raises:
            CancelledJobError: it was cancelled, or its client left.
        """
        if self.cancelled.is_set() or not self.wanted():
            raise CancelledJobError

    @contextmanager
    def stage(self, name: str, fraction: float, words: str) -> Iterator[None]:
        """A part of the work: reported when it begins, timed, and a place to stop."""
        self.check()
        self.report(fraction, words)
        begin = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0) + time.monotonic() - begin


class Lane:
    """A thread that does one kind of work.

    Args:
        name: of the kind of work.
        metrics: what is counted.
        size: how many jobs may wait.
    """

    def __init__(self, name: str, metrics: Metrics, size: int) -> None:
        self.name = name
        self.size = size
        self.metrics = metrics
        self.pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self.present: set[Job] = set()
        self.recent: deque[float] = deque(maxlen=20)
        self.stopping = False
        self.queued: Callable[[], int] = lambda: 0
        """How many jobs wait in Gradio's own list for this lane."""

    @property
    def waiting(self) -> int:
        """How many jobs wait, however they were asked for."""
        return self.queued() + max(0, len(self.present) - 1)

    @property
    def is_full(self) -> bool:
        """Whether one more would be one too many."""
        return self.waiting >= self.size

    @property
    def seconds_per_job(self) -> float | None:
        """How long a job took lately, in seconds; None before the first."""
        return sum(self.recent) / len(self.recent) if self.recent else None

    def busy(self) -> str:
        """What whoever finds the list full is told."""
        waiting = self.waiting
        seconds = (self.seconds_per_job or 0) * (waiting + 1)
        words = f"{max(1, round(seconds))} s" if seconds < 100 else f"{round(seconds / 60)} min"
        return f"Busy: {waiting} jobs are waiting{f', about {words}' if seconds else ''}. Try again then."

    async def run(self, job: Job, work: Callable[[Job], Result], is_admitted: bool = False) -> Result:
        """Does the work once what came before is done; ends only when the work has ended.

        Args:
            job: whose work it is.
            work: runs in the lane's thread.
            is_admitted: it has waited in Gradio's list already, so a full one is no reason to refuse it.

        Raises:
            JobError: with a sentence; the server is stopping, or the work failed.
            asyncio.CancelledError: the caller was cancelled, and the work has stopped.
        """
        if self.stopping:
            raise JobError("The server is stopping; try again in a minute.", "stopping")
        if self.is_full and self.present and not is_admitted:
            raise JobError(self.busy(), "busy")
        self.present.add(job)
        future = self.pool.submit(copy_context().run, self.do, job, work)
        future.add_done_callback(lambda _: self.present.discard(job))
        outcome = asyncio.wrap_future(future)
        try:
            return await asyncio.shield(outcome)
        except asyncio.CancelledError:
            job.cancelled.set()
            if future.cancel():  # it had not begun
                self.tell(job, "cancelled")
            await ended(outcome)
            raise

    def do(self, job: Job, work: Callable[[Job], Result]) -> Result:
        """Runs in the lane's thread."""
        begin = time.monotonic()
        wait = begin - job.asked
        outcome = "failed:internal"
        try:
            job.check()
            if self.stopping:
                raise JobError("The server is stopping; try again in a minute.", "stopping")
            result = work(job)
            outcome = "done"
            return result
        except JobError as error:
            outcome = "cancelled" if isinstance(error, CancelledJobError) else f"failed:{error.kind}"
            raise
        except Exception as error:  # whatever it is, the next job must run
            # Where it happened, without its message: that may name a person's file.
            place = "".join(traceback.format_tb(error.__traceback__))
            log.error("job=%s ended in %s\n%s", job.id, type(error).__name__, place)
            raise JobError(f"Something went wrong on the server (job {job.id}).", "internal") from error
        finally:
            if outcome == "done":
                self.recent.append(time.monotonic() - begin)
            self.tell(job, outcome, wait)

    def tell(self, job: Job, outcome: str, wait: float = 0.0) -> None:
        """Counts and logs how a job ended: its number and times, nothing of the person's."""
        self.metrics.count(self.name, job.api, outcome, wait, job.seconds)
        times = "".join(f" {name}={seconds:.3f}" for name, seconds in job.seconds.items())
        log.info("job=%s api=%s lane=%s outcome=%s wait=%.3f%s", job.id, job.api, self.name, outcome, wait, times)

    def stop(self) -> None:
        """Takes no more; what runs runs on, what waits is told."""
        self.stopping = True

    def cancel(self) -> None:
        """Ends what runs at its next stage."""
        for job in list(self.present):
            job.cancelled.set()


async def ended(outcome: "asyncio.Future[Result]") -> None:
    """Waits for the end of work, whatever else is cancelled meanwhile."""
    while not outcome.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([outcome])
    if not outcome.cancelled():
        outcome.exception()  # its own log has said it already
