"""Checkpoints: all that a training run needs to go on, and all that the export needs."""

import os
from pathlib import Path

import torch


def save(trainer, path):
    """Write a trainer's state; a kill while writing leaves the previous file as it was."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {
        "model": trainer.network.state_dict(),
        "ema": trainer.average.network.state_dict() if trainer.average else None,
        "ema_updates": trainer.average.updates if trainer.average else 0,
        "imitation": trainer.imitation.state_dict() if trainer.imitation else None,
        "optimizer": trainer.optimizer.state_dict(),
        "scaler": trainer.scaler.state_dict(),
        "step": trainer.step,
        "history": trainer.history,
        "experiment": trainer.experiment.to_dict(),
        "topology": trainer.topology.to_category(),
    }
    temporary = path.with_suffix(".part")
    torch.save(state, temporary)
    os.replace(temporary, path)


def load(path):
    """Read a checkpoint into host memory; ValueError if it is none."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise
    except Exception as error:  # what a broken file raises depends on where it is broken
        raise ValueError(f"{path} is not a checkpoint: {error}") from None
    if not isinstance(state, dict):
        raise ValueError(f"{path} is not a checkpoint: it holds a {type(state).__name__}")
    return state


def restore(trainer, path):
    """Put a trainer into the state that :func:`save` wrote."""
    state = load(path)
    trainer.network.load_state_dict(state["model"])
    if trainer.average and state["ema"]:
        trainer.average.network.load_state_dict(state["ema"])
        trainer.average.updates = state["ema_updates"]
    if trainer.imitation and state["imitation"]:
        trainer.imitation.load_state_dict(state["imitation"])
    trainer.optimizer.load_state_dict(state["optimizer"])
    trainer.scaler.load_state_dict(state["scaler"])
    trainer.step, trainer.history = state["step"], state["history"]


def load_weights(network, path):
    """Put the weights of a checkpoint (its average where it has one) or of a plain state dict into a network."""
    state = load(path)
    network.load_state_dict(state.get("ema") or state.get("model") or state)
