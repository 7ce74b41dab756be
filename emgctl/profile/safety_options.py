"""The ``safety`` section of a profile."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emgctl.plugin import Options


class SafetyOptions(Options):
    """The profile's ``safety`` section.

    ``stale_after_s``: silence of the input after which every output gets neutral.
    ``wait_for_rest``: after the start and every fault, nothing moves before a rest was decoded.
    ``bridge_s``: lost samples up to this long are bridged; a longer gap is a fault.
    """

    stale_after_s: Annotated[float, Field(gt=0, le=5)] = 0.2
    wait_for_rest: bool = True
    bridge_s: Annotated[float, Field(ge=0, le=1)] = 0.05
