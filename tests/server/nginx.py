"""Finds an nginx for the test of the example; run as a script, unpacks Debian's where there is none."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
UNPACKED = ROOT / ".tools/nginx"


def find() -> str | None:
    """The path of the machine's own, else of the unpacked one."""
    own = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    unpacked = UNPACKED / "usr/sbin/nginx"
    return own or (str(unpacked) if unpacked.is_file() else None)


def unpack() -> None:
    """Debian's package, without its service: nothing is started, and nothing changes outside this folder."""
    if os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "--quiet"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)  # apt gives up its rights for a download  # noqa: PTH101
        subprocess.run(["apt-get", "download", "--quiet", "nginx"], check=True, cwd=folder)
        (package,) = Path(folder).glob("nginx_*.deb")
        subprocess.run(["dpkg", "--extract", str(package), str(UNPACKED)], check=True)


if __name__ == "__main__":
    if find() is None and shutil.which("apt-get") and shutil.which("dpkg"):
        try:
            unpack()
        except (subprocess.SubprocessError, OSError, ValueError) as error:
            print(f"Debian's nginx can't be had here ({error}).", file=sys.stderr)
    print(f"nginx for the tests: {find() or 'none; its tests will be skipped'}")
