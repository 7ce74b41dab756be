"""The pose network: front, recurrent layers, and a head that says position or velocity; one step or a whole signal."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from emgctl.training.pose.causal import States
from emgctl.training.pose.front import RollingFront, TdsFront

SLOWED = 0.01  # of vemg2pose's output, so that an untrained network hardly moves
SETTLING_S = 0.25  # after which vemg2pose's regression moves by velocity


class PositionHead(nn.Module):
    """Says each moment's pose afresh: a dense layer, a GRU, and a dense layer of the angles."""

    def __init__(self, width: int, joints: int, hidden: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.inside = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(dropout))
        self.recurrent = nn.GRU(hidden, hidden, layers, batch_first=True)
        self.outside = nn.Sequential(nn.Dropout(dropout), nn.Linear(hidden, joints))
        self._shape = (layers, hidden)

    def initial(self, count: int) -> States:
        """Nothing remembered."""
        return [torch.zeros(count, *self._shape)]

    def forward(self, x: Tensor, states: States) -> tuple[Tensor, States]:
        """Standardised poses ``(N, T, J)`` of features ``(N, T, F)``."""
        y, hidden = self.recurrent(self.inside(x), states[0].transpose(0, 1).contiguous())
        return self.outside(y), [hidden.transpose(0, 1)]


class VelocityHead(nn.Module):
    """vemg2pose's (Salter et al. 2024): an LSTM of features and the last pose says how fast the joints move.

    ``tracking``: it goes on from the pose that is its state, which is given. Else, in regression, it also says where
    the joints are, which counts for the first quarter of a second. Poses are in radians, not standardised.
    """

    def __init__(self, width: int, joints: int, hidden: int, layers: int, tracking: bool, rate_hz: float) -> None:
        super().__init__()
        self.recurrent = nn.LSTM(width + joints, hidden, layers, batch_first=True)
        self.outside = nn.Linear(hidden, joints if tracking else 2 * joints)
        self._joints, self._shape = joints, (layers, hidden)
        self._settling = 0 if tracking else round(SETTLING_S * rate_hz)

    def initial(self, count: int) -> States:
        """Nothing remembered, all angles zero, no step done."""
        hidden = [torch.zeros(count, *self._shape) for _ in range(2)]
        return [*hidden, torch.zeros(count, self._joints), torch.zeros(count, 1)]

    def forward(self, x: Tensor, states: States) -> tuple[Tensor, States]:
        """Poses ``(N, T, J)`` of features ``(N, T, F)``."""
        hidden, cell = (one.transpose(0, 1).contiguous() for one in states[:2])
        pose, done = states[2:]
        poses = []
        for features in x.unbind(dim=1):
            y, (hidden, cell) = self.recurrent(torch.cat((features, pose), dim=1).unsqueeze(1), (hidden, cell))
            said = SLOWED * self.outside(y[:, 0])
            moved = pose + said[:, : self._joints]
            if self._settling:
                moved = torch.where(done < self._settling, said[:, self._joints :] / SLOWED, moved)
            pose, done = moved, torch.clamp(done + 1, max=float(self._settling + 1))
            poses.append(pose)
        return torch.stack(poses, dim=1), [hidden.transpose(0, 1), cell.transpose(0, 1), pose, done]


class PoseNetwork(nn.Module):
    """Samples ``(N, T, C)`` to joint angles ``(N, T / hop, J)`` in radians (or a glove's units), and their confidence.

    What the head says is multiplied by ``scale`` and added to ``mean``. The confidence is the share by which the error
    that is to be expected is below that of always saying the mean pose, ``(N, T / hop)`` in [0, 1].
    """

    mean: Tensor
    scale: Tensor
    usual: Tensor

    def __init__(self, front: TdsFront | RollingFront, head: nn.Module, joints: int) -> None:
        super().__init__()
        self.front, self.head, self.joints = front, head, joints
        self.doubt = nn.Linear(front.width, 1)
        self.register_buffer("mean", torch.zeros(joints))
        self.register_buffer("scale", torch.ones(joints))
        self.register_buffer("usual", torch.ones(()))

    @property
    def hop(self) -> int:
        """Samples to a pose."""
        return self.front.hop

    def initial(self, count: int) -> States:
        """The states before anything was seen."""
        return [*self.front.initial(count), *self.head.initial(count)]  # type: ignore[operator]

    def forward(self, samples: Tensor, states: States) -> tuple[Tensor, Tensor, States]:
        """Poses, confidence, and the next states."""
        used = len(self.front.initial(1))
        features, front = self.front(samples, states[:used])
        said, head = self.head(features, states[used:])
        expected = torch.exp(self.doubt(features)[..., 0])
        return self.mean + self.scale * said, torch.clamp(1 - expected / self.usual, 0, 1), [*front, *head]
