"""The card of a population: where it comes from, and what it may be used for."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from emgctl.inference.model_card import Sketch
from emgctl.types import Unit

MOST_CHANNELS, MOST_LABELS = 32, 32
Text = Annotated[str, Field(max_length=1000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class PopulationSource(BaseModel):
    """A data set that a population was fitted on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    license: Text = ""
    url: Text = ""


class PopulationFile(BaseModel):
    """A recording that a population was fitted on, with the hash of its file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class PopulationCard(BaseModel):
    """Metadata of a population file; newer versions may have more. ``window`` is in samples.

    ``seen`` are fingerprints of all recordings, for the cards of models that begin from it.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    format: Annotated[int, Field(ge=1, le=1)] = 1
    emgctl: Text
    labels: Annotated[tuple[Name, ...], Field(min_length=2, max_length=MOST_LABELS)]
    channels: Annotated[int, Field(ge=2, le=MOST_CHANNELS)]
    rate_hz: Annotated[float, Field(ge=80, le=10_000)]
    unit: Unit
    window: Annotated[int, Field(ge=2, le=2000)]
    floor: Annotated[float, Field(gt=0)]
    people: Annotated[int, Field(ge=1)]
    sessions: Annotated[int, Field(ge=1)]
    seconds: Annotated[float, Field(ge=0)] = 0.0
    sources: Annotated[tuple[PopulationSource, ...], Field(max_length=100)] = ()
    seen: Sketch = ""
    files: Annotated[tuple[PopulationFile, ...], Field(max_length=10_000)] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.labels)) < len(self.labels):
            raise ValueError("a label occurs twice")
        return self
