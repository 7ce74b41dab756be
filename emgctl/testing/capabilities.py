"""The contract of what a plugin can do beyond its role; see :mod:`emgctl.plugin.capabilities`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from emgctl.errors import UsageError
from emgctl.plugin import (
    Adjustable,
    Decoder,
    EstimatesConfusion,
    HasModel,
    Output,
    Probeable,
    RemoteControl,
    Rotatable,
    SelectsClasses,
    WindowSpec,
)
from emgctl.types import Command


def check_decoder_capabilities(decoder: Decoder, spec: WindowSpec) -> None:
    """Check what an open decoder can do beyond decoding."""
    kind = decoder.kind
    if isinstance(decoder, HasModel):
        path, model_kind = decoder.model_path, decoder.model_kind
        assert isinstance(path, Path), f"{kind}: model_path is {path!r}, not a Path"
        assert isinstance(model_kind, str), f"{kind}: model_kind is {model_kind!r}, not a word"
    if isinstance(decoder, Rotatable):
        assert isinstance(decoder.rotation, int), (
            f"{kind}: rotation is {decoder.rotation!r}, not a number of electrodes"
        )
        _check_options(decoder, "rotation")
    if isinstance(decoder, Adjustable):
        _check_options(decoder, *decoder.adjustable)
        kept = decoder.spec_with(decoder.options)
        assert kept == spec, f"{kind}: spec_with() its own options gave {kept}, but open() {spec}"
        decoder.adjust(decoder.options)
    if isinstance(decoder, SelectsClasses):
        _check_selection(kind, decoder, spec)
        _check_options(decoder, "select", "contexts")
        if isinstance(decoder, EstimatesConfusion):
            count = len(decoder.classes())
            shape = np.shape(decoder.expected_confusion(decoder.classes()))
            assert shape == (count, count), f"{kind}: expected_confusion() has shape {shape}, not ({count}, {count})"


def check_output_capabilities(output: Output, command: Command) -> None:
    """Check what an open output can do beyond sending."""
    if isinstance(output, Probeable):
        receiver = output.probe(command)
        assert isinstance(receiver, str), f"{output.kind}: probe() returned {receiver!r}, not where the command went"
    if isinstance(output, RemoteControl):
        address = output.remote_address
        assert isinstance(address, str), f"{output.kind}: remote_address is {address!r}, not a text"


def _check_options(decoder: Decoder, *keys: str) -> None:
    for key in keys:
        assert key in decoder.Options.model_fields, (
            f"{decoder.kind}: its Options have no key '{key}' to set in a profile"
        )


def _check_selection(kind: str, decoder: SelectsClasses, spec: WindowSpec) -> None:
    classes = decoder.classes()
    assert set(classes) == set(spec.labels), f"{kind}: classes are {classes}, but its labels {spec.labels}"
    assert isinstance(decoder.contexts(), Mapping), f"{kind}: contexts are {decoder.contexts()!r}, not a mapping"
    resolved = decoder.resolve([classes[-1], len(classes) - 1])
    assert resolved == classes[-1:], f"{kind}: resolve() of a class and its own number gave {resolved}"
    try:
        decoder.resolve(["no such class"])
    except UsageError:
        pass
    else:
        raise AssertionError(f"{kind}: resolve() accepts unknown names")
    decoder.select(classes)
    assert set(decoder.selected()) == set(classes), f"{kind}: selected are {decoder.selected()} after selecting all"
    decoder.select(())
    assert set(decoder.selected()) <= set(classes), (
        f"{kind}: selected are {decoder.selected()}, which are not its classes"
    )
