"""The pose network: front, recurrent layers and a head for position or velocity; one step or a whole signal."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from emgctl.training.classifier.modules import IgnoringChannels, Intensity
from emgctl.training.pose.frontend import Recent, RollingFront, TdsFront
from emgctl.training.pose.streaming_layers import States

SLOWED = 0.01  # scale of vemg2pose's output, so that an untrained network hardly moves
SETTLING_S = 0.25  # after which vemg2pose in regression mode uses velocities


class PositionHead(nn.Module):
    """Predicts each frame's pose from scratch: a dense layer, a GRU, and a dense layer of the angles.

    In training it also classifies the movement (``movements`` of them), which helps to distinguish poses.
    """

    def __init__(self, width: int, joints: int, hidden: int, dropout: float, movements: int = 0) -> None:
        super().__init__()
        self.inside = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(dropout))
        self.recurrent = nn.GRU(hidden, hidden, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.outside = nn.Linear(hidden, joints)
        self.movement = nn.Linear(hidden, movements) if movements > 1 else None
        self._hidden = hidden

    def initial(self, count: int) -> States:
        """Initial state: no memory."""
        return [torch.zeros(count, self._hidden)]

    def both(self, x: Tensor, states: States) -> tuple[Tensor, Tensor | None, States]:
        """Standardized poses ``(N, T, J)``, and logits of the movements ``(N, T, M)`` if there are any."""
        y, hidden = self.recurrent(self.inside(x), states[0].unsqueeze(0))
        y = self.dropout(y)
        return self.outside(y), None if self.movement is None else self.movement(y), [hidden[0]]

    def forward(self, x: Tensor, states: States) -> tuple[Tensor, States]:
        """Standardized poses ``(N, T, J)`` of features ``(N, T, F)``."""
        y, _, states = self.both(x, states)
        return y, states


class VelocityHead(nn.Module):
    """vemg2pose's head (Salter et al. 2024): an LSTM predicts joint velocities from features and the last pose.

    ``tracking``: it continues from the pose that is its state. Otherwise, in regression mode, it also predicts the
    joint angles, which are used for the first quarter of a second. Poses are in radians, not standardized.
    """

    def __init__(self, width: int, joints: int, hidden: int, layers: int, tracking: bool, rate_hz: float) -> None:
        super().__init__()
        self.recurrent = nn.LSTM(width + joints, hidden, layers, batch_first=True)
        self.outside = nn.Linear(hidden, joints if tracking else 2 * joints)
        self.tracking = tracking
        self._joints, self._shape = joints, (layers, hidden)
        self._settling = 0 if tracking else round(SETTLING_S * rate_hz)

    def initial(self, count: int, pose: Tensor | None = None) -> States:
        """Initial state: no memory, no step done; the joints at ``pose`` ``(count, J)``, by default all angles zero."""
        hidden = [torch.zeros(count, *self._shape) for _ in range(2)]
        return [*hidden, torch.zeros(count, self._joints) if pose is None else pose, torch.zeros(count, 1)]

    def both(self, x: Tensor, states: States) -> tuple[Tensor, Tensor | None, States]:
        """As :meth:`PositionHead.both`, but without movements."""
        y, states = self(x, states)
        return y, None, states

    def forward(self, x: Tensor, states: States) -> tuple[Tensor, States]:
        """Poses ``(N, T, J)`` of features ``(N, T, F)``."""
        hidden, cell = (one.transpose(0, 1).contiguous() for one in states[:2])
        pose, done = states[2:]
        poses = []
        for features in x.unbind(dim=1):
            y, (hidden, cell) = self.recurrent(torch.cat((features, pose), dim=1).unsqueeze(1), (hidden, cell))
            predicted = SLOWED * self.outside(y[:, 0])
            moved = pose + predicted[:, : self._joints]
            if self._settling:
                moved = torch.where(done < self._settling, predicted[:, self._joints :] / SLOWED, moved)
            pose, done = moved, torch.clamp(done + 1, max=float(self._settling + 1))
            poses.append(pose)
        return torch.stack(poses, dim=1), [hidden.transpose(0, 1), cell.transpose(0, 1), pose, done]


class PoseNetwork(IgnoringChannels):
    """Samples ``(N, T, C)`` to joint angles ``(N, T / hop, J)`` in radians, their confidence, and the intensity.

    The head's output is multiplied by ``scale`` and added to ``mean``. The confidence is the relative reduction of the
    expected error (``doubt``) compared to always predicting the mean pose (``usual``), ``(N, T / hop)`` in [0, 1]; the
    intensity is the level of muscle activity, with the same shape.
    """

    mean: Tensor
    scale: Tensor
    usual: Tensor

    def __init__(self, front: TdsFront | RollingFront, head: PositionHead | VelocityHead, intensity: Intensity,
                 joints: int, channels: int, effort: int) -> None:  # fmt: skip
        super().__init__()
        self.front, self.head, self.joints, self.intensity = front, head, joints, intensity
        self.recent = Recent(channels, effort, front.hop)
        self.doubt = nn.Linear(front.width, 1)
        self.register_buffer("mean", torch.zeros(joints))
        self.register_buffer("scale", torch.ones(joints))
        self.register_buffer("usual", torch.ones(()))

    @property
    def hop(self) -> int:
        """Predict poses from samples."""
        return self.front.hop

    def initial(self, count: int, pose: Tensor | None = None) -> States:
        """The initial states; if poses are tracked, at a ``pose`` ``(count, J)``."""
        start = self.head.initial(count, pose) if isinstance(self.head, VelocityHead) else self.head.initial(count)
        return [*self.recent.initial(count), *self.front.initial(count), *start]

    def poses(self, x: Tensor, pose: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Standardized poses and logits of movements, in training: of the front's features, or of samples.

        ``pose`` ``(N, J)`` is the initial pose if poses are tracked.
        """
        used = 1 + len(self.front.initial(1))
        states = [one.to(x.device) for one in self.initial(len(x), pose)]
        if isinstance(self.front, TdsFront):
            x, _ = self.front(x, states[1:used])
        predicted, movements, _ = self.head.both(x, states[used:])
        return predicted, movements

    def forward(self, samples: Tensor, states: States) -> tuple[Tensor, Tensor, Tensor, States]:
        """Poses, confidence, intensity, and the next states."""
        samples, used = self._without_ignored(samples), 1 + len(self.front.initial(1))
        windows, effort = self.recent(samples, states[:1])
        features, front = self.front(samples, states[1:used])
        predicted, head = self.head(features, states[used:])
        confidence = torch.clamp(1 - torch.exp(self.doubt(features)[..., 0]) / self.usual, 0, 1)
        intensity = self.intensity(windows).unflatten(0, (samples.shape[0], -1))
        return self.mean + self.scale * predicted, confidence, intensity, [*effort, *front, *head]
