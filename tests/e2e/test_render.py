"""The same document drawn in Chromium and in Node, effect by effect: an agent gets what the editor shows."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from e2e.editor import EditorPage
from server.client import Api

EFFECTS: dict[str, list[tuple[str, float]]] = {
    "plain": [],
    "stroke": [("Stroke width", 6)],
    "shadow": [("Shadow distance", 20), ("Shadow blur", 30)],
    "glow": [("Glow", 40)],
    "extrusion": [("Extrusion depth", 30), ("Extrusion angle", 60)],
    "bevel": [("Bevel", 5), ("Light angle", 60)],
    "perspective": [("Tilt X", 30), ("Tilt Y", -35), ("Perspective", 90)],
    "skew": [("Skew X", 20)],
    "bend": [("Bend", 50)],
    "box": [("Box strength", 70)],
    "subject": [("Feather", 30), ("Subject outline", 30), ("Subject shadow", 60)],
    "photo": [("Background blur", 30), ("Brightness", 10), ("Contrast", 20), ("Saturation", -30)],
}


def document_of(editor: EditorPage) -> dict:
    with editor.page.expect_download() as download:
        editor.page.get_by_role("button", name="Save project").click()
    with zipfile.ZipFile(download.value.path()) as project:
        return json.loads(project.read("document.json"))["document"]


@pytest.mark.parametrize("effect", EFFECTS)
def test_node_draws_what_chromium_exports(editor: EditorPage, astronaut: Path, server: str, effect: str) -> None:
    editor.open(astronaut)
    # The colours in the soft edge reach the editor as WebP: not what is measured here.
    editor.page.get_by_role("combobox", name="Edge colours").select_option("As in the photo")
    for name, value in EFFECTS[effect]:
        editor.set(name, value)
    exported = editor.export()
    api = Api(server)
    done = api.run("render", f"render-{effect}", document_of(editor), api.upload(astronaut))
    assert done["success"], done
    path = done["output"]["data"][0]["path"]
    with Image.open(io.BytesIO(api.http.get(f"/gradio_api/file={path}").content)) as image:
        drawn = np.asarray(image.convert("RGBA"))
    assert drawn.shape == exported.shape
    difference = np.abs(drawn.astype(int) - exported.astype(int))[..., :3]
    assert difference.mean() <= 0.5
    if effect != "plain":
        # And not because nothing is drawn: without the effect it is another picture.
        for _ in EFFECTS[effect]:
            editor.page.get_by_role("button", name="Undo").click()
        assert np.abs(editor.export().astype(int) - drawn.astype(int))[..., :3].mean() > difference.mean() + 0.1
