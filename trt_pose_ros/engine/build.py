"""ONNX file -> serialized TensorRT engine, in this process. :mod:`.child` does it in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .flavour import Flavour
from .log import Log
from .parser import parse
from .progress import Phases

PRECISIONS = ("auto", "float32", "float16", "int8")


class BuildError(ValueError):
    """The engine can't be built; the message says why and what to do."""


@dataclass(frozen=True)
class BuildSpec:
    """What is to be built.

    Attributes:
        model: path of the ONNX file.
        input: name of the network's input.
        layout: of the input, ``nhwc`` or ``nchw``.
        height, width: of the input in pixels.
        batch: largest number of images at a time (the number of cameras); smaller ones run as well.
        precision: ``auto`` takes the types of the file (Q/DQ, float16) where TensorRT can do that, from 10 on, and on
            8.x allows float16, and int8 where the file has Q/DQ. ``float32``: what is float32 in the file is computed
            in float32. ``float16``: the builder may lower what the file has as float32; up to TensorRT 10. ``int8``:
            as ``auto``, for a file that must have Q/DQ.
        target: ``sm_86`` and the like, a GPU that need not be in this machine; empty for the one that is.
        workspace: MiB of GPU memory that a layer may take at most; 0 for TensorRT's own limit.
        level: 0 to 5, how long better kernels are sought; -1 for TensorRT's own. From 8.6 on.
    """

    model: str
    input: str
    height: int
    width: int
    layout: str = "nhwc"
    batch: int = 1
    precision: str = "auto"
    target: str = ""
    workspace: int = 1024
    level: int = -1

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision is {self.precision!r}, must be one of {', '.join(PRECISIONS)}")
        for name, low, high in (("batch", 1, 1024), ("workspace", 0, 1 << 20), ("level", -1, 5)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise ValueError(f"{name} is {value!r}, must be a whole number from {low} to {high}")

    def shape(self, batch: int) -> tuple[int, int, int, int]:
        """The input's shape with ``batch`` images."""
        image = (self.height, self.width, 3) if self.layout == "nhwc" else (3, self.height, self.width)
        return (batch, *image)


@dataclass(frozen=True)
class Built:
    """A new engine.

    Attributes:
        engine: its bytes (a buffer of TensorRT's).
        timing_cache: for the next build, empty where the flavour has none.
        layers: of the network before TensorRT merged them.
        warnings: what TensorRT warned of.
    """

    engine: Any
    timing_cache: bytes
    layers: int
    warnings: list[str] = field(default_factory=list)


def build(
    spec: BuildSpec, flavour: Flavour, timing_cache: bytes = b"", report: Callable[[str, float], None] = lambda *_: None
) -> Built:
    """Build an engine. It takes seconds on a PC, up to an hour on the smallest board.

    Args:
        timing_cache: of an earlier build with the same TensorRT and GPU; whatever else it is, it is ignored.
        report: called with what is being done and the share that is done, 0 to 1.

    Raises:
        BuildError: the model, the options or TensorRT itself stand against it.
    """
    trt = flavour.module
    log = Log.of(flavour)
    report("reading the model", 0.0)
    builder = trt.Builder(log)
    by_file = spec.precision != "float16" or not flavour.interface.precision_flags
    network, parser, problems = parse(flavour, builder, log, spec.model, by_file=by_file)
    if problems:
        raise BuildError(f"{flavour} cannot take {spec.model}: {problems[0]}")
    config = builder.create_builder_config()
    _set_types(spec, flavour, network, config, by_file)
    _set_shapes(spec, builder, network, config)
    if spec.workspace:
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, spec.workspace << 20)
    if spec.level >= 0 and hasattr(config, "builder_optimization_level"):
        config.builder_optimization_level = spec.level
    if spec.target:
        _set_target(spec.target, flavour, config)
    if flavour.interface.timing_cache:
        cache = config.create_timing_cache(timing_cache)
        if not cache or not config.set_timing_cache(cache, False):
            config.set_timing_cache(config.create_timing_cache(b""), False)
    monitor = _monitor(flavour, Phases(report))  # lives as long as config does
    if monitor is not None:
        config.progress_monitor = monitor
    engine = builder.build_serialized_network(network, config)
    del parser  # it owns the weights until here
    if engine is None:
        raise BuildError(f"{flavour} cannot build {spec.model}: {log.first_error() or 'it gives no reason'}")
    kept = bytes(config.get_timing_cache().serialize()) if flavour.interface.timing_cache else b""
    return Built(engine, kept, network.num_layers, list(log.warnings))


def _set_types(spec: BuildSpec, flavour: Flavour, network: Any, config: Any, by_file: bool) -> None:
    """Check the wanted precision against the file, and allow lower types where that is the builder's business."""
    trt, interface = flavour.module, flavour.interface
    if spec.precision == "float32":
        config.clear_flag(trt.BuilderFlag.TF32)  # which would compute float32 with ten bits less
    kinds = {network.get_layer(i).type for i in range(network.num_layers)}
    quantised = trt.LayerType.QUANTIZE in kinds or trt.LayerType.DEQUANTIZE in kinds
    if spec.precision == "int8" and not quantised:
        raise BuildError(
            f"precision is int8, but {spec.model} is not quantised: quantise it "
            f"(python -m trt_pose_training.quantise) or use precision auto"
        )
    if spec.precision == "float16" and not interface.precision_flags and not _has_type(network, trt.DataType.HALF):
        raise BuildError(
            f"precision is float16, but {spec.model} has no float16 in it, and {flavour} takes types from the file "
            f"only: export it with `--precision float16` or use precision auto"
        )
    if by_file and interface.strong_typing:
        return
    if interface.precision_flags:
        if spec.precision != "float32":
            config.set_flag(trt.BuilderFlag.FP16)
        if quantised:
            config.set_flag(trt.BuilderFlag.INT8)


def _has_type(network: Any, wanted: Any) -> bool:
    layers = (network.get_layer(i) for i in range(network.num_layers))
    return any(layer.get_output(k).dtype == wanted for layer in layers for k in range(layer.num_outputs))


def _set_shapes(spec: BuildSpec, builder: Any, network: Any, config: Any) -> None:
    """A profile from one image to the largest batch, of one size; no profile where the file fixes all."""
    tensors = {t.name: t for t in (network.get_input(i) for i in range(network.num_inputs))}
    if spec.input not in tensors:
        raise BuildError(f"{spec.model} has no input {spec.input!r} as its manifest says, only {', '.join(tensors)}")
    others = sorted(set(tensors) - {spec.input})
    if others:
        raise BuildError(f"{spec.model} has further inputs {', '.join(others)}: only one, of images, is possible")
    fixed = tuple(tensors[spec.input].shape)
    wanted = spec.shape(spec.batch)
    if len(fixed) != len(wanted) or any(f not in (-1, w) for f, w in zip(fixed[1:], wanted[1:], strict=True)):
        raise BuildError(
            f"{spec.model} has an input of {_dimensions(fixed)}, which cannot be {_dimensions(wanted)} "
            f"({spec.layout}): choose the input size that it has, or export the model again"
        )
    if -1 not in fixed:
        return  # the batch, too, is the file's own: the engine tells it
    low = spec.shape(1 if fixed[0] == -1 else fixed[0])
    high = wanted if fixed[0] == -1 else low
    profile = builder.create_optimization_profile()
    profile.set_shape(spec.input, low, high, high)
    if config.add_optimization_profile(profile) < 0:
        raise BuildError(f"{spec.model} cannot be run from {_dimensions(low)} to {_dimensions(high)}")


def _set_target(target: str, flavour: Flavour, config: Any) -> None:
    if target not in flavour.targets:
        possible = f"for {', '.join(flavour.targets)} only" if flavour.targets else "for the GPU of this machine only"
        raise BuildError(f"target is {target!r}, but {flavour} builds {possible}; build on the board itself")
    config.num_compute_capabilities = 1
    config.set_compute_capability(flavour.targets[target], 0)


def _dimensions(shape: tuple[int, ...]) -> str:
    return "x".join("?" if n == -1 else str(n) for n in shape)


def _monitor(flavour: Flavour, phases: Phases) -> Any:
    """The module's progress monitor on our phases; None before it had one."""
    base = getattr(flavour.module, "IProgressMonitor", None)
    if base is None:
        return None

    class Monitor(base):  # type: ignore[misc, valid-type]
        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            phases.start(phase_name, parent_phase, num_steps)

        def step_complete(self, phase_name: str, step: int) -> bool:
            phases.step(phase_name, step)
            return True

        def phase_finish(self, phase_name: str) -> None:
            phases.finish(phase_name)

    return Monitor()
