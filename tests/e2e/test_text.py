"""Our text against an independent reference: the browser's own, of the same font file."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from e2e.editor import EditorPage, decode

CATALOGUE = Path(__file__).parents[2] / "web/src/lib/fonts/catalogue.json"

# Draws with fillText what the editor draws from outlines, on the same colour, centred alike.
REFERENCE = """async ({ file, text, size, weight, spacing, width, height }) => {
    const face = new FontFace('reference', `url(fonts/${file})`, { weight: '1 1000' });
    document.fonts.add(await face.load());
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    context.fillStyle = '#4682b4';
    context.fillRect(0, 0, width, height);
    context.font = `${weight} ${size}px reference`;
    context.letterSpacing = `${spacing * size}px`;
    context.fillStyle = '#ffffff';
    const metrics = context.measureText(text);
    const capHeight = context.measureText('H').actualBoundingBoxAscent;
    const advance = metrics.width - spacing * size;
    context.fillText(text, width / 2 - advance / 2, height / 2 + capHeight / 2);
    const blob = await canvas.convertToBlob();
    const reader = new FileReader();
    return new Promise(done => { reader.onload = () => done(reader.result); reader.readAsDataURL(blob); });
}"""


@pytest.mark.parametrize(
    ("font", "name", "text", "weight", "spacing"),
    [
        ("anton", "Anton", "HELLO", 400, 0),
        ("inter", "Inter", "AVATAR", 850, 0),
        ("playfair-display", "Playfair Display", "office", 500, 0),
        ("oswald", "Oswald", "Spaced", 300, 0.25),
        ("pacifico", "Pacifico", "Summer", 400, 0),
    ],
)
def test_text_is_where_and_as_the_browser_would_draw_it(
    editor: EditorPage, font: str, name: str, text: str, weight: int, spacing: float
) -> None:
    plain = io.BytesIO()
    Image.new("RGB", (700, 300), "#4682b4").save(plain, "PNG")
    editor.upload({"name": "plain.png", "mimeType": "image/png", "buffer": plain.getvalue()})
    editor.wait_until_cut_out()
    editor.text.fill(text)
    editor.choose_font(name)
    editor.set("Size", 120)
    if font not in ("anton", "pacifico"):
        editor.set("Weight", weight)
    editor.set("Letter spacing", spacing * 100)
    # Down to the middle: it starts at 36 % of the height.
    for _ in range(42):
        editor.handle.press("ArrowDown")
    ours = editor.export()[..., :3].astype(int)
    families = json.loads(CATALOGUE.read_text())["families"]
    files = next(family["files"] for family in families if family["id"] == font)
    options = {"file": files[0]["file"], "text": text, "size": 120, "weight": weight, "spacing": spacing}
    address = editor.page.evaluate(REFERENCE, options | {"width": 700, "height": 300})
    reference = decode(address)[..., :3].astype(int)
    inked = (reference > 200).all(axis=2)
    assert inked.sum() > 3000
    # A font's own cap height need not be its H's to the pixel. Off by one pixel sideways, it would be 0.8 or more.
    shifts = range(-4, 5)
    assert min(np.abs(np.roll(reference, shift, axis=0) - ours).mean() for shift in shifts) < 0.5
