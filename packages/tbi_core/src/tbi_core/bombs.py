"""Files that are small and take a decoder minutes: refused before one sees them.

Images that are too large are known by their header; these are not. A progressive JPEG may draw its whole picture
again in each of thousands of scans (libjpeg-turbo's own fuzzers stop at 500; cameras and encoders write about
10), and Pillow joins the comments of a GIF in a time that grows with the square of their length.
"""

import io
from typing import BinaryIO

from tbi_core.errors import ImageError

MAX_SCANS = 200
MAX_COMMENTS = 256 * 1024
"""What the comments before a GIF's first picture may have together, in bytes."""

CHUNK = 1 << 20


def check_cost(file: BinaryIO, name: str) -> None:
    """Looks at a file's structure and goes back to where it was.

    Raises:
        ImageError: a decoder would take far longer than the picture is worth.
    """
    start = file.tell()
    try:
        magic = file.read(6)
        if magic[:2] == b"\xff\xd8":
            check_scans(file, name)
        elif magic in (b"GIF87a", b"GIF89a"):
            check_comments(file, name)
    finally:
        file.seek(start)


def check_scans(file: BinaryIO, name: str) -> None:
    """Counts where scans begin: in compressed data, a byte FF is never followed by DA (ITU-T T.81, B.1.1.5)."""
    scans, last = 0, b""
    while chunk := file.read(CHUNK):
        scans += (last + chunk).count(b"\xff\xda")
        last = chunk[-1:] if chunk[-1:] == b"\xff" else b""
        if scans > MAX_SCANS:
            raise ImageError(f"{name!r} draws its picture in more than {MAX_SCANS} scans; wanted an ordinary JPEG.")


def check_comments(file: BinaryIO, name: str) -> None:
    """Walks the blocks before the first picture (GIF89a, sections 18 to 24)."""
    screen = file.read(7)
    if len(screen) == 7 and screen[4] & 0x80:
        file.seek(3 << ((screen[4] & 7) + 1), io.SEEK_CUR)
    comments = 0
    while file.read(1) == b"!":
        is_comment = file.read(1) == b"\xfe"
        while (size := file.read(1)) not in (b"", b"\0"):
            file.seek(size[0], io.SEEK_CUR)
            comments += (size[0] + 8) if is_comment else 8
            if comments > MAX_COMMENTS:
                raise ImageError(f"{name!r} has more than {MAX_COMMENTS // 1024} kB of comments; wanted a picture.")
