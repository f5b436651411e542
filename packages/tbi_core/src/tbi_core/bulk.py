"""Folders that outgrow one machine: Ray Data streams blocks of paths to actors that hold the model."""

import logging
import math
import os
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tbi_core.errors import ModelError, TbiError
from tbi_core.image import read_image
from tbi_core.jobs import Job, save
from tbi_core.models import Size, is_path
from tbi_core.segmenter import Segmenter

BLOCK = 16
"""Photos that an actor takes at a time: a broken machine costs at most these."""

CPUS_PER_ACTOR = 2
"""On a cluster without GPUs, the processors that one model gets."""


class Actor:
    """A model on one of the cluster's devices. Ray makes as many as the cluster has room for."""

    def __init__(self, model: str, device: str, size: Size | None) -> None:
        self._segmenter = Segmenter.load(model, device, size)

    def __call__(self, block: dict[str, Any]) -> dict[str, list[str]]:
        """Writes the cutouts of a block of photos; `error` is empty where that worked."""
        jobs = [Job(Path(s), Path(t)) for s, t in zip(block["source"], block["target"], strict=True)]
        # A block that is done again after its machine was lost does not do its finished photos again.
        done = {job.source for job in jobs if job.target.is_file()}
        todo = [job for job in jobs if job.source not in done]
        errors = dict.fromkeys(done, "")
        for job, error in self._segmenter.segment_all(todo, lambda job: read_image(job.source), save):
            errors[job.source] = str(error) or type(error).__name__ if error else ""
        return {
            "source": [str(job.source) for job in jobs],
            "target": [str(job.target) for job in jobs],
            "error": [errors[job.source] for job in jobs],
        }


def run(
    jobs: Sequence[Job], model: str = "auto", device: str = "auto", size: Size | None = None
) -> Iterator[tuple[Job, TbiError | None]]:
    """Cuts out photos on a Ray cluster, or on this machine where there is none.

    Ray finds its cluster as it always does, by RAY_ADDRESS. Every machine must see the same files under the same
    paths, and have tbi-core installed.

    Args:
        jobs: what to do; photos whose target is there are skipped.
        model: see `Segmenter.load`.
        device: see `Segmenter.load`.
        size: see `Segmenter.load`.

    Yields:
        Each job as it is done, in any order, with what went wrong or None. A broken photo stops nothing.

    Raises:
        ModelError: Ray is not installed, or the model can't be loaded.
    """
    if find_spec("ray") is None:
        raise ModelError("The engine 'ray' needs Ray, not installed here; wanted `pip install 'tbi-core[ray]'`.")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # it would report home
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    import ray
    from ray.exceptions import RayError

    if is_path(model):
        model = str(Path(model).expanduser().resolve())  # an actor has a working directory of its own
    started = not ray.is_initialized()
    try:
        if started:
            ray.init(
                include_dashboard=None if "RAY_ADDRESS" in os.environ else False, logging_level=logging.WARNING
            )
        resources = ray.cluster_resources()
        gpus = int(resources.get("GPU", 0)) if device in ("auto", "cuda") else 0
        actors = gpus or max(1, int(resources.get("CPU", 1)) // CPUS_PER_ACTOR)
        rows = [{"source": str(job.source.resolve()), "target": str(job.target.resolve())} for job in jobs]
        blocks = max(actors, math.ceil(len(rows) / BLOCK))
        results = ray.data.from_items(rows, override_num_blocks=min(blocks, len(rows))).map_batches(
            Actor,
            batch_size=BLOCK,
            fn_constructor_args=(model, device, size),
            num_gpus=1 if gpus else 0,
            num_cpus=1 if gpus else min(CPUS_PER_ACTOR, int(resources.get("CPU", 1))),
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=actors),
        )
        for row in results.iter_rows():
            error = TbiError(row["error"]) if row["error"] else None
            yield Job(Path(row["source"]), Path(row["target"])), error
    except (RayError, OSError, RuntimeError, ValueError) as error:  # what a missing cluster raises
        said = (str(error).strip() or type(error).__name__).splitlines()[-1]
        raise ModelError(
            f"Ray could not go on ({said}); RAY_ADDRESS is {os.environ.get('RAY_ADDRESS')!r}."
        ) from error
    finally:
        if started and ray.is_initialized():
            ray.shutdown()
