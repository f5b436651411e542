"""The shape of a BiRefNet: what differs between its variants."""

from typing import Any

from transformers import PreTrainedConfig


class BiRefNetConfig(PreTrainedConfig):
    """The numbers from which the network is built; the defaults are the general model's, Swin-L.

    Attributes:
        embed_dim: channels of the backbone's first stage; each further stage doubles them.
        depths: blocks of each of the four stages.
        num_heads: attention heads of each stage.
        window_size: side of an attention window, in tokens.
    """

    model_type = "birefnet"

    def __init__(
        self,
        embed_dim: int = 192,
        depths: tuple[int, ...] = (2, 2, 18, 2),
        num_heads: tuple[int, ...] = (6, 12, 24, 48),
        window_size: int = 12,
        **kwargs: Any,
    ) -> None:
        self.embed_dim = embed_dim
        self.depths = list(depths)
        self.num_heads = list(num_heads)
        self.window_size = window_size
        super().__init__(**kwargs)

    @classmethod
    def lite(cls) -> "BiRefNetConfig":
        """Swin-T, the backbone of the lite models."""
        return cls(embed_dim=96, depths=(2, 2, 6, 2), num_heads=(3, 6, 12, 24), window_size=7)

    @property
    def channels(self) -> list[int]:
        """Channels of the four features, fine to coarse: both looks at the image, so twice the backbone's."""
        return [2 * self.embed_dim * 2**level for level in range(4)]
