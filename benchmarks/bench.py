"""Measures BiRefNet here against its published form, and writes benchmarks/RESULTS.md.

Usage: make bench, or python benchmarks/bench.py [--quick] [--rembg]

Both sides take the same weights, made by rule, and the same 12 MP JPEG; each is a process of its own, loaded at the
same time, and their runs alternate. A cell is the median. `--quick` leaves the large network out; `--rembg` adds
rembg 2.0.86, which has to be installed beside (see rembg_side.py).
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

import numpy as np
from PIL import Image
from results import RESULTS, write_part

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "web/static/samples"
GFLOP = {"lite": 642, "large": 2535}
"""Work of the published network at 1024×1024, multiplications and additions."""

sys.path.insert(0, str(ROOT / "tests"))
from core import weights_by_rule  # noqa: E402


class Side:
    """A process that does what it is told, and says how long it took."""

    def __init__(self, name: str, checkpoint: Path, device: str) -> None:
        command = [sys.executable, "-W", "ignore", str(ROOT / "benchmarks/side.py"), name, str(checkpoint), device]
        # Converted networks go where the checkpoint goes.
        environment = {**os.environ, "XDG_CACHE_HOME": str(checkpoint.parent)}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.load = self.answer()["load"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def answer(self) -> dict[str, Any]:
        """The next line."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"A side ended early: {self.process.args}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def do(self, command: str, argument: object) -> dict[str, Any]:
        """One command."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command} {argument}\n")
        self.process.stdin.flush()
        return self.answer()


def alternate(sides: list[Side], command: str, argument: object, runs: int) -> list[dict[str, Any]]:
    """Runs all sides in turn, once to warm up and `runs` times for the record; each side's medians."""
    answers: list[list[dict[str, Any]]] = [[] for _ in sides]
    for run in range(runs + 1):
        for side, collected in zip(sides, answers, strict=True):
            answer = side.do(command, argument)
            if run:
                collected.append(answer)
    return [
        {**collected[-1], "seconds": statistics.median(a["seconds"] for a in collected)} for collected in answers
    ]


def photo_of(folder: Path, megapixels: int) -> Path:
    """A JPEG of a person, enlarged, with the grain that a camera would give it."""
    side = int((megapixels * 1e6 / 12) ** 0.5)
    image = (
        Image.open(SAMPLES / "astronaut.png").convert("RGB").resize((4 * side, 3 * side), Image.Resampling.BICUBIC)
    )
    grain = np.random.default_rng(0).normal(0, 3, (image.height, image.width, 1))
    path = folder / f"{megapixels}mp.jpg"
    Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype(np.uint8)).save(path, quality=92)
    return path


def machine() -> str:
    """What the numbers come from."""
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.is_file() else ""
    model = next((line.split(":")[1].strip() for line in text.splitlines() if "model name" in line), "")
    flags = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if f" {flag}" in text]
    return f"{os.cpu_count()} cores of {model or platform.processor()} ({', '.join(flags) or platform.machine()})"


def compare(variant: str, checkpoint: Path, photo: Path, device: Any, with_rembg: bool) -> list[str]:
    """The rows of one network."""
    rows = []
    with Side("plain", checkpoint, device.kind) as plain, Side("ours", checkpoint, device.kind) as ours:
        # The best of several moments: another's work on the machine must not lower it.
        ceiling = max(ours.do("ceiling", 0)["stages"]["gflops"] for _ in range(5))
        rows.append(f"| one matrix product, the ceiling | | | | | {ceiling:.0f} |")
        runs = 20 if device.kind != "cpu" else 3 if variant == "lite" else 2
        for batch in (1,) if device.kind == "cpu" else (1, 8):
            before, after = alternate([plain, ours], "network", batch, runs)
            rows.append(row(f"{variant}: network, batch {batch}", before, after, GFLOP[variant] * batch, ceiling))
        before, after = alternate([plain, ours], "whole", photo, runs)
        rows.append(row(f"{variant}: 12 MP JPEG to PNG", before, after))
        stages = [ours.do("stages", photo)["stages"] for _ in range(3)]
        rows += [
            f"| {variant}: of which {name} | | {statistics.median(s[name] for s in stages):.0f} ms | | | |"
            for name in stages[0]
        ]
    if with_rembg and variant == "lite":
        with Side("rembg", checkpoint, "cpu") as rembg, Side("ours", checkpoint, "cpu") as ours:
            before, after = alternate([rembg, ours], "whole", photo, 3)
            rows.append(row("lite: 12 MP JPEG to PNG, against rembg 2.0.86", before, after))
    return rows


def row(name: str, before: dict[str, Any], after: dict[str, Any], gflop: float = 0, ceiling: float = 1) -> str:
    """A line of the table."""
    ratio = before["seconds"] / after["seconds"]
    memory = [a.get("peak_gpu_mb", a["peak_mb"]) / 1000 for a in (before, after)]
    rate = gflop / after["seconds"]
    share = f"{rate:.0f}, {rate / ceiling:.0%} of the ceiling" if gflop else ""
    return (
        f"| {name} | {before['seconds'] * 1000:.0f} ms | {after['seconds'] * 1000:.0f} ms | **{ratio:.1f}×** "
        f"| {memory[0]:.1f} / {memory[1]:.1f} GB | {share} |"
    )


def builtin_rows(photo: Path, large: Path) -> list[str]:
    """A whole process with the built-in model, from nothing to the cutout; and where 12 MP spend their time."""
    with Side("ours", large.parent / "builtin", "cpu") as ours:
        stages = [ours.do("stages", large)["stages"] for _ in range(6)][1:]
    code = f"import tbi_core; tbi_core.segment({str(photo)!r}, 'builtin')"
    times = []
    for _ in range(6):
        start = os.times().elapsed
        subprocess.run([sys.executable, "-c", code], check=True)
        times.append(os.times().elapsed - start)
    rows = [f"| builtin: whole process, 1 MP | | {statistics.median(times[1:]) * 1000:.0f} ms | | | |"]
    return rows + [
        f"| builtin: 12 MP, of which {name} | | {statistics.median(s[name] for s in stages):.0f} ms | | | |"
        for name in stages[0]
    ]


def main() -> None:
    """Measures, and writes the table."""
    parser = argparse.ArgumentParser(description="Measure BiRefNet against its published form.")
    parser.add_argument("--quick", action="store_true", help="without the large network")
    parser.add_argument("--rembg", action="store_true", help="with rembg 2.0.86")
    arguments = parser.parse_args()
    from tbi_core.device import choose_device

    device = choose_device()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        photo = photo_of(folder, 12)
        rows = []
        for variant in ("lite",) if arguments.quick else ("lite", "large"):
            checkpoint = weights_by_rule.write(variant, folder / f"{variant}.safetensors")
            rows += compare(variant, checkpoint, photo, device, arguments.rembg)
            print(*rows, sep="\n", flush=True)
        rows += builtin_rows(photo_of(folder, 1), photo)
    import torch

    text = f"""# Results

Written by `make bench` on {machine()}; device {device}: {device.reason};
PyTorch {torch.__version__}, Python {platform.python_version()}. Weights made by rule,
medians of alternating runs, each side in a process of its own; memory is a process's peak (on a GPU: what its
allocator held). Machines differ and are noisy: read the ratios.
"As published" is the network's plain form in float32 inside the blog post's pipeline (benchmarks/plain.py), which
leaves the edge's colours as they are. GFLOP/s are the published network's work by our time;
the ceiling is one large matrix product on the same device in the same precision. Weights made by rule
leave the whole picture half transparent, so BiRefNet's edge colours take far longer here than on a photo: the
built-in model's rows, at the end, have a real alpha.

| what | as published | here | ratio | memory, both | GFLOP/s |
| --- | --- | --- | --- | --- | --- |
"""
    write_part("", text + "\n".join(rows))
    print(RESULTS.read_text())


if __name__ == "__main__":
    main()
