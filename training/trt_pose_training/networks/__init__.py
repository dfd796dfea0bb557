"""Networks by name."""

from .light import Light

NAMES = {"light": Light}


def build(name, **kwargs):
    """Make the network called ``name``."""
    return NAMES[name](**kwargs)
