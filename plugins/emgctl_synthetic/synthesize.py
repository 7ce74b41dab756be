"""Simulated recordings, for tests, the demo and the benchmark."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import UsageError
from emgctl.types import Recording
from emgctl_synthetic.options import SyntheticOptions
from emgctl_synthetic.quantize import quantized


def synthesize(options: SyntheticOptions, name: str = "synthetic") -> Recording:
    """The signal of the input ``synthetic`` with ``options``, as a labeled recording.

    Labels are gesture names in the order of first occurrence, and include the movement towards the gesture; repetitions
    count each gesture's occurrences from 1.

    Args:
        options: what to simulate; without ``duration_s``, one pass through the script.
        name: the recording's name.
    """
    performance = options.performance()
    if options.duration_s is None:
        options = options.model_copy(update={"loop": False})
    total = options.total_samples()
    if total is None:
        raise UsageError("an endless simulation can't be a recording; give it a duration_s")
    samples = quantized(options.simulator(performance).read(total), options.unit)
    held = performance.held(total / options.rate_hz)
    begins = np.array([round(step.start_s * options.rate_hz) for step in held])
    lengths = np.diff(begins, append=total)
    names = tuple(dict.fromkeys(step.gesture for step in held))

    def per_sample(values: list[int]) -> NDArray[np.int16]:
        return np.repeat(np.array(values, np.int16), lengths)

    return Recording(
        name=name,
        signal=options.signal(),
        samples=samples,
        source=f"motor-unit simulation, seed {options.seed}, person {options.person}",
        labels=per_sample([names.index(step.gesture) for step in held]),
        label_names=names,
        repetitions=per_sample([step.repetition for step in held]),
        session=f"seed {options.seed}",
        subject=f"simulated {options.person}",
    )
