"""The card of a model: the metadata in its file, and its validation."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from emgctl.dsp.preprocessing import Preprocessing
from emgctl.errors import quoted
from emgctl.types import Signal, Unit

MOST_SAMPLES = 10_000_000  # of a window
MOST_CODES, CODE_BYTES = 8192, 5  # of what a model has seen: 55 kB of a card at most, as base64
_SEEN = (MOST_CODES * CODE_BYTES + 2) // 3 * 4
Sketch = Annotated[str, Field(pattern=r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2,3}={1,2})?$", max_length=_SEEN)]
LONGEST_NAME = 200  # characters of a label or a joint
Names = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)], ...], Field(max_length=10_000)]


FORMER_MODELS = {"default": "ensemble", "pair": "lda-mlp", "mixture": "ensemble-simple"}
"""Models that had another name before, as cards of earlier versions have it."""


class CardSignal(BaseModel):
    """The signal a model was trained on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channels: Annotated[int, Field(ge=1, le=10_000)]
    rate_hz: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
    unit: Unit
    grid: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] | None = None

    @model_validator(mode="after")
    def _whole_grid(self) -> Self:
        if self.grid is not None and self.grid[0] * self.grid[1] != self.channels:
            raise ValueError(f"a grid of {self.grid[0]} x {self.grid[1]} is not one of {self.channels} channels")
        return self


POPULATION, OTHER = "population", "other"  # the kind of model that scores movements that are no gesture of the set


class CardDataset(BaseModel):
    """A file or folder a model was trained on, by the hash of its samples and labels."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    sha256: str
    seconds: float


class ModelCard(BaseModel):
    """Metadata of a model file; newer versions may have more.

    ``window`` and ``hop`` are in samples; the first ``memory`` samples of a window are what came before that which is
    decoded. ``rest`` is the label that means "no gesture", "" if there is none. ``joints`` are those a pose model
    says the angles of, in radians; such a model has no labels. ``split`` and ``metrics`` are those of the training
    report. ``full_force_n`` is the force in newton that an intensity of 1 stands for, where the training data had a
    measured force. ``wraps``: the first and the last row of its grid are neighbours, around the arm. ``guard_s``: so
    many seconds after a change of label were left out. ``leaks``: some of what was tested had been seen, so
    ``metrics`` are too good. ``seen`` are fingerprints of every signal that the model, or the one it began from, was
    fitted on (emgctl.training.data.fingerprints), "" of a model of an earlier version; ``seen_before`` are those of the
    population that a personal model began from. A ``preview`` knows nothing of
    the person who uses it. ``ignored`` are channels (from 0) without a signal in training, which decide nothing.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    emgctl: str
    kind: str
    signal: CardSignal
    window: Annotated[int, Field(ge=1, le=MOST_SAMPLES)]
    hop: Annotated[int, Field(ge=1, le=MOST_SAMPLES)]
    memory: Annotated[int, Field(ge=0)] = 0
    labels: Names = ()
    joints: Names = ()
    rest: str = ""
    features: tuple[str, ...] = ()
    preprocessing: Preprocessing = Preprocessing()
    model: str = ""
    feature_set: str = ""
    recipe: str = ""
    full_force_n: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    wraps: bool = False
    seed: int = 0
    split: str = ""
    metrics: dict[str, float] = {}
    datasets: tuple[CardDataset, ...] = ()
    guard_s: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] = 0.0
    leaks: bool = False
    preview: bool = False
    ignored: tuple[Annotated[int, Field(ge=0)], ...] = ()
    seen: Sketch = ""
    seen_before: Sketch = ""

    @field_validator("model")
    @classmethod
    def _renamed(cls, model: str) -> str:
        return FORMER_MODELS.get(model, model)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.joints and self.memory >= self.window:
            raise ValueError(f"a memory of {self.memory} samples uses up the whole window of {self.window}")
        for names in (self.labels, self.joints):
            if len(set(names)) < len(names):
                raise ValueError("a label or joint occurs twice")
        if self.rest and self.labels and self.rest not in self.labels:
            raise ValueError(f"its rest '{quoted(self.rest)}' is not one of its labels")
        return self

    @property
    def other(self) -> str:
        """The label of what is none of the gestures, which activates nothing; "" if there is none."""
        return OTHER if self.model == POPULATION and OTHER in self.labels else ""

    def to_text(self) -> str:
        """The card as JSON without what has its usual value, so that older versions can read models that suit them."""
        return self.model_dump_json(exclude_defaults=True)

    def as_signal(self) -> Signal:
        """The signal the model expects, as the core's type."""
        return Signal(self.signal.channels, self.signal.rate_hz, self.signal.unit, self.signal.grid)
