"""Builds a pipeline from a profile."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from emgctl.errors import ProfileError
from emgctl.mapping.engine import MappingEngine
from emgctl.plugin import Output
from emgctl.profile.load import Profile
from emgctl.profile.validate import mapping_problems, opened
from emgctl.runtime.motion_input import input_runner
from emgctl.runtime.output_runner import OutputRunner
from emgctl.runtime.pipeline import Pipeline
from emgctl.runtime.safety import PREVIEW, Safety


def build(
    profile: Profile,
    clock: Callable[[], float] = time.perf_counter,
    wait: bool = False,
    viewers: Sequence[tuple[str, Output]] = (),
    drives: bool = True,
) -> Pipeline:
    """Create a pipeline ready to be entered: the model is loaded, no device is open.

    With ``wait``, devices missing at the start are waited for as if they had been lost. ``viewers`` are outputs beside
    the profile's, which are left out where it drives nothing.

    Raises:
        ProfileError: the mapping or the safety section is incompatible with the model and outputs.
        ModelError: the model cannot be loaded.
        PluginError: the decoder's own code fails.
    """
    with profile.places.naming_files("decoder"):
        spec = opened(profile.decoder)
    if problems := list(mapping_problems(profile, spec)):
        raise ProfileError(problems)
    profile.input.prefer(spec.signal)
    wait_for_rest = profile.safety.wait_for_rest
    outputs = (*(profile.outputs if drives else ()), *viewers)
    return Pipeline(
        source=input_runner(profile.input, profile.motion),
        decoder=profile.decoder,
        spec=spec,
        engine=MappingEngine(profile.mapping, profile.layers, profile.axes, spec.rest, profile.wake),
        runners=[OutputRunner(name, output, spec.rest, wait_for_rest) for name, output in outputs],
        safety=Safety(profile.safety, spec.rest, clock, PREVIEW if spec.preview else ""),
        bridge_s=profile.safety.bridge_s,
        user=profile.user,
        wait=wait,
    )
