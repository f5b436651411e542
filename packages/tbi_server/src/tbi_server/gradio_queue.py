"""What Gradio's queue does differently here; the only place that reaches into it (gradio is pinned for this).

- A waiting list for each kind of work, so that long jobs never shut the door on short ones; a full one is
  answered with how long to wait.
- A function that is not there is an error of the client, not a traceback.
- Whoever leaves, or cancels, takes their waiting job and its upload along.
- A cancel ends one job: Gradio's own ends every running job of that session and function.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gradio as gr
from gradio.context import LocalContext
from gradio.server_messages import ProcessCompletedMessage

from tbi_server.lanes import Lane

POLL_SECONDS = 0.005
"""How often the queue is looked at; Gradio's own millisecond keeps a laptop's core awake."""


class QueueRules:
    """Takes over a launched server's queue.

    Args:
        server: launched.
        lanes: by concurrency id.
        size: how many jobs may wait for a lane.
        discard: removes an upload by its path.
    """

    def __init__(
        self, server: gr.Server, lanes: Mapping[str, Lane], size: int, discard: Callable[[str], None]
    ) -> None:
        self.blocks = server.get_blocks()
        self.queue = self.blocks._queue
        self.lanes = lanes
        self.size = size
        self.discard = discard
        # Gradio's own limit counts all kinds together, and becomes 1 on ZeroGPU.
        self.queue.max_size = None
        self.queue.sleep_when_free = POLL_SECONDS
        self.gradio_push = self.queue.push
        self.gradio_clean_events = self.queue.clean_events
        self.queue.push = self.push
        self.queue.clean_events = self.clean_events

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
        ahead = self.waiting_in(function.concurrency_id)
        if ahead >= self.size:
            return False, lane.busy(ahead), "queue_full"
        taken: tuple[bool, Any, str] = await self.gradio_push(body, request, username)
        return taken

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
        return (
            name in queue.pending_messages_per_session
            or name in queue.event_ids_to_events
            or any(name in events for events in queue.pending_event_ids_session.values())
        )

    def forget(self, session: str) -> None:
        """Drops what was to be said in a session whose jobs have all been told; Gradio keeps 2,000 of them."""
        if not self.queue.pending_event_ids_session.get(session):
            self.queue.pending_event_ids_session.pop(session, None)
            self.queue.pending_messages_per_session.pop(session, None)

    def in_use(self) -> set[str]:
        """The paths of uploads that jobs wait for or work on."""
        return {path for event in list(self.queue.event_ids_to_events.values()) for path in paths(event)}

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
        waiting = event in self.queue.event_queue_per_concurrency_id[event.concurrency_id].queue
        if waiting:
            await self.queue.remove_from_queue(event_id)
            self.leave(event)
        else:
            suffix = f"<gradio-sep>{event_id}"
            tasks = [task for task in asyncio.all_tasks() if task.get_name().endswith(suffix)]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        # The client's stream ends with this.
        if (messages := self.queue.pending_messages_per_session.get(session_hash)) is not None:
            messages.put_nowait(ProcessCompletedMessage(output={}, success=True, event_id=event_id))

    def leave(self, event: Any) -> None:
        """Removes the uploads of a job that nobody waits for, unless another job of theirs does."""
        used = self.in_use()
        for path in paths(event):
            if path not in used:
                self.discard(path)

    def current_is_wanted(self) -> Callable[[], bool]:
        """Whether the client of the job that is running in this context is still there."""
        event = self.queue.event_ids_to_events.get(LocalContext.event_id.get(None))
        return (lambda: event.alive) if event is not None else (lambda: True)


def paths(event: Any) -> Iterator[str]:
    """The uploads that a job names."""
    for value in event.data.data if event.data is not None else ():
        if isinstance(value, dict) and isinstance(value.get("path"), str):
            yield value["path"]
