"""The built editor: which files it has, how they are sent, and what its page may do."""

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from servestatic import ServeStaticASGI

INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


def editor_folder() -> Path:
    """Inside an installed package, else in the checkout."""
    packaged = Path(__file__).parent / "editor"
    return packaged if packaged.is_dir() else Path(__file__).parents[4] / "web/build"


def serve_editor(app: Any, folder: Path) -> ServeStaticASGI:
    """An ASGI app that sends the editor's files, and asks `app` for the rest.

    Files whose names change with their content are kept by browsers for good, the others are asked for again
    and mostly answered with 304; what the build has compressed goes out so.
    """
    return ServeStaticASGI(
        app,
        root=str(folder) if folder.is_dir() else None,
        index_file=True,
        max_age=0,
        immutable_file_test=r"^/_app/immutable/",
        allow_all_origins=False,
    )


def page_policy(folder: Path, frames: Sequence[str] = ()) -> str:
    """The editor's content security policy: its own files, and the one script that is in its page.

    Args:
        folder: the built editor.
        frames: origins that may show it in a frame.
    """
    index = folder / "index.html"
    scripts = INLINE.findall(index.read_text(encoding="utf-8")) if index.is_file() else []
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{value}'" for value in hashes)
    rules = {
        "default-src": "'self'",
        # WebAssembly: HarfBuzz shapes the text.
        "script-src": f"'self' 'wasm-unsafe-eval' {allowed}".strip(),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' blob: data:",
        "font-src": "'self' blob: data:",
        "connect-src": "'self' blob: data:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'none'",
        "frame-ancestors": " ".join(frames) or "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
