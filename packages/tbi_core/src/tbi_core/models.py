"""The models by name: a variant is a row in this table, never a subclass."""

from dataclasses import dataclass

from tbi_core.errors import ModelError


@dataclass(frozen=True)
class ModelSpec:
    """What a person needs to know to choose a model.

    Attributes:
        name: what `Segmenter.load` takes.
        purpose: what it is good for, in one line.
        licence: of the weights.
        source: where the weights come from.
    """

    name: str
    purpose: str
    licence: str
    source: str


MODELS = {
    spec.name: spec
    for spec in (
        ModelSpec(
            name="builtin",
            purpose="U²-Net-p and MODNet together, on the CPU: people, animals and things, with no network",
            licence="Apache-2.0",
            source="in the package",
        ),
    )
}


def resolve(name: str) -> tuple[ModelSpec, str]:
    """The model that a name stands for, and why.

    Args:
        name: a key of `MODELS`, or "auto".

    Raises:
        ModelError: the name is unknown.
    """
    if name == "auto":
        return MODELS["builtin"], "builtin is the only model in this version"
    if name in MODELS:
        return MODELS[name], "asked for by name"
    raise ModelError(f"There is no model {name!r}; wanted one of {', '.join(['auto', *MODELS])}.")
