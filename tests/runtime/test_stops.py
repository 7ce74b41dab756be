"""Stops from outputs and gestures, and what goes on after them."""

import threading
import time

import pytest
from guarding import (
    PATIENCE_S,
    STALE_S,
    Arm,
    HangingOutput,
    Hangs,
    close_hand,
    entered,
    moves_only_after_rest,
    pressed,
    running,
    wait_for,
)

from emgctl.profile.safety_options import SafetyOptions
from emgctl.testing import FakeDecoder, RecordingOutput, make_pipeline
from emgctl.types import StopRequest


@pytest.mark.parametrize("state", ["normal", "before the first decision", "decoder hangs", "silence", "output hangs"])
@pytest.mark.parametrize("how", ["kill", "pause"])
def test_a_stop_is_answered_when_every_output_has_obeyed(state, how):
    arm, decoder, hangs = Arm(), Hangs(), Hangs()
    output = RecordingOutput()
    arm.silent = state == "before the first decision"
    with running(arm, [output, HangingOutput(hangs)], decoder) as made:
        if not arm.silent:
            close_hand(arm, output)
        else:
            wait_for(lambda: made.begun_s)
        if state == "decoder hangs":
            decoder.free.clear()
            decoder.inside.wait(PATIENCE_S)
        elif state == "silence":
            arm.silent = True
            wait_for(lambda: not pressed(output))
        elif state == "output hangs":
            hangs.free.clear()
            hangs.inside.wait(PATIENCE_S)
        answer = output.context.halt(StopRequest(how, "a test"))
        assert answer.state == {"kill": "killed", "pause": "paused"}[how]
        assert answer.missing == (("output1: no response",) if state == "output hangs" else ())
        assert output.commands[-1].cause == "halt"
        assert output.commands[-1].reason == {"kill": "killed by a test", "pause": "paused"}[how]
        decoder.free.set()
        hangs.free.set()
        arm.silent, count = False, len(output.commands)
        wait_for(lambda: len(output.commands) > count + 20)  # through faults, silence and whatever else
        assert {command.cause for command in output.commands[count:]} == {"halt"}


def test_what_goes_on_after_a_pause_waits_for_rest():
    arm, output = Arm(), RecordingOutput()
    with running(arm, [output]):
        close_hand(arm, output)
        output.context.halt(StopRequest("pause", "a test"))
        assert str(output.context.halt(StopRequest("resume", "a test"))).startswith("running again")
        moves_only_after_rest(arm, output)
        output.context.halt(StopRequest("toggle", "a test"))
        assert not pressed(output)
        output.context.halt(StopRequest("toggle", "a test"))
        moves_only_after_rest(arm, output)


def test_what_a_gesture_lets_go_on_waits_for_rest_too():
    def rule(window):
        return "stop" if window[-1, 0] >= 2 else "fist" if window[-1, 0] >= 1 else "rest"

    arm, output = Arm(), RecordingOutput()
    decoder = FakeDecoder(rule, labels=("rest", "fist", "stop"))
    mapping = {"fist": [{"do": "hold", "button": "a"}], "stop": [{"do": "pause"}, {"do": "hold", "button": "a"}]}
    made = make_pipeline(arm, [output], decoder, mapping, SafetyOptions(stale_after_s=STALE_S))
    thread = threading.Thread(target=entered, args=(made,), daemon=True)
    thread.start()
    close_hand(arm, output)
    arm.value = 2.0
    wait_for(lambda: made.guardian.held == "paused")
    arm.value = 1.0
    wait_for(lambda: output.commands[-1].prediction and output.commands[-1].prediction.label == "fist")
    until_s = time.perf_counter() + PATIENCE_S
    while made.guardian.held and time.perf_counter() < until_s:
        arm.value = 2.0
        time.sleep(0.3)
        if made.guardian.held:  # the machine was so busy that there was a fault, after which rest has to be seen first
            arm.value = 0.0
            wait_for(lambda: output.commands[-1].prediction and output.commands[-1].prediction.label == "rest")
    assert not made.guardian.held
    count, arm.value = len(output.commands), 1.0
    moves_only_after_rest(arm, output)
    resting = next(n for n in range(count, len(output.commands)) if output.commands[n].prediction.label == "rest")
    assert not any(command.buttons for command in output.commands[count:resting])
    arm.over = True
    thread.join(PATIENCE_S)
    made.__exit__(None, None, None)


def test_a_kill_is_for_good():
    arm, output = Arm(), RecordingOutput()
    with running(arm, [output]):
        close_hand(arm, output)
        output.context.halt(StopRequest("kill", "a test"))
        assert output.context.halt(StopRequest("resume", "a test")).state == "killed"
        count = len(output.commands)
        wait_for(lambda: len(output.commands) > count + 10)
        assert not pressed(output)
