"""How a small network is trained on features."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from emgctl.training.classifier.model_zoo import Schedule
from emgctl.training.history import History

_WATCHED = 2048  # windows at once, for the memory's sake
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Steps:
    """Reports the progress of one of several networks' training."""

    progress: Progress | None
    network: int
    networks: int

    def done(self, epoch: int, epochs: int) -> None:
        """Note that an epoch is complete."""
        if self.progress is not None:
            self.progress(self.network * epochs + epoch, self.networks * epochs)


def train_network(
    network: nn.Module,
    z: Tensor,
    y: Tensor,
    classes: int,
    schedule: Schedule,
    held: tuple[Tensor, Tensor] | None,
    history: History,
    steps: Steps,
) -> nn.Module:
    """Train a network that gives logits ``(N, classes)``, and return it in evaluation mode.

    Args:
        network: with its first weights.
        z: standardized features, ``(N, F)``.
        y: labels, ``(N,)``.
        classes: how many labels there are.
        schedule: how to train.
        held: features and labels to watch, and to stop early by.
        history: receives the learning curves.
        steps: notified of each epoch.
    """
    weight = None if schedule.patience else balance(y, classes)  # the baseline is as published: unweighted
    loss_of = nn.CrossEntropyLoss(weight, label_smoothing=schedule.smoothing)
    optimizer = torch.optim.AdamW(network.parameters(), schedule.rate, weight_decay=schedule.decay)
    batch = min(schedule.batch, len(z))
    batches = len(z) // batch if schedule.patience is None else -(-len(z) // batch)
    epochs = schedule.epochs_for(batches)
    cycle = None
    if schedule.patience is None:
        cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, schedule.rate, total_steps=batches * epochs)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs) if schedule.cosine else None
    best, best_loss, waited = copy.deepcopy(network.state_dict()), float("inf"), 0
    for epoch in range(epochs):
        network.train()
        total = torch.zeros(())
        for chosen in torch.split(torch.randperm(len(z)), batch)[:batches]:
            noisy = z[chosen] + schedule.noise * torch.randn(len(chosen), z.shape[1]) if schedule.noise else z[chosen]
            optimizer.zero_grad()
            loss = loss_of(network(noisy), y[chosen])
            loss.backward()
            optimizer.step()
            if cycle is not None:
                cycle.step()
            total += loss.detach() * len(chosen)
        if falling is not None:
            falling.step()
        _note(history, "train_loss", float(total) / len(z))
        steps.done(epoch + 1, epochs)
        if held is None:
            continue
        network.eval()
        with torch.inference_mode():
            scores = torch.cat([network(part) for part in torch.split(held[0], _WATCHED)])
            watched = float(loss_of(scores, held[1]))
        _note(history, "validation_loss", watched)
        _note(history, "validation_accuracy", float((scores.argmax(1) == held[1]).float().mean()))
        if schedule.patience is not None:
            if watched < best_loss:
                best, best_loss, waited = copy.deepcopy(network.state_dict()), watched, 0
            elif (waited := waited + 1) >= schedule.patience:
                break
    if held is not None and schedule.patience is not None:
        network.load_state_dict(best)
    return network.eval()


def balance(y: Tensor, classes: int) -> Tensor:
    """A weight for each class, so that all count the same however many windows they have; ``(classes,)``."""
    counts = torch.bincount(y, minlength=classes).float()
    return len(y) / counts.clamp_min(1) / (counts > 0).sum()


def _note(history: History, name: str, value: float) -> None:
    history.setdefault(name, []).append(value)
