"""Checkpoint files: all that a training run needs to go on, and all that the export needs."""

import logging
import os
from pathlib import Path

import torch

logger = logging.getLogger(__name__)


def save(state, path):
    """Write a state; a kill, or a power cut, while writing leaves the previous file as it was."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def load(path):
    """Read a checkpoint into host memory; nothing in the file is executed.

    Raises:
        FileNotFoundError: no such file.
        ValueError: it is no checkpoint.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise FileNotFoundError(f"no checkpoint {path}") from None
    except Exception as error:  # what a broken file raises depends on where it is broken
        raise ValueError(f"{path} is not a checkpoint: {error}") from None
    if not isinstance(state, dict):
        raise ValueError(f"{path} is not a checkpoint: it holds a {type(state).__name__}")
    return state


def load_fitting(network, path):
    """Give a network the weights of a checkpoint (its average where it has one), or of a plain state dict, that fit it.

    Those of another shape, such as the last layer's for other keypoints, stay as they are, and the log names them.

    Raises:
        FileNotFoundError, ValueError: see :func:`load`; or nothing in the file fits.
    """
    state = load(path)
    given, own = state.get("ema") or state.get("model") or state, network.state_dict()
    fitting = {k: v for k, v in given.items() if k in own and getattr(v, "shape", None) == own[k].shape}
    if not fitting:
        raise ValueError(f"nothing in {path} fits the network: it has other names and shapes of weights")
    network.load_state_dict(fitting, strict=False)
    fresh = [k for k in own if k not in fitting]
    if fresh:
        logger.warning(
            "%d of %d weights are not in %s and start afresh: %s", len(fresh), len(own), path, ", ".join(fresh)
        )
