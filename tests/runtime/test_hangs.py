"""Calls that hang: every output is neutral in time."""

import threading

from guarding import (
    PATIENCE_S,
    STALE_S,
    Arm,
    HangingOutput,
    Hangs,
    close_hand,
    moves_only_after_rest,
    pressed,
    running,
    wait_for,
)

from emgctl.profile.safety_options import SafetyOptions
from emgctl.runtime.loop import run
from emgctl.testing import FakeDecoder, RecordingOutput, make_pipeline


def test_a_decoder_that_hangs_is_named_and_every_output_is_neutral_past_it():
    arm, decoder, output = Arm(), Hangs(), RecordingOutput()
    with running(arm, [output], decoder) as made:
        close_hand(arm, output)
        decoder.free.clear()
        decoder.inside.wait(PATIENCE_S)
        wait_for(lambda: not pressed(output))
        assert output.commands[-1].reason == "decoder 'fake' has not responded for 0.25 s"
        assert output.commands[-1].cause == "fault"
        decoder.free.set()
        moves_only_after_rest(arm, output)
        assert "decoder 'fake' has not responded for 0.25 s" in [one.reason for one in made.safety.transitions]


def test_an_input_that_hangs_is_a_fault_past_it():
    arm, output = Arm(), RecordingOutput()
    with running(arm, [output]):
        close_hand(arm, output)
        arm.hold.clear()
        wait_for(lambda: not pressed(output))
        assert output.commands[-1].reason == "input 'arm' has not responded for 0.25 s"
        arm.hold.set()
        moves_only_after_rest(arm, output)


def test_an_output_that_hangs_delays_nobody_else_and_waits_for_rest_when_it_is_back(caplog):
    arm, hangs = Arm(), Hangs()
    stuck, output = HangingOutput(hangs), RecordingOutput()
    with running(arm, [stuck, output]) as made:
        close_hand(arm, output)
        hangs.free.clear()
        hangs.inside.wait(PATIENCE_S)
        for value in (0.0, 1.0, 0.0, 1.0):
            arm.value = value
            wait_for(lambda wanted=bool(value): pressed(output) == wanted)
        assert all(command.cause != "fault" for command in output.commands)
        wait_for(lambda: made.stats.outputs["output0"]["state"] == "hung")
        count = len(stuck.commands)
        hangs.free.set()
        wait_for(lambda: len(stuck.commands) > count + 5)
        assert not any(command.buttons for command in stuck.commands[count + 1 :])
        wait_for(lambda: made.stats.outputs["output0"]["state"] == "open")
        arm.value = 0.0
        close_hand(arm, stuck)
    assert "output 'output0' has not responded for 0.25 s" in caplog.text


def test_no_block_is_decoded_twice_or_lost_when_a_hanging_output_is_left_behind():
    arm, hangs = Arm(), Hangs()
    seen = []
    output = RecordingOutput()

    def rule(window):
        seen.append(float(window[-1, -1]))
        return "rest"

    safety = SafetyOptions(stale_after_s=STALE_S)
    made = make_pipeline(arm, [HangingOutput(hangs), output], FakeDecoder(rule), safety=safety)
    threading.Timer(0.2, hangs.free.clear).start()
    threading.Timer(1.0, setattr, (arm, "over", True)).start()
    with made:
        run(made, lambda: "")
        hangs.free.set()
    ends = [round(command.time_s, 3) for command in output.commands[:-1]]
    assert ends == [round(0.02 + 0.01 * number, 3) for number in range(len(ends))]
