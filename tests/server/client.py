"""A plain HTTP client of the API, for tests that look at what goes over the wire."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

META = {"_type": "gradio.FileData"}


class Api:
    """One session with a server."""

    def __init__(self, server: str, **options: Any) -> None:
        self.http = httpx.Client(base_url=server, timeout=60, **options)

    def __del__(self) -> None:
        self.http.close()

    def upload(self, photo: Path | bytes, name: str = "photo.png") -> dict[str, Any]:
        """What a function takes."""
        content = photo if isinstance(photo, bytes) else photo.read_bytes()
        answer = self.http.post("/gradio_api/upload", files={"files": (name, content)})
        answer.raise_for_status()
        return {"path": answer.json()[0], "meta": META, "orig_name": name}

    def function(self, api: str) -> int:
        """The number of a function."""
        config = self.http.get("/config").json()
        return int(next(d["id"] for d in config["dependencies"] if d["api_name"] == api))

    def join(self, api: str, session: str, *values: object) -> httpx.Response:
        """Puts a job into the queue."""
        body = {"data": list(values), "fn_index": self.function(api), "session_hash": session}
        return self.http.post("/gradio_api/queue/join", json=body)

    def messages(self, session: str) -> Iterator[dict[str, Any]]:
        """What the server says about a session's jobs."""
        with self.http.stream("GET", f"/gradio_api/queue/data?session_hash={session}") as stream:
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    message = json.loads(line.removeprefix("data: "))
                    yield message
                    if message["msg"] == "close_stream":
                        return

    def finish(self, session: str) -> dict[str, Any]:
        """The last word on a session's only job."""
        return next(message for message in self.messages(session) if message["msg"] == "process_completed")

    def run(self, api: str, session: str, *values: object) -> dict[str, Any]:
        """Joins and waits."""
        self.join(api, session, *values).raise_for_status()
        return self.finish(session)

    def cancel(self, session: str, event: str) -> None:
        """Ends a job."""
        body = {"session_hash": session, "event_id": event, "fn_index": 0}
        assert self.http.post("/gradio_api/cancel", json=body).status_code == 200

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels."""
        lines = self.http.get("/metrics").text.splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))
