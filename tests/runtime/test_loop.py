"""The loop with every kind of failure, through the public pipeline."""

import signal
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from own_signals import signal_self
from patience import patient

from emgctl.errors import DeviceError, ModelError, PluginError
from emgctl.mapping.buttons import Hold
from emgctl.profile.safety_options import SafetyOptions
from emgctl.runtime.loop import RunLimit, run
from emgctl.testing import FakeDecoder, FakeInput, RecordingOutput, make_pipeline
from emgctl.testing import block as exact_block
from emgctl.types import LabelChange, Signal

ENDINGS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
FIST = Hold(do="hold", button="a")


def rule(window):
    return "fist" if window[-1, 0] >= 1 else "rest"


def block(values, start=0):
    """Samples with noise, as of a muscle."""
    return exact_block(values, start, noise=0.4)


def pipeline(items, outputs=None, decode=rule, safety=None, **options):
    safety = safety or SafetyOptions(stale_after_s=0.05, bridge_s=0)
    outputs = [RecordingOutput()] if outputs is None else outputs
    return make_pipeline(items, outputs, FakeDecoder(decode, **options), safety=safety)


class SlowToOpen(RecordingOutput):
    def open(self, context):
        time.sleep(0.1)
        super().open(context)


def play(made, until=lambda: ""):
    with made:
        run(made, until)
    return made


def stream(*values, start=0):
    """Blocks of two equal samples each."""
    return [block([value, value], start + 2 * n) for n, value in enumerate(values)]


def buttons(output):
    return ["".join(sorted(command.buttons)) for command in output.commands]


def test_gestures_become_commands_and_the_end_is_neutral():
    output = RecordingOutput()
    made = play(pipeline(stream(0, 0, 1, 1, 0), [output]))
    assert buttons(output) == ["", "a", "a", "", ""]
    assert output.commands[-1].reason == "end of recording"
    assert [command.time_s for command in output.commands[:4]] == [0.02, 0.03, 0.04, 0.05]
    assert output.closed == 1
    assert made.stats.decisions == {"rest": 2, "fist": 2}
    assert made.stats.as_json()["outputs"]["output0"]["commands"] == 5


def test_silence_gives_neutral_in_time_and_waits_for_rest():
    output = RecordingOutput()
    items = [*stream(0, 0, 1, 1), None, None, *stream(1, 1, 1, 0, 1, start=8)]
    made = play(pipeline(items, [output]))
    assert next(command.reason for command in output.commands if command.reason) == "no samples for 0.05 s"
    silent = next(n for n, command in enumerate(output.commands) if command.reason.startswith("no samples"))
    assert buttons(output)[silent - 1 :] == ["a", "", "", "", "", "", "a", ""]
    assert [t["after"] for t in made.stats.transitions] == ["fresh", "stale", "neutral", "recovering", "fresh"]


def test_not_a_number_gives_neutral_and_is_never_decoded():
    output = RecordingOutput()
    items = [*stream(0, 0, 1), block([np.nan, 1], 6), *stream(0, 0, 1, start=8)]
    play(pipeline(items, [output]))
    assert buttons(output) == ["", "a", "", "", "a", ""]
    assert "not finite" in output.commands[2].reason


def test_what_was_refused_is_counted_by_kind():
    items = [*stream(0, 0, 1), block([np.nan, 1], 6), *stream(0, 0, 1, start=8), *stream(1, start=12)]
    stats = play(pipeline(items)).stats.snapshot()
    assert dict(stats.faults) == {"not finite": 1}
    assert (stats.samples, stats.samples_lost, stats.samples_repeated) == (16, 0, 2)


def test_a_decoder_that_raises_gives_neutral_and_the_rest_goes_on():
    output = RecordingOutput()

    def fails_on_two(window):
        return ValueError("broken") if window[-1, 0] >= 2 else rule(window)

    play(pipeline(stream(0, 0, 1, 2, 0, 0, 1), [output], fails_on_two))
    assert buttons(output) == ["", "a", "", "", "a", ""]
    assert output.commands[2].reason == "decoder 'fake' failed: broken"


def test_a_long_gap_gives_neutral():
    output = RecordingOutput()
    made = play(pipeline([*stream(0, 0, 1), *stream(1, 1, start=106)], [output]))
    assert output.commands[2].reason == "100 samples were lost"
    assert buttons(output) == ["", "a", "", "", ""]
    assert made.stats.windows_decoded == 3


def test_one_failing_output_never_stops_the_others_and_comes_back_neutral_until_rest():
    broken, good = RecordingOutput(fail_at={1}), RecordingOutput()
    made = pipeline([], [broken, good])
    with made:
        for n, value in enumerate([0, 0, 1, 1, 1]):
            for window, end in made.windows(block([value, value], 2 * n)):
                made.send(made.bind(made.decode(window, end)), time.perf_counter())
        deadline = time.perf_counter() + 5
        while broken.opened < 2 and time.perf_counter() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
        for n, value in enumerate([1, 1, 0, 1], 5):
            for window, end in made.windows(block([value, value], 2 * n)):
                made.send(made.bind(made.decode(window, end)), time.perf_counter())
    assert buttons(good) == ["", "a", "a", "a", "a", "a", "", "a", ""]
    assert buttons(broken) == ["", "", "", "", "a", ""]
    assert broken.commands[1].reason == "output0: waiting for rest"
    runner = made.stats.outputs["output0"]
    assert (runner["failures"], runner["reconnects"], runner["last_error"]) == (1, 1, "the cable was pulled")


def test_a_lost_input_is_reopened_beside_the_loop_and_needs_rest():
    output = RecordingOutput()
    lost = DeviceError("armband", "went away")
    source = FakeInput([*stream(0, 0, 1, 1), lost, *stream(1, 1, 1, 0, 0, 1)])
    made = play(pipeline(source, [output]))
    assert source.opened == 2
    reasons = [command.reason for command in output.commands]
    assert any(reason.startswith("input lost: armband: went away; check ") for reason in reasons)
    assert buttons(output) == ["", "a", "a", "", "", "", "", "", "a", ""]
    assert made.stats.reconnects == 1


@pytest.mark.slow
def test_an_input_that_comes_back_as_another_device_is_not_taken():
    class Changed(FakeInput):
        def open(self):
            super().open()
            return Signal(8, 200.0) if self.opened == 1 else Signal(4, 200.0)

    source = Changed([*stream(0, 0), DeviceError("armband", "went away")])
    until_s = time.perf_counter() + 0.7
    made = play(pipeline(source), lambda: "enough" if time.perf_counter() > until_s else "")
    assert source.opened >= 2
    assert made.stats.reconnects == 0


def test_a_slow_output_gets_the_newest_command_and_the_last_neutral():
    class Slow(RecordingOutput):
        slow = True

        def send(self, command):
            time.sleep(0.02)
            super().send(command)

    output = Slow()
    begun_s = time.perf_counter()
    made = play(pipeline(stream(*[0] * 20, *[1] * 200), [output]))
    assert time.perf_counter() - begun_s < patient(1.0)
    assert made.stats.outputs["output0"]["replaced"] > 100
    assert output.commands[-1].reason == "end of recording"


def test_a_slow_output_is_kept_alive():
    class Kept(RecordingOutput):
        slow = True
        resend_s = 0.01

    output = Kept()
    made = pipeline([*stream(0, 0), *[None] * 4], [output])
    play(made)
    assert len(output.commands) > 8
    assert output.commands[-1].reason == "end of recording"


@pytest.mark.slow
def test_a_stuck_output_does_not_keep_the_run_from_ending():
    released = threading.Event()

    class Stuck(RecordingOutput):
        slow = True

        def send(self, command):
            released.wait(60)

    begun_s = time.perf_counter()
    play(pipeline(stream(0, 0, 1), [Stuck()]))
    assert time.perf_counter() - begun_s < min(patient(2.0), 50)
    released.set()


def test_what_opening_takes_is_not_silence():
    class NotYet(FakeInput):
        def read(self, timeout_s):
            return super().read(timeout_s) if timeout_s > 0 else None  # nothing has come within no time

    output = SlowToOpen()
    made = play(pipeline(NotYet(stream(0, 0, 1, 1)), [output]))
    assert [transition.after for transition in made.safety.transitions] == ["fresh"]
    assert buttons(output)[-2] == "a"


def test_an_output_that_can_not_be_opened_closes_those_that_were(caplog):
    class Missing(RecordingOutput):
        def open(self, context):
            raise DeviceError("hand", "there is no such port")

    good = RecordingOutput()
    made = pipeline(stream(0), [good, Missing()])
    with pytest.raises(DeviceError, match="no such port"):
        play(made)
    assert good.closed == 1
    assert good.commands[-1].is_neutral
    assert not caplog.records  # nobody says that an output is lost which never was there


def test_a_model_for_another_signal_is_refused_before_any_output_opens():
    output = RecordingOutput()
    made = pipeline(FakeInput(stream(0), Signal(64, 2000.0, "uV")), [output])
    with pytest.raises(ModelError, match=r"8 channels at 200 Hz in count.*64 channels at 2000 Hz in uV"):
        play(made)
    assert output.opened == 0


@pytest.mark.parametrize("number", ENDINGS)
def test_a_signal_ends_the_run_with_neutral(number):
    output = RecordingOutput()
    made = pipeline([*stream(0, 0, 1, 1), *[None] * 100], [output])
    threading.Timer(0.1, signal_self, (number,)).start()
    begun_s = time.perf_counter()
    with RunLimit(made) as stop:
        play(made, stop)
    assert time.perf_counter() - begun_s < patient(1.0)
    assert output.commands[-1].reason == f"stopped by {number.name}"


def test_the_duration_is_counted_in_the_recording_s_own_time():
    made = pipeline(stream(*[0] * 100))
    play(made, RunLimit(made, duration_s=0.1))
    assert made.stats.signal_s == pytest.approx(0.1)


class LiveInput(FakeInput):
    live = True


def test_the_duration_of_a_live_run_begins_when_all_is_open():
    made = pipeline(LiveInput(stream(0, 0, 1, 1)), [SlowToOpen()])
    play(made, RunLimit(made, duration_s=0.09))
    assert made.stats.windows_decoded == 3


def test_a_live_input_that_fell_behind_has_its_newest_window_decoded():
    made = play(pipeline(LiveInput([block(np.zeros(100))])))
    assert (made.stats.windows_decoded, made.stats.windows_skipped) == (1, 48)


@pytest.mark.parametrize("duration_s", [0.03, 0.1, 0.101])
def test_the_duration_holds_whatever_the_size_of_the_blocks(duration_s):
    made = pipeline([block(np.zeros(1000))])
    play(made, RunLimit(made, duration_s))
    assert made.stats.signal_s == pytest.approx(duration_s, abs=0.005)


def test_a_block_that_the_duration_cuts_is_decoded_although_labels_change_after_the_cut():
    whole = replace(block(np.zeros(1000)), label_changes=(LabelChange(0, "rest"), LabelChange(900, "fist")))
    made = pipeline([whole])
    play(made, RunLimit(made, 0.1))
    assert made.stats.signal_s == pytest.approx(0.1, abs=0.005)
    assert made.stats.windows_decoded > 0


@pytest.mark.parametrize("error", [ValueError("no idea"), SystemExit("bye"), RuntimeError()])
def test_what_a_plugin_raises_at_the_start_is_an_error_with_its_name(error):
    class Raises(RecordingOutput):
        def open(self, context):
            raise error

    with pytest.raises(PluginError, match=rf"output 'recording': open\(\) raised {type(error).__name__}"):
        play(pipeline(stream(0), [Raises()]))

    class NoInput(FakeInput):
        def open(self):
            raise error

    with pytest.raises(PluginError, match=r"input 'fake': open\(\) raised"):
        play(pipeline(NoInput([])))


@pytest.mark.slow
def test_what_is_not_there_yet_is_waited_for(caplog):
    class Late(FakeInput):
        def open(self):
            if not self.opened:
                self.opened += 1
                raise DeviceError("armband", "is not there")
            return super().open()

    class LateOutput(RecordingOutput):
        def open(self, context):
            super().open(context)
            if self.opened == 1:
                raise DeviceError("hand", "is not there")

    output = LateOutput()
    with_motion = Signal(8, 200.0, motion_hz=50.0)  # more than the model asks for
    made = pipeline(Late([*stream(0, 0), *[None] * 20, *stream(1, 0, 1, start=4)], with_motion), [output])
    made.wait = True
    play(made)
    assert buttons(output)[-2:] == ["a", ""]
    assert "armband: is not there" in caplog.text
    assert "hand: is not there" in caplog.text
