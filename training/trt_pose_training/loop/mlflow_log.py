"""Tracking of a run in MLflow, where it is installed."""

from __future__ import annotations

import logging
import os
import time
from importlib.util import find_spec
from pathlib import Path

from ..experiment import Experiment

logger = logging.getLogger(__name__)

_LONGEST = 6000  # characters of a parameter's value that MLflow stores


def open_log(experiment: Experiment, output: str | Path) -> MlflowLog | NoLog:
    """The log of a run: MLflow's, or one that does nothing, and then the log says why.

    Args:
        experiment: the :class:`~trt_pose_training.experiment.Experiment`.
        output: folder of the run, with the database ``mlflow.db``; the environment variable MLFLOW_TRACKING_URI names
            another place. A run that goes on after an interruption is the same run there.
    """
    if not find_spec("mlflow"):
        logger.info("the run is not tracked: MLflow is not installed (pip install mlflow)")
        return NoLog()
    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{Path(output).absolute() / 'mlflow.db'}"
    from mlflow.exceptions import MlflowException  # takes seconds to import

    try:
        log = MlflowLog(uri, experiment, Path(output).absolute())
    except MlflowException as error:
        logger.warning("the run is not tracked in %s: %s", uri, _first_line(error))
        return NoLog()
    logger.info("the run is tracked: mlflow ui --backend-store-uri %s", uri)
    return log


class NoLog:
    """Tracks nothing."""

    def metrics(self, row: dict[str, float]) -> None:
        """Nothing."""

    def artifact(self, path: Path) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class MlflowLog:
    """Tracks one run.

    Args:
        uri: of MLflow's store.
        experiment: whose words become parameters of the run.
        output: folder of the run.
    """

    def __init__(self, uri: str, experiment: Experiment, output: Path) -> None:
        from mlflow.entities import Param
        from mlflow.tracking import MlflowClient

        output.mkdir(parents=True, exist_ok=True)
        self._client = MlflowClient(uri)
        known = output / "mlflow_run.txt"
        if known.is_file():
            self._run = known.read_text()
            self._client.update_run(self._run, "RUNNING")
            return
        found = self._client.get_experiment_by_name(experiment.name)
        local = uri.startswith("sqlite:")  # a server knows by itself where to put files
        number = (
            found.experiment_id
            if found
            else self._client.create_experiment(
                experiment.name, artifact_location=(output / "mlflow_artifacts").as_uri() if local else None
            )
        )
        self._run = self._client.create_run(number, run_name=output.name).info.run_id
        known.write_text(self._run)
        words = _flat(experiment.to_dict())
        self._client.log_batch(self._run, params=[Param(k, str(v)[:_LONGEST]) for k, v in words.items()])

    def metrics(self, row: dict[str, float]) -> None:
        """Track the numbers of a row of the history, which has its ``step`` among them."""
        from mlflow.entities import Metric

        now = int(1000 * time.time())
        figures = [Metric(name, value, now, row["step"]) for name, value in row.items() if name != "step"]
        self._send(self._client.log_batch, metrics=figures)

    def artifact(self, path: Path) -> None:
        """Keep a copy of a file as it is now."""
        self._send(self._client.log_artifact, local_path=path)

    def close(self) -> None:
        """The run is finished."""
        self._send(self._client.set_terminated)

    def _send(self, call, **values):
        from mlflow.exceptions import MlflowException

        try:
            call(self._run, **values)
        except MlflowException as error:  # a server that is away for a while is no reason to stop a training
            logger.warning("not tracked: %s", _first_line(error))


def _first_line(error):
    return str(error).strip().splitlines()[0]


def _flat(data, prefix=""):
    """Nested dicts as one, with keys like ``optimizer.kwargs.lr``."""
    flat = {}
    for key, value in data.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) and value else {f"{prefix}{key}": value}
    return flat
