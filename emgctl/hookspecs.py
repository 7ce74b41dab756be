"""The hooks a plugin package may implement. They register classes; nothing is called per sample.

A package announces its module in the entry-point group ``emgctl``; the entry point's name is by convention the
``kind`` it provides, so that a profile loads only the plugins it names; that of a trainer is ``train-KIND``, so that a
run of the decoder KIND does not import it.
"""

from __future__ import annotations

from typing import Any

import pluggy

from emgctl.plugin import DatasetReader, Decoder, Input, Output, Simulator
from emgctl.trainer import Trainer

hookspec = pluggy.HookspecMarker("emgctl")
hookimpl = pluggy.HookimplMarker("emgctl")


@hookspec
def emgctl_inputs() -> list[type[Input]]:
    """Return the Input classes of this package."""
    return []


@hookspec
def emgctl_decoders() -> list[type[Decoder]]:
    """Return the Decoder classes of this package."""
    return []


@hookspec
def emgctl_outputs() -> list[type[Output]]:
    """Return the Output classes of this package."""
    return []


@hookspec
def emgctl_datasets() -> list[type[DatasetReader]]:
    """Return the DatasetReader classes of this package."""
    return []


@hookspec
def emgctl_simulators() -> list[type[Simulator]]:
    """Return the Simulator classes of this package."""
    return []


@hookspec
def emgctl_trainers() -> list[type[Trainer[Any]]]:
    """Return the Trainer classes of this package, each of the kind of the decoder that it trains."""
    return []
