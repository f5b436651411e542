"""Measures the editor in a headless Chromium, and writes its table into benchmarks/RESULTS.md.

Longer than a file should be: one table out of one run, each of its rows a few lines that nothing else uses.

Usage: make bench-web (after a build). Photos and alphas are made here and come in project files, so no model works
beside the measurement. Frames are the time that script, style, layout and paint take on the page's own thread; what
the compositor does beside it is not in them.
"""

import base64
import io
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from results import write_part  # noqa: E402  # after the path, as those above

from conftest import start_server, stop_server  # noqa: E402
from e2e import browser  # noqa: E402
from e2e.conftest import DESKTOP, FLAGS  # noqa: E402

EVERYTHING = {
    "strokeWidth": 0.03,
    "shadows": [{"distance": 0.08, "blur": 0.15}],
    "extrusionDepth": 0.2,
    "tiltX": 15,
    "tiltY": -25,
}

FRAMES = """async ([count, act]) => {
    const times = [];
    const step = new Function('i', act);
    const painted = () => new Promise(done => {
        requestAnimationFrame(() => {
            const start = performance.now();
            const channel = new MessageChannel();
            channel.port1.onmessage = () => done(performance.now() - start);
            channel.port2.postMessage(0);
        });
    });
    for (let i = 0; i < count; i++) {
        const start = performance.now();
        step(i);
        // The page's own reaction comes in a microtask.
        for (let k = 0; k < 5; k++) await null;
        const script = performance.now() - start;
        times.push(script + await painted());
    }
    return times;
}"""


def project(folder: Path, width: int, height: int, texts: int, look: dict[str, Any]) -> Path:
    """A project file with an enlarged photo, with the grain of a camera, and an ellipse as its subject."""
    sample = Image.open(ROOT / "web/static/samples/astronaut.png").convert("RGB")
    grain = np.random.default_rng(0).normal(0, 3, (height, width, 1)).astype(np.float32)
    enlarged = np.asarray(sample.resize((width, height), Image.Resampling.BICUBIC))
    pixels = (enlarged + grain).clip(0, 255).astype(np.uint8)
    alpha = Image.new("L", (width, height))
    ImageDraw.Draw(alpha).ellipse((width * 0.35, height * 0.2, width * 0.65, height * 1.1), fill=255)
    layers: list[dict[str, Any]] = [{"kind": "photo", "id": "photo"}]
    layers += [
        {
            "kind": "text",
            "id": f"text-{i}",
            "text": "BEHIND",
            "font": "anton",
            "size": height / 6,
            "x": width * (0.3 + 0.1 * i),
            "y": height * (0.15 + 0.15 * i),
            **look,
        }
        for i in range(1, texts + 1)
    ]
    layers.append({"kind": "subject", "id": "subject"})
    document = {"version": 1, "size": {"width": width, "height": height}, "layers": layers}
    path = folder / f"{width}x{height}-{texts}.tbi"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        file.writestr(
            "document.json", json.dumps({"name": "bench.jpg", "type": "image/jpeg", "document": document})
        )
        for name, image, kind in (("photo", Image.fromarray(pixels), "JPEG"), ("alpha.png", alpha, "PNG")):
            data = io.BytesIO()
            image.save(data, kind, quality=90)
            file.writestr(name, data.getvalue())
    return path


def open_project(page: Page, path: Path) -> None:
    """Through the page's own field, until it is drawn."""
    page.get_by_label("Project file").set_input_files(path)
    page.get_by_role("button", name="Move the text").wait_for(timeout=60_000)
    page.wait_for_timeout(2500)  # shrinking and the first drawing are not what is measured


def p95(times: list[float]) -> float:
    """The 95th of 100."""
    return sorted(times)[math.ceil(0.95 * len(times)) - 1]


def first_load(chromium: Browser, server: str) -> tuple[float, float]:
    """The JavaScript, in kB, until the start page is there: plain, and compressed by brotli."""
    page = chromium.new_page()
    bodies: list[bytes] = []
    page.on("response", lambda r: bodies.append(r.body()) if r.url.split("?")[0].endswith(".js") else None)
    page.goto(server, wait_until="networkidle")
    page.close()
    code = "console.log(require('zlib').brotliCompressSync(require('fs').readFileSync(0)).length)"
    node = [str(ROOT / ".venv/bin/node"), "-e", code]
    small = sum(int(subprocess.run(node, input=body, capture_output=True, check=True).stdout) for body in bodies)
    return sum(map(len, bodies)) / 1000, small / 1000


def lighthouse(server: str, folder: Path, *, desktop: bool) -> dict[str, float]:
    """Lighthouse's scores of the start page, 0 to 100, as its command line gives them."""
    here = ROOT / "benchmarks/lighthouse"
    bin_folder = ROOT / ".venv/bin"
    environment = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}", "CHROME_PATH": str(browser.find())}
    if not (here / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--silent"], cwd=here, env=environment, check=True)
    report = folder / "lighthouse.json"
    command = [bin_folder / "node", here / "node_modules/lighthouse/cli/index.js", server, "--quiet"]
    command += ["--output=json", f"--output-path={report}", "--no-enable-error-reporting"]
    command += [f"--chrome-flags=--headless=new {' '.join(FLAGS)}", "--only-categories=performance,accessibility"]
    command += ["--preset=desktop"] if desktop else []
    # Its own connection to the browser fails now and then.
    for last in (False, False, True):
        if subprocess.run(command, env=environment, check=last).returncode == 0:
            break
    categories = json.loads(report.read_text())["categories"]
    return {name: 100 * category["score"] for name, category in categories.items()}


def renderer_memory() -> float:
    """MB that Chromium's processes below this one hold."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    total, todo = 0, list(children.get(os.getpid(), []))
    while todo:
        pid = todo.pop()
        todo += children.get(pid, [])
        try:
            name = Path(f"/proc/{pid}/comm").read_text()
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except OSError:
            continue
        total += pages * 4096 if "chrom" in name else 0
    return total / 1e6


def subject_work(page: Page, path: Path) -> tuple[float, list[float]]:
    """The page's longest task, in ms, while a project is opened, and how long strokes take to be kept, in s."""
    page.evaluate(
        """() => {
            window.longest = 0;
            new PerformanceObserver(list => {
                for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
            }).observe({ type: 'longtask' });
        }"""
    )
    open_project(page, path)
    longest = page.evaluate("window.longest")
    page.get_by_role("button", name="Refine subject").click()
    canvas = page.locator("canvas").bounding_box()
    assert canvas is not None
    undo = page.get_by_role("button", name="Undo")
    strokes = []
    for _ in range(5):
        start = time.perf_counter()
        page.mouse.click(canvas["x"] + canvas["width"] * 0.5, canvas["y"] + canvas["height"] * 0.5)
        expect(undo).to_be_enabled(timeout=30_000)
        strokes.append(time.perf_counter() - start)
        undo.click()
        expect(undo).to_be_disabled(timeout=30_000)
        # The cutout is made again.
        expect(page.locator("canvas")).to_have_attribute("data-drawn", "true", timeout=30_000)
    return longest, strokes


def main() -> None:
    """Measures, and writes the table."""
    rows: list[str] = []

    def row(what: str, wanted: str, got: str) -> None:
        rows.append(f"| {what} | {wanted} | {got} |")
        print(rows[-1], flush=True)

    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        process, server = start_server(folder / "server.log")
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=FLAGS)
        try:
            plain, small = first_load(chromium, server)
            row("JavaScript until the start page", "≤ 250 kB", f"{small:.0f} kB by brotli ({plain:.0f} kB plain)")

            for device in ("desktop", "phone"):
                scores = lighthouse(server, folder, desktop=device == "desktop")
                row(
                    f"Lighthouse as a {device}",
                    "≥ 95",
                    ", ".join(f"{name} {score:.0f}" for name, score in scores.items()),
                )

            page = chromium.new_page(**DESKTOP, accept_downloads=True)
            page.goto(server)
            open_project(page, project(folder, 4000, 3000, 5, EVERYTHING))
            page.evaluate("window.box = document.querySelector('polygon.chosen').getBoundingClientRect()")
            send = """
                const [x, y] = [box.x + box.width / 2 + (i % 60) * 3, box.y + box.height / 2 + (i % 40)];
                const at = {clientX: x, clientY: y, pointerId: 1, bubbles: true, button: 0, altKey: true};
                const target = document.querySelector('polygon.chosen');
                target.setPointerCapture = () => undefined;
                if (i === 0) target.dispatchEvent(new PointerEvent('pointerdown', at));
                target.dispatchEvent(new PointerEvent('pointermove', at));
                if (i === 119) target.dispatchEvent(new PointerEvent('pointerup', at));
            """
            page.evaluate(FRAMES, [120, send])  # to warm up
            times = page.evaluate(FRAMES, [120, send])[5:]
            row(
                "12 MP, 5 texts, dragging one: frame",
                "p95 ≤ 16 ms",
                f"p95 {p95(times):.1f} ms, median {statistics.median(times):.1f} ms",
            )

            slide = """
                const thumb = document.querySelector('[role=slider][aria-label="Stroke width"]');
                const key = i % 20 < 10 ? 'ArrowRight' : 'ArrowLeft';
                thumb.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
            """
            times = page.evaluate(FRAMES, [60, slide])[2:]
            row(
                "12 MP, 5 texts, a slider step: frame",
                "p95 ≤ 50 ms",
                f"p95 {p95(times):.1f} ms, median {statistics.median(times):.1f} ms",
            )

            page.get_by_role("button", name="100 %").click()
            page.wait_for_timeout(3000)  # until the larger preview rests
            with page.expect_download() as download:
                page.get_by_role("button", name="Export PNG").click()
            exported = np.asarray(Image.open(download.value.path()).convert("RGB")).astype(np.int16)
            data = page.locator("canvas").evaluate("canvas => canvas.toDataURL('image/png')")
            preview = np.asarray(Image.open(io.BytesIO(base64.b64decode(data.split(",")[1]))).convert("RGB"))
            row(
                "preview against export at the same scale",
                "mean ≤ 0.5/255",
                f"mean {np.abs(exported - preview).mean():.4f}/255",
            )

            page.get_by_role("button", name="Fit", exact=True).click()
            open_project(page, project(folder, 6000, 4000, 1, EVERYTHING))
            times = []
            for _ in range(4):
                start = time.perf_counter()
                with page.expect_download(timeout=60_000) as download:
                    page.get_by_role("button", name="Export PNG").click()
                times.append(time.perf_counter() - start)
            row("export of 24 MP as PNG", "≤ 2 s", f"median {statistics.median(times[1:]):.2f} s")
            page.close()

            page = chromium.new_page(**DESKTOP)
            page.goto(server)
            longest, strokes = subject_work(page, project(folder, 4000, 3000, 1, {}))
            row("12 MP, opening a project: longest task of the page", "", f"{longest:.0f} ms")
            stroke = statistics.median(strokes)
            row("12 MP, a stroke of the brush until it can be undone", "", f"median {stroke:.2f} s")
            page.close()

            page = chromium.new_page(**DESKTOP)
            page.goto(server)
            photos = project(folder, 2000, 1500, 1, {})
            after = []
            for count in range(1, 51):
                page.get_by_label("Project file").set_input_files(photos)
                # As long as one takes here; nothing checks that each was shown before the next came.
                page.wait_for_timeout(700)
                if count in (5, 50):
                    # Memory is given back some time after it is free.
                    page.wait_for_timeout(3000)
                    page.request_gc()
                    page.wait_for_timeout(2000)
                    after.append(renderer_memory())
            row(
                "memory after 50 photos against 5",
                "within 20 %",
                f"{after[1] / after[0] - 1:+.0%} ({after[0]:.0f} → {after[1]:.0f} MB)",
            )
        finally:
            chromium.close()
            stop_server(process)

    write_part(
        "The editor",
        f"Written by `make bench-web`: headless Chromium, no GPU, {os.cpu_count()} cores.\n\n"
        "| what | asked | measured |\n| --- | --- | --- |\n" + "\n".join(rows),
    )


if __name__ == "__main__":
    main()
