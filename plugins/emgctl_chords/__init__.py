"""Chords boards over Bluetooth (NPG Lite of Upside Down Labs): the input ``chords`` and a virtual board."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Input, Simulator
from emgctl_chords.chords import Chords
from emgctl_chords.simulator import ChordsSimulator


@hookimpl
def emgctl_inputs() -> list[type[Input]]:
    """Register the input."""
    return [Chords]


@hookimpl
def emgctl_simulators() -> list[type[Simulator]]:
    """Register the virtual board."""
    return [ChordsSimulator]
