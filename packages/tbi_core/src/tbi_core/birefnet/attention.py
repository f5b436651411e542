"""Window attention for inference: the same function, with the windows laid out once for each size."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tbi_core.birefnet import backbone


class FusedAttention(nn.Module):
    """Window attention in which padding does no work, and masks take no space.

    After the roll only the windows of the last row and of the last column hold strangers, so there are four kinds
    of windows. They are gathered kind by kind, and each kind shares one bias.
    """

    def __init__(self, plain: backbone.WindowAttention) -> None:
        super().__init__()
        self.heads, self.window, self.shift = plain.heads, plain.window, plain.shift
        self.qkv, self.proj = plain.qkv, plain.proj
        self.register_buffer("bias", plain.bias().contiguous())
        self._layouts: dict[object, Layout] = {}

    def layout(self, height: int, width: int, like: Tensor) -> "Layout":
        """The layout for one size, device and precision, kept."""
        key = (height, width, like.device, like.dtype)
        if key not in self._layouts:
            self._layouts[key] = Layout.of(height, width, self.window, self.shift, self.bias.to(like))
        return self._layouts[key]

    def forward(self, x: Tensor) -> Tensor:
        """(B, H, W, C) to the same shape."""
        batch, height, width, channels = x.shape
        layout = self.layout(height, width, x)
        qkv = self.qkv(x.flatten(1, 2))
        if len(layout.order) > height * width:  # padding is zeros before the projection, so its bias behind it
            qkv = torch.cat([qkv, self.qkv.bias.expand(batch, 1, -1)], 1)
        qkv = qkv.index_select(1, layout.order)
        qkv = qkv.reshape(batch, -1, self.window**2, 3, self.heads, channels // self.heads)
        done, start = [], 0
        for count, bias in layout.kinds:
            q, k, v = qkv[:, start : start + count].flatten(0, 1).permute(2, 0, 3, 1, 4)
            seen = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
            done.append(seen.transpose(1, 2).reshape(batch, -1, channels))
            start += count
        x = torch.cat(done, 1).index_select(1, layout.back)
        y: Tensor = self.proj(x.reshape(batch, height, width, channels))
        return y


@dataclass(frozen=True)
class Layout:
    """How the tokens of one size stand in windows.

    Attributes:
        order: for each place in the windows its token, int64 (windows·window²,); H·W stands for the padding.
        back: for each token its place, int64 (H·W,).
        kinds: how many windows of each kind follow each other, and their bias, (1, heads, window², window²).
    """

    order: Tensor
    back: Tensor
    kinds: list[tuple[int, Tensor]]

    @classmethod
    def of(cls, height: int, width: int, window: int, shift: int, bias: Tensor) -> "Layout":
        """The layout; `bias` is (heads, window², window²) and says where and in which precision."""
        tokens = torch.arange(height * width).reshape(1, height, width, 1)
        tokens = F.pad(tokens, (0, 0, 0, -width % window, 0, -height % window), value=height * width)
        rows, columns = tokens.shape[1] // window, tokens.shape[2] // window
        windows = backbone.partition(tokens.roll((-shift, -shift), (1, 2)), window).squeeze(2)
        if shift:
            masks = backbone.shift_mask(tokens.shape[1], tokens.shape[2], window, shift, torch.device("cpu"))
            last_row = torch.arange(rows * columns) // columns == rows - 1
            last_column = torch.arange(rows * columns) % columns == columns - 1
            kind = 2 * last_row.int() + last_column.int()
            by_kind = [(kind == i).nonzero()[:, 0] for i in range(4)]
            by_kind = [members for members in by_kind if len(members)]
            kinds = [(len(members), bias[None] + masks[members[0]].to(bias)) for members in by_kind]
            windows = windows[torch.cat(by_kind)]
        else:
            kinds = [(rows * columns, bias[None])]
        order = windows.flatten()
        back = torch.empty(height * width + 1, dtype=torch.long)
        back[order] = torch.arange(len(order))
        return cls(order.to(bias.device), back[:-1].to(bias.device), kinds)
