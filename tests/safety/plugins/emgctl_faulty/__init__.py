"""Plugins that fail on command: an input, a decoder, outputs, and outputs whose devices are fakes."""

from emgctl.hookspecs import hookimpl
from emgctl_faulty.decoder import ScriptedDecoder
from emgctl_faulty.fakes import FakeGamepad, FakeKeyboard
from emgctl_faulty.input import ScriptedInput
from emgctl_faulty.output import ScriptedOutput, ScriptedSlowOutput


@hookimpl
def emgctl_inputs():
    return [ScriptedInput]


@hookimpl
def emgctl_decoders():
    return [ScriptedDecoder]


@hookimpl
def emgctl_outputs():
    return [ScriptedOutput, ScriptedSlowOutput, FakeKeyboard, FakeGamepad]
