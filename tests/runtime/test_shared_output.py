"""An output that two inputs share: what is composed, and what its loss releases."""

import pytest

from emgctl.errors import DeviceError
from emgctl.runtime.shared_output import OutputPort, SharedOutput
from emgctl.testing import RecordingOutput, gesture, run_context
from emgctl.types import Command


def shared(**options):
    output = RecordingOutput(**options)
    both = SharedOutput(output, ("left", "right"), lambda context: context)
    ports = [OutputPort(both, name) for name in ("left", "right")]
    for port in ports:
        port.open(run_context())
    return output, *ports


def test_controls_are_composed_and_there_is_a_reason_only_if_no_input_drives():
    output, left, right = shared()
    left.send(Command(1.0, axes={"left_x": 0.5}, buttons=frozenset("a"), prediction=gesture("fist")))
    right.send(Command(2.0, buttons=frozenset("b")))
    left.send(Command.neutral(3.0, "no samples for 0.2 s", cause="silence"))
    right.send(Command.neutral(4.0, "paused", cause="halt"))
    first, both, silent, halted = output.commands
    assert (first.buttons, first.reason, first.prediction) == ({"a"}, "", None)
    assert first.inputs["left"].prediction.label == "fist"
    assert (both.time_s, both.buttons, both.axes, both.reason) == (2.0, {"a", "b"}, {"left_x": 0.5}, "")
    assert (silent.buttons, silent.axes, silent.reason, silent.cause) == ({"b"}, {}, "", "")
    assert silent.inputs["left"].reason == "no samples for 0.2 s"
    assert halted.is_neutral
    assert (halted.reason, halted.cause) == ("left: no samples for 0.2 s; right: paused", "halt")


def test_a_lost_output_is_opened_once_and_each_input_begins_anew():
    output, left, right = shared(fail_at={2})
    left.send(Command(1.0, buttons=frozenset("a")))
    right.send(Command(1.0, buttons=frozenset("b")))
    with pytest.raises(OSError, match="cable"):
        left.send(Command(2.0, buttons=frozenset("a")))
    with pytest.raises(DeviceError, match="is being reopened"):
        right.send(Command(2.0, buttons=frozenset("b")))
    left.open(run_context())
    left.send(Command(3.0, buttons=frozenset("a")))
    assert output.commands[-1].buttons == {"a"}  # nothing of the other input, which has not seen rest since
    right.open(run_context())
    right.send(Command(4.0))
    assert (output.opened, output.closed) == (2, 1)
    left.close()
    assert output.closed == 1
    right.close()
    right.close()
    assert output.closed == 2
