"""What is counted, in Prometheus' terms: waits, seconds by stage, failures by kind, queue, disk, memory."""

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300)


class Metrics:
    """The counters of one server; nothing in them names a person, a file or an address."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.jobs = Counter("tbi_jobs", "Jobs by how they ended", ["api", "outcome"], registry=self.registry)
        self.failures = Counter("tbi_failures", "Failed jobs by kind", ["kind"], registry=self.registry)
        self.wait = Histogram(
            "tbi_wait_seconds", "From asking to starting", ["lane"], buckets=SECONDS, registry=self.registry
        )
        self.stages = Histogram(
            "tbi_stage_seconds", "Seconds by stage of a job", ["stage"], buckets=SECONDS, registry=self.registry
        )
        self.refused = Counter("tbi_refused", "Requests refused, by status", ["status"], registry=self.registry)

    def count(self, lane: str, api: str, outcome: str, wait: float, stages: Mapping[str, float]) -> None:
        """A job has ended; an outcome is done, cancelled, or failed:KIND."""
        word, _, kind = outcome.partition(":")
        self.jobs.labels(api, word).inc()
        if kind:
            self.failures.labels(kind).inc()
        self.wait.labels(lane).observe(wait)
        for stage, seconds in stages.items():
            self.stages.labels(stage).observe(seconds)

    def watch(self, name: str, words: str, value: Callable[[], float]) -> None:
        """Adds a gauge that is read when somebody asks."""
        Gauge(name, words, registry=self.registry).set_function(value)

    def text(self) -> bytes:
        """The page that Prometheus reads."""
        return generate_latest(self.registry)
