"""How hard each muscle works, from a window of samples; numpy only."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from emgctl.types import Samples

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
Measure = Literal["raw", "envelope"]
"""What the electrodes deliver: the raw signal around a middle, or a sensor's own envelope, which rises with effort."""

MOST_THRESHOLD = 0.7
"""A strong effort, which is 1, still exceeds this clearly."""

Finite = Annotated[float, Field(allow_inf_nan=False)]


class Muscle(BaseModel):
    """One muscle as calibrated: its ``channel``, from 0, and there its level at ``rest`` and at a ``strong`` effort.

    ``threshold`` is the share of the strong effort from which it counts as active.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Annotated[str, Field(min_length=1, max_length=64)]
    channel: Annotated[int, Field(ge=0)]
    rest: Annotated[Finite, Field(ge=0)]
    strong: Annotated[Finite, Field(gt=0)]
    threshold: Annotated[float, Field(gt=0, lt=1)]


class Levels:
    """Turns windows into one level a muscle: 0 at rest, 1 at the strong effort that was calibrated.

    ``mixing`` ``(M, M)`` has what each muscle's electrode (row) picks up at each muscle's effort (column).
    """

    def __init__(self, muscles: tuple[Muscle, ...], measure: Measure, mixing: Values) -> None:
        self._channels = [one.channel for one in muscles]
        self._measure = measure
        self._rest = np.array([one.rest for one in muscles])
        self._strong = np.array([one.strong for one in muscles])
        self._unmixing = np.linalg.inv(mixing)

    def of(self, window: Samples) -> Values:
        """The levels ``(M,)``, 0 or more, of a window ``(T, C)``."""
        return self.of_measured(measured(window[:, self._channels], self._measure))

    def of_measured(self, values: Values) -> Values:
        """The levels ``(..., M)`` of what was :func:`measured` at the muscles' electrodes."""
        apparent = np.maximum(beyond(values, self._rest, self._measure), 0.0)
        full = beyond(self._strong, self._rest, self._measure)
        return np.asarray(np.maximum((apparent / full) @ self._unmixing.T, 0.0))

    def is_stuck(self, window: Samples, active: Flags) -> bool:
        """Whether an electrode delivers the same value all the time: it is not worn, or it hangs.

        An envelope may stand still at rest, but not at an electrode that is ``active`` ``(M,)``.
        """
        flat = np.ptp(window[:, self._channels], axis=0) == 0
        return bool((flat if self._measure == "raw" else flat & active).any())


def measured(window: Samples, measure: Measure) -> Values:
    """The signal's strength ``(C,)`` in a window ``(T, C)``, in its unit: its spread, or the mean of an envelope."""
    values = window.astype(np.float64)
    return np.asarray(values.std(axis=0) if measure == "raw" else values.mean(axis=0))


def beyond(values: Values, rest: Values, measure: Measure) -> Values:
    """What is beyond rest; of a raw signal in power, since noise adds up that way."""
    if measure == "envelope":
        return values - rest
    return np.sqrt(np.maximum(values**2 - rest**2, 0.0))
