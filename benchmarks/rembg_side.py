r"""rembg 2.0.86 with the same weights, through its own session.

rembg takes ONNX files. Its own ones spell deformable convolutions out as gathers (opset 17), so the weights made by
rule are exported in that style. Run with rembg and onnx beside:

    uv run --all-groups --with 'rembg[cpu]==2.0.86' --with lazy_loader --with onnx \
        python benchmarks/bench.py --rembg
"""

import io
import os
import tempfile
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from tbi_core.birefnet import weights
from tbi_core.birefnet.deform import DeformableConv2d

NAME = "birefnet-general-lite"


class Rembg:
    """A session of rembg's, with the whole call as a person makes it."""

    def __init__(self, checkpoint: Path) -> None:
        folder = tempfile.mkdtemp(prefix="rembg-", dir=checkpoint.parent)
        pid = os.fork()  # the export's memory is not rembg's
        if pid == 0:
            export(checkpoint, Path(folder) / f"{NAME}.onnx")
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        if status:
            raise SystemExit("The export to ONNX failed.")
        os.environ.update(U2NET_HOME=folder, MODEL_CHECKSUM_DISABLED="1", ORT_DISABLE_TELEMETRY="1")
        import rembg

        self.rembg: Any = rembg
        self.session = rembg.new_session(NAME)

    def whole(self, photo: Path) -> bytes:
        """A file in, a PNG out."""
        file = io.BytesIO()
        self.rembg.remove(Image.open(photo), session=self.session).save(file, "PNG")
        return file.getvalue()


class Wrapped(torch.nn.Module):
    """rembg expects the alpha's logits as the only output."""

    def __init__(self, checkpoint: Path) -> None:
        super().__init__()
        self.model = weights.load(checkpoint)

    def forward(self, image: Tensor) -> Tensor:
        """(1, 3, 1024, 1024) to (1, 1, 1024, 1024)."""
        return self.model.logits(image)


def export(checkpoint: Path, target: Path) -> None:
    """Writes the ONNX file."""
    DeformableConv2d.forward = gathered  # type: ignore[method-assign]
    with torch.no_grad():
        torch.onnx.export(
            Wrapped(checkpoint), (torch.zeros(1, 3, 1024, 1024),), str(target), opset_version=17, dynamo=False
        )


def gathered(self: DeformableConv2d, x: Tensor) -> Tensor:
    """A deformable convolution out of gathers and one matrix product, as the exporters for ONNX write it."""
    area, pad = self.kernel**2, self.kernel // 2
    batch, channels, height, width = x.shape
    offsets = self.offset_conv(x).reshape(batch, area, 2, height, width)
    mask = 2 * torch.sigmoid(self.modulator_conv(x)).reshape(batch, 1, area, height, width)
    steps = torch.arange(self.kernel) - pad
    y = offsets[:, :, 0] + torch.arange(height)[:, None] + steps.repeat_interleave(self.kernel)[:, None, None]
    x_ = offsets[:, :, 1] + torch.arange(width) + steps.repeat(self.kernel)[:, None, None]
    # One ring of zeros stands for all that is outside.
    padded = F.pad(x, (1, 1, 1, 1)).flatten(2)
    top, left = y.floor(), x_.floor()
    taps = torch.zeros(())
    for down in (0, 1):
        for right in (0, 1):
            row, column = (top + down + 1).clamp(0, height + 1), (left + right + 1).clamp(0, width + 1)
            share = (1 - (y - top - down).abs()) * (1 - (x_ - left - right).abs())
            index = (row * (width + 2) + column).long().reshape(batch, 1, -1).expand(-1, channels, -1)
            tap = padded.gather(2, index).reshape(batch, channels, area, height, width)
            taps = taps + tap * share[:, None]
    columns = (taps * mask).reshape(batch, channels * area, height * width)
    return (self.regular_conv.weight.flatten(1) @ columns).reshape(batch, -1, height, width)
