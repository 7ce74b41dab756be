"""Options of the simulated signal, in a profile or for :func:`emgctl_synthetic.synthesize`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from emgctl.plugin import Options
from emgctl.runtime.pacing import PACKET_S, Speed
from emgctl.types import Signal, Unit
from emgctl_synthetic.montage import Montage
from emgctl_synthetic.script import Performance, Step, parse_script
from emgctl_synthetic.simulator import Interference, Simulator

_RING_CHANNELS = 8

Microvolts = Annotated[float, Field(ge=0, le=10_000)]


def _or_shorthand(schema: dict[str, Any]) -> None:
    """Add the shorthand, which the validator turns into steps, to the schema of a script."""
    steps = {"type": schema.pop("type"), "items": schema.pop("items"), "minItems": schema.pop("minLength", 1)}
    schema["anyOf"] = [{"type": "string", "minLength": 1, "examples": ["fist,open"]}, steps]


class SyntheticOptions(Options):
    """What to simulate.

    ``script`` is a list of steps or the shorthand "fist, open" or "all"; with ``order`` random its gestures are
    shuffled in each pass; ``loop`` repeats it until ``duration_s`` or forever. ``seed`` determines the course of
    events, ``person`` the anatomy. ``channels`` is the number of electrodes on the ring; a ``grid`` has rows x columns.
    ``rotation_deg`` rotates a ring and ``shift_mm`` moves a grid along and around the forearm. ``packet`` is the block
    size in samples.
    """

    script: Annotated[
        tuple[Step, ...],
        BeforeValidator(parse_script),
        Field(min_length=1, validate_default=True, json_schema_extra=_or_shorthand),
    ] = "all"  # type: ignore[assignment]  # parsed as in a profile
    order: Literal["scripted", "random"] = "scripted"
    loop: bool = True
    duration_s: Annotated[float, Field(gt=0, le=1e6)] | None = None
    seed: Annotated[int, Field(ge=0)] = 0
    person: Annotated[int, Field(ge=0)] = 0
    layout: Literal["ring", "grid"] = "ring"
    channels: Annotated[int, Field(ge=1, le=1024)] | None = None
    grid: Annotated[tuple[int, int], Field(description="rows, columns")] | None = None
    rate_hz: Annotated[float, Field(ge=50, le=10_000)] = 200.0
    unit: Unit = "count"
    rotation_deg: Annotated[float, Field(ge=-360, le=360)] = 0.0
    shift_mm: Annotated[tuple[float, float], Field(description="along, around")] = (0.0, 0.0)
    noise_uv: Microvolts = Interference().noise_uv
    baseline_uv: Microvolts = Interference().baseline_uv
    mains_uv: Microvolts = Interference().mains_uv
    mains_hz: Annotated[float, Field(ge=40, le=70)] = Interference().mains_hz
    speed: Speed = "real"
    packet: Annotated[int, Field(ge=1, le=10_000)] | None = None

    @model_validator(mode="after")
    def _layout_fits(self) -> Self:
        if self.layout == "ring":
            if self.grid is not None:
                raise ValueError("'grid' requires layout: grid, not 'ring'")
            if self.shift_mm != (0.0, 0.0):
                raise ValueError("'shift_mm' applies to grids; use 'rotation_deg' for a ring")
            return self
        if self.grid is None:
            raise ValueError("layout 'grid' requires 'grid' with rows and columns, for instance [8, 8]")
        rows, columns = self.grid
        if rows < 1 or columns < 1 or rows * columns > 1024:
            raise ValueError(f"a grid of {rows} x {columns} can't be simulated; it must have 1 to 1024 electrodes")
        if self.channels not in (None, rows * columns):
            raise ValueError(
                f"a grid of {rows} x {columns} has {rows * columns} electrodes, but channels is {self.channels}; "
                "remove 'channels'"
            )
        if self.rotation_deg:
            raise ValueError("'rotation_deg' applies to rings; use 'shift_mm' for a grid")
        return self

    def montage(self) -> Montage:
        """The electrode montage."""
        if self.grid is not None:
            return Montage.on_grid(*self.grid, self.shift_mm)
        return Montage.ring(self.channels or _RING_CHANNELS, self.rotation_deg)

    def signal(self) -> Signal:
        """The signal that will be delivered."""
        montage = self.montage()
        return Signal(montage.channels, self.rate_hz, self.unit, montage.grid)

    def performance(self) -> Performance:
        """The script as performed by the person with this seed."""
        return Performance(self.script, self.seed, self.loop, self.order)

    def simulator(self, performance: Performance) -> Simulator:
        """Create the simulator of a performance."""
        interference = Interference(self.noise_uv, self.baseline_uv, self.mains_uv, self.mains_hz)
        return Simulator(performance.at, self.montage(), self.rate_hz, self.seed, self.person, interference)

    @property
    def packet_samples(self) -> int:
        """Block size in samples: ``packet``, or 10 ms."""
        return self.packet or max(1, round(PACKET_S * self.rate_hz))

    def total_samples(self) -> int | None:
        """Number of samples until the end, None if endless."""
        script_s = sum(step.seconds for step in self.script)
        if self.duration_s is None:
            return None if self.loop else round(script_s * self.rate_hz)
        return round((self.duration_s if self.loop else min(self.duration_s, script_s)) * self.rate_hz)
