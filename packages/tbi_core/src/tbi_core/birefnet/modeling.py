"""BiRefNet as a transformers model: the backbone's two looks at the image, the context, the decoder."""

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedModel
from transformers.modeling_outputs import SemanticSegmenterOutput

from tbi_core.birefnet.backbone import SwinTransformer
from tbi_core.birefnet.configuration import BiRefNetConfig
from tbi_core.birefnet.decoder import BasicDecBlk, Decoder, resize


class BiRefNet(PreTrainedModel):
    """The network as published, with the released parameter names; `fuse` makes the fast one of it.

    Zheng et al., "Bilateral Reference for High-Resolution Dichotomous Image Segmentation", CAAI AIR 2024.
    """

    config_class = BiRefNetConfig
    main_input_name = "pixel_values"

    def __init__(self, config: BiRefNetConfig) -> None:
        super().__init__(config)
        self.bb = SwinTransformer(config)
        self.squeeze_module = nn.Sequential(BasicDecBlk(sum(config.channels), config.channels[-1]))
        self.decoder = Decoder(config)
        self.post_init()

    def forward(self, pixel_values: Tensor) -> SemanticSegmenterOutput:
        """Finds the subject.

        Args:
            pixel_values: (B, 3, H, W), H and W multiples of 32, RGB normalised by ImageNet's mean and deviation.

        Returns:
            `logits` (B, 1, H, W); their sigmoid is the alpha.
        """
        return SemanticSegmenterOutput(logits=self.logits(pixel_values))

    def logits(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, 1, H, W).

        Raises:
            ValueError: H or W is no multiple of 32.
        """
        height, width = image.shape[2:]
        if height % 32 or width % 32:
            raise ValueError(f"BiRefNet takes sides that are multiples of 32; got {height}×{width}.")
        features = self.features(image)
        context = [resize(feature, features[3].shape[2:]) for feature in features[:3]]
        features[3] = self.squeeze_module(torch.cat([*context, features[3]], 1))
        logits: Tensor = self.decoder(image, features)
        return logits

    def features(self, image: Tensor) -> list[Tensor]:
        """The backbone on the image and on the image halved: strides 4, 8, 16 and 32, twice its channels."""
        height, width = image.shape[2:]
        whole = self.bb(image)
        halved = self.bb(resize(image, torch.Size((height // 2, width // 2))))
        return [torch.cat([a, resize(b, a.shape[2:])], 1) for a, b in zip(whole, halved, strict=True)]


# Should transformers come to know it by itself, ours is the one that these weights are checked with.
AutoConfig.register("birefnet", BiRefNetConfig, exist_ok=True)
AutoModel.register(BiRefNetConfig, BiRefNet, exist_ok=True)
