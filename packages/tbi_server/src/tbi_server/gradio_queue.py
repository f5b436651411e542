"""What Gradio's queue does differently here; the only place that reaches into it (gradio is pinned for this).

- A waiting list for each kind of work, so that long jobs never shut the door on short ones; a full one is
  answered with how long to wait.
- A function that is not there is an error of the client, not a traceback.
- Whoever leaves, or cancels, takes their waiting job and its upload along.
- A cancel ends one job, by asking its work to stop: Gradio's own ends every running job of that session and
  function, in the middle of whatever it does.
- What is to be said to a client is kept until nobody can want it: Gradio's own store throws out the oldest of
  2,000 sessions, waiting or not, and stops for good when it next speaks to one of these.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import gradio as gr
from gradio.context import LocalContext
from gradio.server_messages import ProcessCompletedMessage

from tbi_server.lanes import Job, Lane

SESSIONS = 2000
"""How many clients may have something to hear."""

UNHEARD_SECONDS = 300.0
"""How long the outcome of a job waits for a client who does not listen."""

POLL_SECONDS = 0.005
"""How often the queue is looked at; Gradio's own millisecond keeps a laptop's core awake."""


class QueueRules:
    """Takes over a launched server's queue.

    Args:
        server: launched.
        lanes: by concurrency id.
        discard: removes an upload by its path.
    """

    def __init__(self, server: gr.Server, lanes: Mapping[str, Lane], discard: Callable[[str], None]) -> None:
        self.blocks = server.get_blocks()
        self.queue = self.blocks._queue
        self.lanes = lanes
        self.discard = discard
        # Gradio's own limit counts all kinds together, and becomes 1 on ZeroGPU.
        self.queue.max_size = None
        self.queue.pending_messages_per_session = {}
        self.jobs: dict[str, Job] = {}
        self.asked: dict[str, float] = {}
        self.queue.sleep_when_free = POLL_SECONDS
        self.gradio_push = self.queue.push
        self.gradio_clean_events = self.queue.clean_events
        self.queue.push = self.push
        self.gradio_send_message = self.queue.send_message
        self.queue.clean_events = self.clean_events
        self.queue.send_message = self.send_message
        for name, lane in lanes.items():
            lane.queued = partial(self.waiting_in, name)
        self.apis = {function.api_name for function in self.blocks.fns.values()}

    async def push(self, body: Any, request: Any, username: str | None) -> tuple[bool, Any, str]:
        """Takes a job, or says why not."""
        function = self.blocks.fns.get(body.fn_index) if isinstance(body.fn_index, int) else None
        if function is None or function.concurrency_id not in self.lanes:
            return False, f"There is no function {body.fn_index!r}.", "error"
        if not isinstance(body.data, list) or len(body.data) != len(function.inputs):
            got = len(body.data) if isinstance(body.data, list) else "none"
            return False, f"Got {got} values; wanted {len(function.inputs)}.", "error"
        lane = self.lanes[function.concurrency_id]
        if lane.stopping:
            return False, "The server is stopping; try again in a minute.", "queue_full"
        if lane.is_full:
            return False, lane.busy(), "queue_full"
        self.tidy()
        if len(self.queue.pending_messages_per_session) >= SESSIONS:
            return False, "Busy: too many clients are waiting. Try again in a minute.", "queue_full"
        taken: tuple[bool, Any, str] = await self.gradio_push(body, request, username)
        self.asked[body.session_hash] = time.monotonic()  # by now it has one
        return taken

    def send_message(self, event: Any, message: Any) -> None:
        """Says something to a client who is still there.

        One may have gone since its job's last word, while the queue still holds the job; Gradio's loops, of which
        one runs the jobs and one tells their progress, would end for good in a KeyError.
        """
        if event.session_hash in self.queue.pending_messages_per_session:
            self.gradio_send_message(event, message)

    def waiting_in(self, lane: str) -> int:
        """How many jobs wait for a lane."""
        events = self.queue.event_queue_per_concurrency_id.get(lane)
        return len(events.queue) if events else 0

    @property
    def waiting(self) -> int:
        """How many jobs wait in all."""
        return len(self.queue)

    def has_job(self, name: str) -> bool:
        """Whether a session has something to say, or a job of that name does."""
        queue = self.queue
        if name in queue.pending_messages_per_session or name in queue.event_ids_to_events:
            return True
        # A job that is over, of a client who named the session: looked for in few, as the list is bounded.
        return any(name in events for events in queue.pending_event_ids_session.values())

    def forget(self, session: str) -> None:
        """Drops what was to be said in a session whose jobs have all been told; Gradio keeps 2,000 of them."""
        if not self.queue.pending_event_ids_session.get(session):
            self.drop_session(session)

    def drop_session(self, session: str) -> None:
        """Drops all that is known of a session."""
        self.queue.pending_event_ids_session.pop(session, None)
        self.queue.pending_messages_per_session.pop(session, None)

    @property
    def is_alive(self) -> bool:
        """Whether it takes jobs from its list."""
        return not self.queue.stopped

    def tidy(self) -> None:
        """Drops what was to be said to clients who have not listened for long, and whose jobs are over."""
        alive = {event.session_hash for event in self.queue.event_ids_to_events.values()}
        old = time.monotonic() - UNHEARD_SECONDS
        for session in list(self.queue.pending_messages_per_session):
            if session not in alive and self.asked.get(session, 0) < old:
                self.drop_session(session)
        self.asked = {session: at for session, at in self.asked.items() if session in alive or at >= old}

    def in_use(self, but: str | None = None) -> set[str]:
        """The paths of uploads that jobs wait for or work on, without the job `but`."""
        events = list(self.queue.event_ids_to_events.values())
        return {path for event in events if event._id != but for path in paths(event)}

    def release(self, path: str, job: str | None = None) -> None:
        """Removes an upload that `job` does not need any more, unless another job does."""
        if path not in self.in_use(but=job):
            self.discard(path)

    async def clean_events(self, *, session_hash: str | None = None, event_id: str | None = None) -> None:
        """A client has left: its waiting jobs go, with their files; a running one notices by itself."""
        gone = [
            event
            for events in self.queue.event_queue_per_concurrency_id.values()
            for event in events.queue
            if event.session_hash == session_hash or event._id == event_id
        ]
        await self.gradio_clean_events(session_hash=session_hash, event_id=event_id)
        for event in gone:
            self.leave(event)

    async def cancel(self, session_hash: str, event_id: str) -> None:
        """Ends one job of a session; returns once its work has stopped."""
        event = self.queue.event_ids_to_events.get(event_id)
        if event is None or event.session_hash != session_hash:
            return
        if event in self.queue.event_queue_per_concurrency_id[event.concurrency_id].queue:
            await self.queue.remove_from_queue(event_id)
            self.leave(event)
            # The client's stream ends with this; of a job that runs, Gradio tells the end itself.
            if (messages := self.queue.pending_messages_per_session.get(session_hash)) is not None:
                messages.put_nowait(ProcessCompletedMessage(output={}, success=True, event_id=event_id))
        while event_id in self.queue.event_ids_to_events:
            if job := self.jobs.get(event_id):
                job.cancelled.set()
            await asyncio.sleep(0.02)

    def leave(self, event: Any) -> None:
        """Removes the uploads of a job that nobody waits for, unless another job of theirs does."""
        for path in paths(event):
            self.release(path, event._id)

    def current(self) -> Any:
        """The job that Gradio runs in this context."""
        return self.queue.event_ids_to_events[LocalContext.event_id.get(None)]


def paths(event: Any) -> Iterator[str]:
    """The uploads that a job names."""
    for value in event.data.data if event.data is not None else ():
        if isinstance(value, dict) and isinstance(value.get("path"), str):
            yield value["path"]
