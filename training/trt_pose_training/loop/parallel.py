"""Several processes, on one machine or many, that train one network as one process would: ``torchrun`` starts them."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

_PATIENCE = timedelta(hours=6)  # process 0 measures the accuracy while the others wait for it


class Processes:
    """The processes of a run, this one among them; a context manager that joins and leaves them.

    Args:
        device: where the network is trained, ``cuda`` or ``cpu``; each process of a machine takes a GPU of its own.

    Attributes:
        rank, size: number of this process, counted from 0, and how many there are; only process 0 writes files.
        device: of this process.
    """

    def __init__(self, device: torch.device | str) -> None:
        self.rank, self.size = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        self.device = torch.device(device)
        if self.device.type == "cuda":
            self.device = torch.device("cuda", self.device.index or int(os.environ.get("LOCAL_RANK", 0)))
            torch.cuda.set_device(self.device)

    def __enter__(self) -> Processes:
        if self.size > 1:
            distributed.init_process_group("nccl" if self.device.type == "cuda" else "gloo", timeout=_PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        if self.size > 1:
            distributed.destroy_process_group()

    def mean(self, tensor: torch.Tensor) -> torch.Tensor:
        """The tensor's mean over the processes; without gradient."""
        if self.size == 1:
            return tensor
        tensor = tensor.detach().clone()
        distributed.all_reduce(tensor)
        return tensor / self.size

    def broadcast(self, value: Any) -> Any:
        """What process 0 has for ``value``, anything that can be pickled."""
        if self.size == 1:
            return value
        values = [value]
        distributed.broadcast_object_list(values)
        return values[0]

    def synchronise(self, network: nn.Module) -> nn.Module:
        """The network with batch normalisation over the batches of all processes."""
        if self.size == 1:
            return network
        if self.device.type == "cuda":
            return nn.SyncBatchNorm.convert_sync_batchnorm(network)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.__class__ = _SharedBatchNorm  # it adds a way to compute, and no state
        return network

    def wrap(self, module: nn.Module) -> nn.Module:
        """The module with gradients averaged over the processes."""
        if self.size == 1:
            return module
        return DistributedDataParallel(module)


class _Sum(torch.autograd.Function):
    """The sum over the processes of a tensor that each has; its gradient is the sum of theirs."""

    @staticmethod
    def forward(_, tensor):
        tensor = tensor.clone()
        distributed.all_reduce(tensor)
        return tensor

    @staticmethod
    def backward(_, gradient):
        return _Sum.forward(_, gradient)


class _SharedBatchNorm(nn.BatchNorm2d):
    """Batch normalisation over the batches, of one size, of all processes; torch's own is for GPUs only."""

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        size = distributed.get_world_size()
        values = x.float()
        mean = _Sum.apply(values.mean((0, 2, 3))) / size
        centred = values - mean[:, None, None]
        variance = _Sum.apply(centred.square().mean((0, 2, 3))) / size
        with torch.no_grad():
            count = size * x.numel() / x.shape[1]
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
            self.num_batches_tracked += 1
        scale = self.weight * (variance + self.eps).rsqrt()
        return (centred * scale[:, None, None] + self.bias[:, None, None]).to(x.dtype)
