"""Trains a pair of encoders contrastively, on a GPU if there is one, in several processes if started by torchrun.

A batch consists of *sets*, each with one window of every class. In a set, the window of each class must match its class
and vice versa: symmetric cross-entropy over the set's matrix of inner products.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from emgctl.errors import UsageError
from emgctl.training.contrastive.batches import EpisodeSampler
from emgctl.training.contrastive.modules import PrototypeHead, SharedDropout
from emgctl.training.export.checkpoint import Checkpoint
from emgctl.training.history import History


@dataclass(frozen=True, slots=True)
class ContrastiveConfig:
    """Training settings of a pair.

    ``sets`` make up a batch; an epoch has as many batches as the median number of windows per class fills. ``decay`` is
    AdamW's. ``class_rate``: learning rate of the class vectors, 0 for the same ``rate``. ``cycle``: a one-cycle rate up
    to twice ``rate``; otherwise it decays to zero as a cosine.
    """

    epochs: int = 30
    sets: int = 20
    rate: float = 1e-3
    class_rate: float = 0.0
    decay: float = 1e-3
    noise: float = 0.2
    smoothing: float = 0.05
    cycle: bool = True


Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """Where to train: rank and number of processes, and the device."""

    rank: int = 0
    processes: int = 1
    device: str = "cpu"

    @classmethod
    def found(cls) -> WorkerContext:
        """The rank assigned by torchrun, or a single process; on a GPU if there is one."""
        rank, count = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
        local = int(os.environ.get("LOCAL_RANK", "0"))
        gpu = torch.cuda.is_available()
        if count > 1 and not torch.distributed.is_initialized():
            torch.distributed.init_process_group("nccl" if gpu else "gloo")
        return cls(rank, count, f"cuda:{local}" if gpu else "cpu")

    @staticmethod
    def leave() -> None:
        """Leave the process group, if there is one."""
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()

    @property
    def first(self) -> bool:
        """Whether this is the process that writes files."""
        return self.rank == 0


def train_pair(
    pair: PrototypeHead,
    z: Tensor,
    sets: EpisodeSampler,
    settings: ContrastiveConfig,
    seed: int,
    history: History,
    progress: Progress | None = None,
    place: WorkerContext | None = None,
    checkpoint: Path | None = None,
) -> PrototypeHead:
    """Train a pair and return it on the CPU, in evaluation mode.

    Args:
        pair: with its initial weights, the same in every process.
        z: standardized features ``(N, ...)``; noise is added to them.
        sets: which windows form a set.
        settings: the training settings.
        seed: seed of the sets and the noise; the same in every process.
        history: receives ``train_loss``, one value per epoch.
        progress: called after each epoch.
        place: where to train; None for this process alone, on the CPU.
        checkpoint: a file written after each epoch, and continued from if it exists.

    Raises:
        UsageError: the sets of a batch cannot be divided among the processes, or the checkpoint is of another training.
    """
    place = place or WorkerContext()
    if settings.sets % place.processes:
        raise UsageError(f"a batch of {settings.sets} sets can't be divided among {place.processes} processes")
    pair, z = pair.to(place.device), z.to(place.device)
    batches = max(1, sets.median // settings.sets)
    trained: nn.Module = pair
    if place.processes > 1:
        trained = nn.parallel.DistributedDataParallel(pair)
    of_classes: dict[str, Any] = {"params": [pair.vectors, pair.log_scale], "lr": settings.class_rate or settings.rate}
    groups: list[dict[str, Any]] = [{"params": list(pair.encoder.parameters())}, of_classes]
    optimizer = torch.optim.AdamW(groups, settings.rate, weight_decay=settings.decay)
    steps = batches * settings.epochs
    falling: torch.optim.lr_scheduler.LRScheduler
    if settings.cycle:
        falling = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2 * settings.rate, steps + 1)
    else:
        falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    kept = Checkpoint(checkpoint, pair, optimizer, falling, f"{asdict(settings)} {seed} {tuple(z.shape)} {_digest(z)}")
    first_epoch = kept.read(history)
    mine = slice(place.rank, None, place.processes)
    for one in pair.modules():
        if isinstance(one, SharedDropout):
            one.share = (place.rank, place.processes, settings.sets // place.processes)
    for epoch in range(first_epoch, settings.epochs):
        trained.train()
        # one generator per epoch, so that training continues from a checkpoint as if uninterrupted
        chance = torch.Generator().manual_seed(seed * 100003 + epoch)
        torch.manual_seed(seed * 100003 + epoch)
        total = torch.zeros((), device=z.device)
        for _ in range(batches):
            chosen = sets.draw(settings.sets, chance)
            noise = settings.noise * torch.randn(chosen.shape + z.shape[1:], generator=chance) if settings.noise else 0
            windows = (z[chosen] + (noise.to(z.device) if isinstance(noise, Tensor) else 0))[mine]
            optimizer.zero_grad()
            with _mixed(place.device):
                logits = trained(windows.flatten(0, 1))
            loss = symmetric_loss(logits.float().reshape(*windows.shape[:2], -1)[..., sets.present], settings.smoothing)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            falling.step()
            total += loss.detach()
        mean = total / batches
        if place.processes > 1:
            torch.distributed.all_reduce(mean)
            mean = mean / place.processes
        history.setdefault("train_loss", []).append(float(mean))
        if place.first:
            kept.write(history, epoch + 1)
        if progress is not None:
            progress(epoch + 1, settings.epochs)
    return pair.to("cpu").eval()


def symmetric_loss(logits: Tensor, smoothing: float = 0.0) -> Tensor:
    """The mean of window-to-class and class-to-window cross-entropy in sets ``(sets, K, K)``, windows by row."""
    count = logits.shape[-1]
    truth = torch.arange(count, device=logits.device).expand(len(logits), count)
    there = nn.functional.cross_entropy(logits.transpose(1, 2), truth, label_smoothing=smoothing)
    back = nn.functional.cross_entropy(logits, truth, label_smoothing=smoothing)
    return (there + back) / 2


def _mixed(device: str) -> AbstractContextManager[Any]:
    return torch.autocast("cuda", torch.bfloat16) if device.startswith("cuda") else nullcontext()


def _digest(z: Tensor) -> str:
    return hashlib.sha256(z.cpu().contiguous().numpy().tobytes()).hexdigest()[:16]
