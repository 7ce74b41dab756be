"""A pose model file: one ONNX graph that takes the next samples and its state, and predicts the hand's pose."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import ModelError
from emgctl.inference.bound_session import BoundSession
from emgctl.inference.fusion import agree, fused, trial_windows
from emgctl.inference.model import NOISE, WARM_UP_RUNS, first_runs, open_model, rotation_order
from emgctl.inference.model_card import MOST_SAMPLES, ModelCard
from emgctl.inference.onnx_session import content, session_of
from emgctl.types import Samples

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

log = logging.getLogger(__name__)
SAMPLES = "samples"
OUTPUTS = ("pose", "confidence", "intensity")
NOISY_RUNS = 10  # of the warm-up runs
STATE, NEXT = "state", "next"
EFFORT_S = 0.2  # of signal used for the intensity
POSE_STATE = "pose_state"  # joint angles in radians, for a model that tracks


class Step(NamedTuple):
    """A pose ``(J,)`` in radians, with confidence and intensity in [0, 1]; the intensity is valid once ``settled``."""

    angles_rad: NDArray[np.float32]
    confidence: float
    intensity: float
    settled: bool


class PoseModel:
    """A loaded pose model and its state between steps."""

    def __init__(self, path: Path, card: ModelCard, session: InferenceSession, sha256: str) -> None:
        self.path, self.card, self.sha256 = path, card, sha256
        inputs = {one.name: np.zeros(one.shape, np.float32) for one in session.get_inputs()}
        names = [one.name for one in session.get_outputs()]
        found = dict(zip(names, session.run(names, inputs), strict=True))
        self._samples = inputs.pop(SAMPLES)
        self._order: NDArray[np.int64] | None = None
        self.tracks = POSE_STATE in inputs
        results, following = names[: len(OUTPUTS)], names[len(OUTPUTS) :]
        self._results = {name: found[name] for name in results}
        self._states = inputs, {name: array.copy() for name, array in inputs.items()}  # of this step, and the next
        self._following = dict(zip(inputs, following, strict=True))
        self._decode_by(session)
        self.reset()

    def _decode_by(self, session: InferenceSession) -> None:
        """Decode by a session of the same model from now on."""
        self._steps = [
            BoundSession(
                session,
                {SAMPLES: self._samples, **before},
                self._results,
                {self._following[name]: array for name, array in after.items()},
            )
            for before, after in (self._states, self._states[::-1])
        ]

    def _speed_up(self, data: bytes) -> None:
        """Decode by fewer operators, where they are known to give the same."""
        usual = self._steps
        try:
            fewer = fused(data, self.card)
            if fewer is not None:
                expected = self._trial()
                self._decode_by(session_of(self.path, fewer))
                if agree(expected, self._trial()):
                    return
        except Exception:  # a file may have any graph, and onnxruntime's exceptions share no public base class
            log.debug("%s cannot be decoded faster", self.path, exc_info=True)
        self._steps = usual

    def _trial(self) -> dict[str, NDArray[np.float32]]:
        """Its outputs from the beginning of a signal."""
        self.reset()
        steps = [self.step(samples) for samples in trial_windows(self._samples.shape[1:])]
        return {name: np.array([step[place] for step in steps]) for place, name in enumerate(OUTPUTS)}

    @classmethod
    def load(cls, path: Path, sha256: str = "") -> Self:
        """Read, verify and warm up a pose model.

        Raises:
            ModelError: the file is missing, damaged, not emgctl's, of another kind, or has another hash.
        """
        session, card, digest = open_model(path, sha256, "pose")
        found = {one.name: list(one.shape) for one in session.get_inputs()}
        wanted = [1, card.hop, card.signal.channels]
        if found.get(SAMPLES) != wanted or not card.joints:
            raise ModelError(
                path, f"expects {found.get(SAMPLES)}, but its card declares {wanted} and {len(card.joints)} joints"
            )
        outputs = [one.name for one in session.get_outputs()]
        if tuple(outputs[: len(OUTPUTS)]) != OUTPUTS or len(outputs) - len(OUTPUTS) != len(found) - 1:
            raise ModelError(path, f"has the outputs {', '.join(outputs)}", remedy="train it again")
        if not all(isinstance(size, int) and 0 < size <= MOST_SAMPLES for shape in found.values() for size in shape):
            raise ModelError(path, f"expects {found}, which are not valid sizes", remedy="train it again")
        noise = NOISE * np.random.default_rng(0).standard_normal(wanted[1:]).astype(np.float32)
        with first_runs(path, "cannot decode samples"):
            model = cls(path, card, session, digest)
            model._check(model.step(noise))
            model._speed_up(content(path, digest))
            for number in range(WARM_UP_RUNS):
                model._check(model.step(noise if number < NOISY_RUNS else 0 * noise))
        model.reset()
        return model

    def _check(self, step: Step) -> None:
        """Reject outputs that differ in shape from the card or are not finite.

        Raises:
            ModelError: the outputs are invalid.
        """
        joints = len(self.card.joints)
        if step.angles_rad.shape != (joints,):
            raise ModelError(self.path, f"outputs shape {step.angles_rad.shape}, not ({joints},)", "output 'pose'")
        finite = (np.isfinite(step.angles_rad).all(), np.isfinite(step.confidence), np.isfinite(step.intensity))
        for name, sound in zip(OUTPUTS, finite, strict=True):
            if not sound:
                raise ModelError(self.path, "outputs NaN or infinity", f"output '{name}'", "train it again")

    @property
    def channel_order(self) -> NDArray[np.int64] | None:
        """The signal's channel that each of the model's channels is taken from, None where nothing is reordered."""
        return self._order

    def set_rotation(self, electrodes: int) -> None:
        """Compensate from now on for an armband rotated by this many electrodes."""
        self._order = rotation_order(self.card.signal.channels, electrodes) if electrodes else None

    def reset(self, pose_rad: NDArray[np.float32] | None = None) -> None:
        """Discard the state; a model that tracks continues from a pose ``(J,)``, by default all angles zero."""
        for states in self._states:
            for array in states.values():
                array.fill(0)
        self._seen = 0
        if pose_rad is not None and self.tracks:
            self._states[0][POSE_STATE][0] = pose_rad
        self._turn = 0

    def warm_up(self, samples: Samples) -> None:
        """Compute a step without advancing the state, to warm the processor's caches for the next one."""
        self._compute(samples)  # the next step overwrites the state that this one computes

    def step(self, samples: Samples) -> Step:
        """Return the pose after the next samples ``(hop, C)``."""
        pose, confidence, intensity = self._compute(samples)
        self._turn = 1 - self._turn
        self._seen += len(samples)
        settled = self._seen >= EFFORT_S * self.card.signal.rate_hz
        return Step(pose, float(confidence), float(intensity), settled)

    def _compute(self, samples: Samples) -> list[NDArray[np.float32]]:
        self._samples[0] = samples if self._order is None else samples[:, self._order]
        return self._steps[self._turn].run()

    def steps(self, samples: Samples) -> NDArray[np.float32]:
        """The poses ``(T / hop, J)`` of a segment of samples ``(T, C)``; a remainder at its end is not decoded."""
        hop = self.card.hop
        count = len(samples) // hop
        found = np.empty((count, len(self.card.joints)), np.float32)
        for place in range(count):
            found[place] = self.step(samples[place * hop : (place + 1) * hop]).angles_rad
        return found
