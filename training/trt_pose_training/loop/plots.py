"""Plots of a run: losses, learning rate and accuracy over the epochs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

_COLORS = ("#1f5fa8", "#c8551b", "#3a8f4d", "#7a4fa3")
_RATE, _CEILING = "#444444", "#999999"


def draw(history: Sequence[dict[str, float]], path: str | Path, title: str) -> None:
    """Draw a history to a PNG.

    Args:
        history: list of dicts with ``epoch``, and with ``learning_rate`` and losses, or with ``ap`` and other figures.
        path: of the PNG.
        title: above it.
    """
    steps = [row for row in history if "learning_rate" in row]
    measured = [row for row in history if "ap" in row]
    figure = Figure(figsize=(8, 6 if measured else 4.5), layout="constrained")
    axes = figure.subplots(3 if measured else 2, sharex=True, height_ratios=[3, 1.4, 2][: 3 if measured else 2])
    figure.suptitle(title)
    losses = [name for name in (steps[0] if steps else {}) if name not in ("step", "epoch", "learning_rate")]
    for name, color in zip(losses, _COLORS, strict=False):
        axes[0].plot(*_columns(steps, name), color=color, label=name)
    axes[0].set(ylabel="loss", yscale="log")
    axes[1].plot(*_columns(steps, "learning_rate"), color=_RATE)
    axes[1].set(ylabel="learning rate")
    axes[1].ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
    if losses:
        axes[0].legend(frameon=False)
    if measured:
        for name, color in zip(("ap", "ap50", "ar"), _COLORS, strict=False):
            axes[2].plot(*_columns(measured, name), color=color, marker="o", markersize=3, label=name.upper())
        if "ap_ceiling" in measured[-1]:
            axes[2].axhline(measured[-1]["ap_ceiling"], color=_CEILING, linestyle="--", label="AP of the targets")
        axes[2].set(ylabel="accuracy", ylim=(0, 1.02))
        axes[2].legend(frameon=False, ncols=4, loc="lower right")
    for a in axes:
        a.grid(alpha=0.3)
        a.spines[["top", "right"]].set_visible(False)
    axes[-1].set(xlabel="epoch")
    figure.savefig(path, dpi=110)


def _columns(rows, name):
    return [row["epoch"] for row in rows], [row[name] for row in rows]
