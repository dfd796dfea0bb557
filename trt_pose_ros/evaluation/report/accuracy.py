"""The section of what was found of people: AP, keypoints, and how far joints are off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from .elements import Child
from .figures import ACCURACY, JOINTS, count, share, three_digits
from .parts import bar, section, table
from .plots import Axis, legend, line, plot
from .timeline import numbers


def accuracy_section(accuracy: Mapping[str, Any]) -> Element | None:
    """Tables and plots of a report's ``accuracy``."""
    rows = [
        (figure.name, figure.text(accuracy[key]), bar(accuracy[key]))
        for key, figure in ACCURACY.items()
        if accuracy.get(key) is not None
    ]
    return section(
        "Accuracy",
        table("People and keypoints, 0 to 1", ("Figure", "Value", ""), rows),
        oks_curves([("", accuracy)]),
        _joints(accuracy),
        _correct_keypoints(accuracy.get("pck") or {}),
    )


def oks_curves(accuracies: Sequence[tuple[str, Mapping[str, Any]]]) -> Element | None:
    """AP over the threshold of OKS, a curve for each of the named accuracies; None where there is none."""
    curves = [(name, a["ap_by_oks"]) for name, a in accuracies if a.get("ap_by_oks")]
    if not curves:
        return None
    x, y = Axis.over("OKS that counts as found", 0.5, 0.95), Axis.from_zero("AP", 1.0)
    lines, said = [], []
    for series, (name, curve) in enumerate(curves):
        lines.append(line(x, y, numbers(map(float, curve)), numbers(curve.values()), series))
        said.append(f"{name} {share(next(iter(curve.values())))} at {next(iter(curve))}")
    return plot(
        "AP by OKS threshold",
        x,
        y,
        lines,
        says="AP falls as more likeness is asked for: " + ", ".join(said).strip(),
        legend=legend(enumerate(name for name, _ in curves)) if len(curves) > 1 else None,
    )


def _joints(accuracy: Mapping[str, Any]) -> Element | None:
    """How far each joint is off."""
    errors = {joint: error for joint, error in (accuracy.get("joint_errors") or {}).items() if error}
    all_joints = accuracy.get("joint_error")
    mean = "" if all_joints is None else f"; the mean of all joints is {JOINTS['joint_error'].text(all_joints)}"
    medians = numbers(error.get("median") for error in errors.values())
    longest = np.nanmax(medians, initial=0.0) or 1.0
    rows: list[tuple[Child, ...]] = [
        (
            joint.replace("_", " "),
            three_digits(error.get("median")),
            three_digits(error.get("mean")),
            share(error.get("pck")),
            count(error.get("count")),
            bar(float(np.nan_to_num(median)) / longest, 1),
        )
        for (joint, error), median in zip(errors.items(), medians, strict=True)
    ]
    return table(
        "Distance of joints from their truth",
        ("Joint", "Median [px]", "Mean [px]", "PCK@0.2", "Joints", ""),
        rows,
        note=f"Of people who were found{mean}. The bar is the median.",
    )


def _correct_keypoints(pck: Mapping[str, Any]) -> Element | None:
    rows: list[tuple[Child, ...]] = [
        (name, share(value), bar(value, 2)) for name, value in pck.items() if value is not None
    ]
    return table("Correct keypoints, 0 to 1", ("Figure", "Value", ""), rows)
