"""Finds a Chromium for the end-to-end tests; run as a script, installs one where there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chrome", "chromium-browser")


def find() -> str | None:
    """The path of an installed browser: the machine's own, else Playwright's."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def install() -> None:
    """Playwright's own download; where that can't be had, Debian's package, which takes root."""
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        subprocess.run(command, check=True, timeout=600)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"Playwright's own browser can't be had here ({error}).", file=sys.stderr)
    if find() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "--quiet"], check=True)
        subprocess.run(
            ["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", "chromium"], check=True
        )


if __name__ == "__main__":
    if find() is None:
        install()
    browser = find()
    if browser is None:
        sys.exit("No browser for the end-to-end tests: install Chromium or Chrome, then run `make test` again.")
    print(f"Browser for the tests: {browser}")
