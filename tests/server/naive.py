"""A server as a tutorial writes it: the same API in a few lines, with none of the care. Run as a script.

What is done to it in test_attacks.py works; the model is left out, as no attack is on it.
"""

import sys
from pathlib import Path

from gradio import Server
from gradio.data_classes import FileData
from PIL import Image

app = Server()


@app.api(name="remove_background")
def remove_background(image: FileData) -> FileData:
    """A picture in, a picture out."""
    path = image["path"] if isinstance(image, dict) else image
    with Image.open(path) as photo:
        result = photo.convert("RGBA")
    output = str(path).rsplit(".", 1)[0] + ".png"
    result.save(output)
    return FileData(path=output)


@app.get("/")
def homepage() -> str:
    return "hello"


if __name__ == "__main__":
    _, address, _ = app.launch(server_name="127.0.0.1", show_error=True, prevent_thread_lock=True, quiet=True)
    Path(sys.argv[1]).write_text(address)
    app.get_blocks().block_thread()
