"""The models by name: a variant is a row in this table, never a subclass."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tbi_core.errors import ModelError

Size = tuple[int, int]
"""(height, width), in pixels."""


@dataclass(frozen=True)
class ModelSpec:
    """What a person needs to know to choose a model.

    Attributes:
        name: what `Segmenter.load` takes.
        purpose: what it is good for, in one line.
        licence: of the weights.
        source: where the weights come from: the hub's repository, or "in the package".
        size: what the network sees, whatever the photo's size; None where the model decides by itself.
    """

    name: str
    purpose: str
    licence: str
    source: str
    size: Size | None = None


def birefnet(name: str, repo: str, side: int | Size, purpose: str) -> ModelSpec:
    """A row for weights that the authors released."""
    size = (side, side) if isinstance(side, int) else side
    return ModelSpec(name, purpose, "MIT", f"ZhengPeng7/{repo}", size)


BUILTIN = ModelSpec(
    name="builtin",
    purpose="U²-Net-p and MODNet together, on the CPU: people, animals and things, with no network",
    licence="Apache-2.0",
    source="in the package",
)

# The resolutions are those of the authors' README and model cards; the hub's config files don't state them.
MODELS = {
    spec.name: spec
    for spec in (
        BUILTIN,
        birefnet("birefnet", "BiRefNet", 1024, "the general model"),
        birefnet("birefnet-lite", "BiRefNet_lite", 1024, "the general model on a small backbone, for CPUs"),
        birefnet("birefnet-512", "BiRefNet_512x512", 512, "the general model for small pictures, fast"),
        birefnet("birefnet-hr", "BiRefNet_HR", 2048, "the general model for fine detail in large photos"),
        birefnet("birefnet-lite-2k", "BiRefNet_lite-2K", (1440, 2560), "lite for large photos, wide"),
        birefnet("birefnet-dynamic", "BiRefNet_dynamic", 1024, "the general model for any size from 256 to 2304"),
        birefnet("birefnet-matting", "BiRefNet-matting", 1024, "hair, glass and other soft edges"),
        birefnet("birefnet-hr-matting", "BiRefNet_HR-matting", 2048, "soft edges in large photos"),
        birefnet("birefnet-lite-matting", "BiRefNet_lite-matting", 1024, "soft edges on a small backbone"),
        birefnet("birefnet-dynamic-matting", "BiRefNet_dynamic-matting", 1024, "soft edges at any size"),
        birefnet("birefnet-portrait", "BiRefNet-portrait", 1024, "people"),
        birefnet("birefnet-dis", "BiRefNet-DIS5K", 1024, "dichotomous segmentation, as in the paper's tables"),
        birefnet("birefnet-dis-all", "BiRefNet-DIS5K-TR_TEs", 1024, "the same, trained on the test sets too"),
        birefnet("birefnet-cod", "BiRefNet-COD", 1024, "camouflaged things"),
        birefnet("birefnet-hrsod", "BiRefNet-HRSOD", 1024, "what stands out, in large photos"),
        birefnet("birefnet-legacy", "BiRefNet-legacy", 1024, "the first general model"),
    )
}

PACKAGES = ("torch", "torchvision", "transformers", "safetensors", "huggingface_hub", "openvino")
"""What BiRefNet needs beyond the light installation."""


def resolve(name: str) -> ModelSpec:
    """The model that a name stands for; "auto" is decided by `Segmenter.load`.

    Raises:
        ModelError: the name is unknown.
    """
    for spec in MODELS.values():
        if name in (spec.name, spec.source):
            return spec
    raise ModelError(
        f"There is no model {name!r}; wanted one of {', '.join(['auto', *MODELS])}, "
        "or the path of a safetensors file or of a folder with one."
    )


def is_path(name: str) -> bool:
    """Whether a name means a file or folder of weights."""
    known = any(name in (spec.name, spec.source) for spec in MODELS.values())
    return not known and (Path(name).expanduser().exists() or "/" in name or Path(name).suffix != "")


def require_packages() -> None:
    """Checks that BiRefNet could be imported.

    Raises:
        ModelError: names what is missing and the command that installs it.
    """
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing:
        raise ModelError(
            f"BiRefNet needs {', '.join(missing)}, not installed here; wanted `pip install 'tbi-core[birefnet]'`."
        )
