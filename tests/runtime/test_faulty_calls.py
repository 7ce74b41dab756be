"""Calls that return or raise what they should not."""

import threading

import numpy as np
import pytest
from guarding import PATIENCE_S, STALE_S, Arm, close_hand, entered, moves_only_after_rest, pressed, running, wait_for

from emgctl.profile.safety_options import SafetyOptions
from emgctl.testing import FakeDecoder, RecordingOutput, gesture, make_pipeline
from emgctl.types import Pose, SampleBlock


@pytest.mark.parametrize(
    ("prediction", "reason"),
    [
        (None, "it gave NoneType, which is neither a gesture nor a pose"),
        (gesture("fits"), "it gave the label 'fits', which is not one of its own"),
        (gesture("fist", confidence=float("nan")), "it gave the confidence nan, which is not between 0 and 1"),
        (gesture("fist", confidence=7.0), "it gave the confidence 7.0, which is not between 0 and 1"),
        (gesture("fist", intensity=float("inf")), "it gave the intensity inf, which is not between 0 and 1"),
        (gesture("fist", at_s="soon"), "it gave a time that is not a number"),  # type: ignore[arg-type]  # on purpose
        (Pose(("thumb",), np.zeros(1, np.float32), 0.1), "it gave 1 joints, not the 0 of its own"),
        (SystemExit(3), "3"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
)
def test_a_decision_that_is_none_is_a_fault_with_the_decoder_s_name(prediction, reason):
    class Garbage(FakeDecoder):
        garbage = False

        def decode(self, window, window_end_s):
            if self.garbage and isinstance(prediction, BaseException):
                raise prediction
            return prediction if self.garbage else super().decode(window, window_end_s)

    arm, output = Arm(), RecordingOutput()
    decoder = Garbage(lambda window: "fist" if window[-1, 0] >= 1 else "rest")
    made = make_pipeline(arm, [output], decoder, safety=SafetyOptions(stale_after_s=STALE_S))
    thread = threading.Thread(target=entered, args=(made,), daemon=True)
    thread.start()
    close_hand(arm, output)
    decoder.garbage = True
    wait_for(lambda: not pressed(output))
    assert output.commands[-1].reason == f"decoder 'fake' failed: {reason}"
    decoder.garbage = False
    moves_only_after_rest(arm, output)
    arm.over = True
    thread.join(PATIENCE_S)
    made.__exit__(None, None, None)


@pytest.mark.parametrize("what", ["SystemExit", "a string", "three dimensions", "channels", "start"])
def test_what_an_input_does_wrong_is_its_own_loss(what):
    class Wrong(Arm):
        wrong = False

        def read(self, timeout_s):
            block = super().read(timeout_s)
            if not self.wrong:
                return block
            self.wrong = False
            return {
                "a string": lambda: "block",
                "three dimensions": lambda: SampleBlock(block.samples[None], block.start, block.received_s),
                "channels": lambda: SampleBlock(block.samples[:, :3], block.start, block.received_s),
                "start": lambda: SampleBlock(block.samples, None, block.received_s),  # type: ignore[arg-type]  # on purpose
                "SystemExit": lambda: (_ for _ in ()).throw(SystemExit(2)),
            }[what]()

    arm, output = Wrong(), RecordingOutput()
    with running(arm, [output]) as made:
        close_hand(arm, output)
        arm.wrong = True
        wait_for(lambda: not pressed(output))
        wait_for(lambda: made.source.reconnects == 1)
        moves_only_after_rest(arm, output)


def test_an_output_that_exits_is_lost_and_reopened():
    class Exits(RecordingOutput):
        def send(self, command):
            super().send(command)
            if self.sends == 20:
                raise SystemExit(1)

    arm, quits, output = Arm(), Exits(), RecordingOutput()
    with running(arm, [quits, output]) as made:
        close_hand(arm, output)
        wait_for(lambda: quits.opened == 2)
        wait_for(lambda: made.stats.outputs["output0"]["reconnects"] == 1)


def test_samples_that_waited_too_long_are_not_acted_on():
    class Late(Arm):
        late_s = 0.0

        def read(self, timeout_s):
            block = super().read(timeout_s)
            return block and SampleBlock(block.samples, block.start, block.received_s - self.late_s)

    arm, output = Late(), RecordingOutput()
    with running(arm, [output]):
        close_hand(arm, output)
        arm.late_s = 0.5
        wait_for(lambda: not pressed(output))
        assert "late to be decoded" in output.commands[-1].reason
        arm.late_s = 0.0
        moves_only_after_rest(arm, output)
