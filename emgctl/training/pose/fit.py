"""Fits a pose network on the training part only, reproducibly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from emgctl.errors import UsageError
from emgctl.inference.model import rotation_order
from emgctl.inference.pose_model import EFFORT_S
from emgctl.recording.windows import Indices, Windows
from emgctl.support.evenly_spaced import evenly_spaced
from emgctl.training.classifier.fit import repeatable
from emgctl.training.classifier.modules import Intensity
from emgctl.training.contrastive.train_loop import WorkerContext
from emgctl.training.data.splits import Fold
from emgctl.training.history import History
from emgctl.training.pose.config import Network, Schedule
from emgctl.training.pose.cross_validation import HeldOutPoses, errors, shrinkage
from emgctl.training.pose.frames import PoseFrames, samples_of, segments
from emgctl.training.pose.frontend import RollingFront, TdsFront
from emgctl.training.pose.network import PoseNetwork, PositionHead, VelocityHead
from emgctl.training.pose.predict import features, predict
from emgctl.training.pose.sequences import SequenceSampler, TrainingSegment
from emgctl.training.pose.stacking import Described, cross_fitted, groups

LEVELS = 4096  # frames used to estimate the levels of rest and effort
REHEARSALS = 4  # held-out fits, each without some of the people
RIDGE = 0.1  # of the error prediction
LEAST_ERROR = 1e-3  # in standard deviations
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class PoseFitConfig:
    """What to fit: ``length`` and ``memory`` of rolling windows in samples, or raw samples (``length`` 0).

    ``turns``: also train with a ring armband rotated by up to this many electrodes. ``tracking``: the head continues
    from a true pose.
    """

    length: int
    memory: int
    network: Network
    schedule: Schedule
    turns: int = 0
    tracking: bool = False
    rest: str = ""
    seed: int = 0


def fit_pose(
    windows: PoseFrames, fold: Fold, config: PoseFitConfig, progress: Progress | None, history: History
) -> PoseNetwork:
    """Fit a pose network on the training frames of a fold.

    A fit without the last training group (repetition or part) estimates the errors, from which the confidence is
    trained. If other people will be decoded, there is one such fit for each training person, or each quarter of them,
    which also determines how much predictions are shrunk towards the mean.

    Raises:
        UsageError: no training frame has a pose.
    """
    chosen = fold.trained_on
    known = np.isfinite(windows.angles[chosen]).all(axis=1)
    if not known.any():
        raise UsageError("no training frame has a known pose")
    group = groups(windows, chosen, fold.others)
    count = int(group.max()) + 1
    people = fold.others and len(np.unique(windows.person[chosen])) > 1
    if people:
        group = group * min(count, REHEARSALS) // count
    away = [one for one in (np.unique(group) if people else [group.max()])
            if (known & (group == one)).any() and (known & (group != one)).any()]  # fmt: skip
    steps = config.schedule.steps // 2
    shorter = replace(config, schedule=replace(config.schedule, steps=steps))

    def tell(before: int, step: int) -> None:
        if progress is not None:
            progress(before + step, len(away) * steps + config.schedule.steps)

    with repeatable(config.seed):
        held_out = []
        for number, one in enumerate(away):
            trial = _Fitting(windows, chosen[group != one], fold.others, shorter)
            trial.train({}, partial(tell, number * steps))
            held_out.append(trial.held_out(chosen[group == one]))
        fitting = _Fitting(windows, chosen, fold.others, config)
        fitting.train(history, partial(tell, len(away) * steps))
        share = np.ones(len(fitting.network.mean), np.float32)
        if people and held_out and not config.network.velocity:
            share = shrinkage(held_out)
            fitting.network.scale = fitting.network.scale * torch.from_numpy(share)
        held_out = held_out or [fitting.held_out(chosen)]
        fitting.doubt(np.concatenate([one.moments for one in held_out]), errors(held_out, share))
    return fitting.network.eval()


class _Fitting:
    """One network and the frames it is fitted on."""

    def __init__(self, windows: PoseFrames, chosen: Indices, others: bool, config: PoseFitConfig) -> None:
        self._windows, self._chosen, self._config, self._others = windows, chosen, config, others
        pose = windows.angles[chosen]
        joints, self._movements = pose.shape[1], len(windows.label_names)
        self._mean, scale = np.nanmean(pose, axis=0), np.nanstd(pose, axis=0)
        self._scale = np.maximum(scale, 1e-4)
        signal, network = windows.signal, config.network
        front: RollingFront | TdsFront
        if config.length:
            movements = self._movements if config.schedule.movement else 0
            front = RollingFront(signal.channels, config.length, config.memory, windows.hop, joints + self._movements)
        else:
            movements = 0
            front = TdsFront(signal.channels, network.size, dropout=0.0)
        rate_hz = signal.rate_hz / windows.hop
        head = (
            VelocityHead(front.width, joints, network.hidden, network.layers, config.tracking, rate_hz)
            if network.velocity
            else PositionHead(front.width, joints, network.hidden, network.dropout, movements)
        )
        effort = max(round(EFFORT_S * signal.rate_hz), windows.hop)
        self.network = PoseNetwork(
            front, head, self._intensity(effort), joints, signal.channels, effort,
        )  # fmt: skip
        if not network.velocity:
            self.network.mean, self.network.scale = torch.tensor(self._mean), torch.tensor(self._scale)

    def _intensity(self, length: int) -> Intensity:
        windows, chosen = self._windows, self._chosen
        some = chosen[evenly_spaced(len(chosen), LEVELS)]
        resting = np.array([name == self._config.rest for name in windows.label_names])[windows.labels[some]]
        ends = replace(windows, start=windows.start + windows.length - length, length=length)
        some, resting = (one[ends.start[some] >= 0] for one in (some, resting))
        return Intensity(torch.from_numpy(ends.take(some)), torch.from_numpy(resting))

    def train(self, history: History, progress: Callable[[int], None]) -> None:
        """Train on the chosen frames."""
        front = self.network.front
        sequences = self._of_features(front) if isinstance(front, RollingFront) else self._of_samples(front)
        rate_hz = self._windows.signal.rate_hz / self._windows.hop
        train_network(self.network, sequences, self._config, rate_hz, history, progress)

    def _of_features(self, front: RollingFront) -> list[TrainingSegment]:
        """The segments as features, each predicted by a regression that was not trained on its group."""
        windows, chosen = self._windows, self._chosen
        described = Described(windows, front)
        turns = range(-self._config.turns, self._config.turns + 1)
        z, turned_by = described.standardized(chosen, turns)
        whole = np.tile(chosen, len(turned_by))
        pose, labels = self._standard(whole), windows.labels[whole]
        truth = np.concatenate((np.nan_to_num(pose), described.one_hot(labels)), axis=1)
        group = np.tile(groups(windows, chosen, self._others), len(turned_by))
        known = np.asarray(np.isfinite(pose).all(axis=1))
        front.weights, stacked = cross_fitted(z, truth.astype(np.float32), known, group)
        x = torch.chunk(front.reduced(z, stacked), len(turned_by))
        return [
            TrainingSegment(partial(_rows, one[first:last]), pose[:len(chosen)][first:last], movement[first:last])
            for pose, movement in [(torch.from_numpy(pose), torch.from_numpy(labels))]
            for one in x
            for first, last in _places(segments(windows, chosen))
        ]  # fmt: skip

    def _of_samples(self, front: TdsFront) -> list[TrainingSegment]:
        windows, chosen = self._windows, self._chosen
        some = chosen[evenly_spaced(len(chosen), LEVELS)]
        taken = torch.from_numpy(np.concatenate([samples_of(windows, some[one : one + 1]) for one in range(len(some))]))
        front.mean, front.scale = taken.mean(0), 1 / taken.std(0).clamp_min(1e-6)
        pose, labels = torch.from_numpy(self._standard(chosen)), torch.from_numpy(windows.labels[chosen])
        parts = segments(windows, chosen)
        return [
            TrainingSegment(partial(_samples, windows, part), pose[first:last], labels[first:last])
            for part, (first, last) in zip(parts, _places(parts), strict=True)
        ]

    def _standard(self, chosen: Indices) -> NDArray[np.float32]:
        """Poses in the head's representation."""
        pose = self._windows.angles[chosen]
        if self._config.network.velocity:
            return pose
        standard: NDArray[np.float32] = ((pose - self._mean) / self._scale).astype(np.float32)
        return standard

    def held_out(self, moments: Indices) -> HeldOutPoses:
        """The network's predictions for frames, and the true values."""
        predicted = predict(self.network.eval(), self._windows, moments).poses
        return HeldOutPoses(moments, predicted - self._mean, self._windows.angles[moments] - self._mean, self._scale)

    def doubt(self, held: Indices, errors: NDArray[np.float32]) -> None:
        """Fit the error prediction to the errors at held-out frames."""
        network = self.network.eval()
        x = features(network, self._windows, held).double()
        pose = self._windows.angles[held]
        known = torch.from_numpy(np.isfinite(errors))
        x, log = x[known], torch.log(torch.from_numpy(errors)[known].double() + LEAST_ERROR)
        middle, spread = x.mean(0), x.std(0, correction=0) + 1e-6
        z = (x - middle) / spread
        ridge = RIDGE * len(z) * torch.eye(z.shape[1], dtype=z.dtype)
        found = torch.linalg.solve(z.T @ z + ridge, z.T @ (log - log.mean())) / spread
        with torch.no_grad():
            network.doubt.weight.copy_(found.float()[None])
            network.doubt.bias.copy_((log.mean() - middle @ found).float()[None])
        usual = (np.abs(pose - self._mean) / self._scale).mean(axis=1)
        network.usual = torch.tensor(float(np.exp(np.nanmean(np.log(usual + LEAST_ERROR)))))


def _rows(x: Tensor, first: int, last: int) -> Tensor:
    return x[first:last]


def _samples(windows: Windows, segment: Indices, first: int, last: int) -> Tensor:
    return torch.from_numpy(samples_of(windows, segment[first:last]))


def _places(parts: list[Indices]) -> list[tuple[int, int]]:
    ends = np.cumsum([len(one) for one in parts])
    return [(int(end) - len(one), int(end)) for one, end in zip(parts, ends, strict=True)]


def train_network(
    network: PoseNetwork,
    sequences: list[TrainingSegment],
    config: PoseFitConfig,
    rate_hz: float,
    history: History,
    progress: Callable[[int], None],
) -> None:
    """Train the head, and the front if trainable, on segments at ``rate_hz`` frames per second; uses a GPU if any.

    Args:
        network: with its initial weights; returned on the CPU.
        sequences: inputs as computed by the network's front, or samples.
        config: the fit settings.
        rate_hz: frames per second.
        history: receives ``train_loss``, one value per percent of the training.
        progress: called with the number of steps done.
    """
    schedule, device = config.schedule, WorkerContext.found().device
    draw = SequenceSampler(sequences, schedule.batch, round(schedule.seconds * rate_hz), config.seed)
    network.to(device).train()
    optimizer = torch.optim.AdamW(
        [one for one in network.parameters() if one.requires_grad], schedule.rate, weight_decay=schedule.decay
    )
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, schedule.rate, schedule.steps + 1)
    each, total = max(schedule.steps // 100, 1), 0.0
    for step in range(1, schedule.steps + 1):
        batch = type(taken := draw())(*(one.to(device) for one in taken))
        x = batch.x + schedule.noise * torch.randn_like(batch.x) if schedule.noise else batch.x
        if config.turns and not config.length:
            x = _turned_by_chance(x, config.turns)
        initial = batch.pose[:, 0] if config.tracking else None
        predicted, movement = network.poses(x, initial)
        loss = _loss(predicted, movement, batch.pose, batch.movement, batch.counts, schedule)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        rate.step()
        total += float(loss.detach())
        if step % each == 0:
            history.setdefault("train_loss", []).append(total / each)
            total = 0.0
            progress(step)
    network.to("cpu")


def _loss(
    predicted: Tensor, movement: Tensor | None, pose: Tensor, movements: Tensor, counts: Tensor, schedule: Schedule
) -> Tensor:
    apart = nn.functional.smooth_l1_loss(predicted, pose, reduction="none", beta=schedule.beta)
    loss = (apart * counts).sum() / counts.sum().clamp_min(1)
    if movement is not None and schedule.movement:
        there = counts.amax(dim=2)
        wrong = nn.functional.cross_entropy(movement.flatten(0, 1), movements.flatten(), reduction="none")
        loss = loss + schedule.movement * (wrong * there.flatten()).sum() / there.sum().clamp_min(1)
    return loss


def _turned_by_chance(x: Tensor, most: int) -> Tensor:
    """Each segment as if the armband had been worn rotated."""
    by = torch.randint(-most, most + 1, (len(x),)).tolist()
    return torch.stack([one[:, rotation_order(x.shape[2], turn)] for one, turn in zip(x, by, strict=True)])
