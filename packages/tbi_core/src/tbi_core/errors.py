"""The errors that tbi_core raises: one sentence each, that a person can act on."""


class TbiError(Exception):
    """Anything that tbi_core reports about what it was given or what it needs."""


class ImageError(TbiError):
    """The image can't be used: names it, what was got and what is accepted."""


class ModelError(TbiError):
    """The model can't be used: names it, what is missing and how to get it."""
