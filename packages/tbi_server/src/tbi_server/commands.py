"""What the server adds to the command `tbi`: draw a document, and write a Space."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tbi_core import Segmenter, TbiError, read_image


def add_render(commands: Any) -> None:
    """`tbi render DOCUMENT PHOTO -o OUT`."""
    parser = commands.add_parser("render", help="draw a document of the editor over a photo")
    parser.add_argument("document", type=Path, metavar="DOCUMENT", help="a document (.json) or a project (.tbi)")
    parser.add_argument("photo", type=Path, metavar="PHOTO", help="a photo of the document's size")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="the .png to write")
    parser.add_argument("--model", default="auto", help="auto (default), a name (see `tbi models`), or a path")
    parser.set_defaults(run=run_render)


def run_render(arguments: argparse.Namespace) -> int:
    """Writes the picture, whole or not at all."""
    from tbi_server.renderer import Renderer, RenderError

    try:
        renderer = Renderer.find()
        document = read_document(arguments.document)
        photo = read_image(arguments.photo)
        picture = renderer.draw(photo, Segmenter.load(arguments.model).segment(photo), {"document": document})
        part = arguments.output.with_name(f".{arguments.output.name}.part")
        part.write_bytes(picture)
        part.replace(arguments.output)
    except (RenderError, TbiError, OSError) as error:
        print(f"tbi: {error}", file=sys.stderr)
        return 1
    return 0


def read_document(path: Path) -> Any:
    """The document in a file: plain JSON, or inside a project.

    Raises:
        RenderError: it is neither.
        OSError: it can't be read.
    """
    import zipfile

    from tbi_server.renderer import RenderError

    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as project:
                return json.loads(project.read("document.json"))["document"]
        return json.loads(path.read_bytes())
    except (ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise RenderError(f"{path} is no document of the editor; wanted JSON, or a .tbi project.") from error


def add_space(commands: Any) -> None:
    """`tbi space OUT`."""
    parser = commands.add_parser("space", help="write a folder that runs as a Hugging Face Space")
    parser.add_argument("output", type=Path, metavar="OUT", help="a new or empty folder")
    parser.add_argument("--model", default="birefnet", help="what cuts out there (default birefnet)")
    parser.set_defaults(run=run_space)


def run_space(arguments: argparse.Namespace) -> int:
    """Writes the folder."""
    from tbi_server.space import SpaceError, write_space

    try:
        write_space(arguments.output, arguments.model)
    except (SpaceError, OSError) as error:
        print(f"tbi: {error}", file=sys.stderr)
        return 1
    print(
        f"{arguments.output} is ready: `hf upload USER/SPACE {arguments.output} --repo-type space` puts it online."
    )
    return 0
