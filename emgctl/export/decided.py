"""What a run decides, as an exported program reports it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emgctl.runtime.pipeline import Pipeline
from emgctl.types import Gesture, SampleBlock


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision: ``end`` is the index of the sample after its window, ``moves`` whether an actuator may follow."""

    end: int
    label: str
    rejected: bool
    moves: bool
    confidence: float
    intensity: float
    probabilities: tuple[float, ...]


def decided(pipeline: Pipeline, block: SampleBlock) -> Iterator[Decided]:
    """The decisions that a block completes in a pipeline that has begun."""
    for window, end_s in pipeline.windows(block):
        prediction = pipeline.decode(window, end_s)
        if not isinstance(prediction, Gesture):
            continue
        pipeline.bind(prediction)
        yield Decided(
            round(end_s * pipeline.signal.rate_hz),
            prediction.label,
            prediction.rejected,
            pipeline.safety.state in ("fresh", "stale"),
            prediction.confidence,
            prediction.intensity,
            tuple(prediction.probabilities.values()),
        )
