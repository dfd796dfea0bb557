"""EngineKey: all that an engine depends on. Two builds with the same key give engines that serve each other."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from .build import BuildError, BuildSpec
from .cuda import Device
from .flavour import Flavour

# field -> how a difference in it is told
_WORDS = {
    "model": "the model changed",
    "version": "{flavour} {old} -> {new}",
    "flavour": "{old} -> {new}",
    "gpu": "GPU {old} -> {new}",
    "capability": "GPU architecture {old} -> {new}",
    "input": "input {old} -> {new}",
    "batch": "batch {old} -> {new}",
    "precision": "precision {old} -> {new}",
    "workspace": "workspace {old} -> {new} MiB",
    "level": "optimisation level {old} -> {new}",
}


@dataclass(frozen=True)
class EngineKey:
    """What decides whether an engine may be used.

    Attributes:
        model: sha256 of the model file.
        flavour, version: of TensorRT, which reads the engines of its very own version only.
        gpu: its name; empty where engines serve every GPU of the architecture (TensorRT for RTX).
        capability: its architecture, ``sm_87``.
        input: name, layout, height and width, for example ``image nhwc 256x448``.
        batch: largest batch.
        precision, workspace, level: see :class:`~trt_pose_ros.engine.build.BuildSpec`.
    """

    model: str
    flavour: str
    version: str
    gpu: str
    capability: str
    input: str
    batch: int
    precision: str
    workspace: int
    level: int

    @classmethod
    def of(cls, spec: BuildSpec, model: str, flavour: Flavour, device: Device | None) -> EngineKey:
        """The key of what is to be built.

        Args:
            spec: what is to be built.
            model: sha256 of the model file.
            flavour: the TensorRT that builds.
            device: the GPU of this machine, None without any; then the spec must name a target.

        Raises:
            BuildError: neither a GPU nor a target that this TensorRT can build for.
        """
        if spec.target and spec.target not in flavour.targets:
            possible = f"can build for {', '.join(flavour.targets)}" if flavour.targets else "builds on the board only"
            raise BuildError(f"target is {spec.target!r}, but {flavour} {possible}")
        if not spec.target and device is None:
            ways = (
                f"name the GPU to build for: --target {' or '.join(flavour.targets)}"
                if flavour.targets
                else (f"{flavour} can build engines on a machine with an NVIDIA GPU only")
            )
            raise BuildError(f"this machine has no NVIDIA GPU that CUDA can use; {ways}")
        return cls(
            model=model,
            flavour=flavour.name,
            version=flavour.version,
            gpu="" if flavour.targets or device is None else device.name,
            capability=spec.target or (device.target if device else ""),
            input=f"{spec.input} {spec.layout} {spec.height}x{spec.width}",
            batch=spec.batch,
            precision=spec.precision,
            workspace=spec.workspace,
            level=spec.level,
        )

    @property
    def digest(self) -> str:
        """16 hex digits that stand for the key."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    def differences(self, old: EngineKey) -> list[str]:
        """How this key differs from an older one, each in a few words."""
        ours, theirs = asdict(self), asdict(old)
        changed = [name for name in _WORDS if ours[name] != theirs[name]]
        if "flavour" in changed:  # then the versions have nothing to do with each other
            changed = [name for name in changed if name != "version"]
        return [
            _WORDS[name].format(flavour=self.flavour, old=theirs[name] or "any", new=ours[name] or "any")
            for name in changed
        ]
