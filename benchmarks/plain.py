"""The baseline: BiRefNet as its model card and the blog post run it, with the network as published.

float32 with `set_float32_matmul_precision("high")`, PIL for resizing, ToPILImage, putalpha, Pillow's PNG.
"""

import io
from pathlib import Path

import torch
from PIL import Image
from torchvision import transforms

from tbi_core.birefnet import weights

TRANSFORM = transforms.Compose(
    [
        transforms.Resize((1024, 1024)),
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]
)


class Plain:
    """The published network on one device."""

    def __init__(self, checkpoint: Path, device: str) -> None:
        torch.set_float32_matmul_precision("high")
        self.device = device
        self.model = weights.load(checkpoint).to(device)

    def network(self, batch: int = 1) -> None:
        """The network alone at 1024×1024."""
        with torch.no_grad():
            self.model(torch.zeros(batch, 3, 1024, 1024, device=self.device)).logits.sigmoid()

    def whole(self, photo: Path) -> bytes:
        """A file in, a PNG out."""
        image = Image.open(photo).convert("RGB")
        pixels = TRANSFORM(image).unsqueeze(0).to(self.device)
        with torch.no_grad():
            prediction = self.model(pixels).logits.sigmoid().cpu()
        mask = transforms.ToPILImage()(prediction[0].squeeze()).resize(image.size)
        image.putalpha(mask)
        file = io.BytesIO()
        image.save(file, "PNG")
        return file.getvalue()
