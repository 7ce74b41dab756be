"""How a model is trained and tested, whatever kind it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from emgctl.errors import UsageError
from emgctl.training.data.preprocess_spec import LEAVE_AS_IT_IS, PreprocessRequest
from emgctl.training.data.splits import Split

Progress = Callable[[str, int, int], None]
"""Called with the name of the step, how much of it is done and how much there is."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tested and what is left out; the trainer decides what is fitted.

    ``rest`` None: a label that is called so. ``final`` None: as suits the split. ``guard_s``: how long a person may
    have needed to react to a cue; windows before are neither learned nor tested.
    """

    split: Split
    seed: int = 0
    rest: str | None = None
    final: Literal["train", "all"] | None = None
    guard_s: float = 0.0
    preprocess: PreprocessRequest = LEAVE_AS_IT_IS

    def __post_init__(self) -> None:
        """Check that a fold's own model can be kept where that is asked for.

        Raises:
            UsageError: there are several folds, each of which has its own.
        """
        if self.final == "train" and self.split.several:
            raise UsageError("final train does not go with a split of several folds, each of which has its own model")
