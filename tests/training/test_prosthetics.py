"""The published recipe: what of a repetition it looks at, and what it writes."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from grasping import GRASPS, person

from emgctl.cli import cli
from emgctl.errors import UsageError
from emgctl.recording.convert import write_recording
from emgctl.training.contrastive import published as prosthetics
from emgctl.training.contrastive.published import PublishedEncoder, slices
from emgctl.types import Recording, Signal


def ramp(rate_hz=2000.0, seconds=3.0):
    """A repetition of one movement after a second of rest, in which the sample's number can be read from its value."""
    count = round(rate_hz * seconds)
    labels = (np.arange(count) >= rate_hz).astype(np.int16)
    samples = np.tile(np.arange(count, dtype=np.float32)[:, None], (1, 10))
    return Recording("r", Signal(10, rate_hz), samples, "r", labels, ("rest", "fist"), np.ones(count, np.int16))


def times_of(found, rate_hz):
    """When each vector of the movement was taken, in seconds from its beginning: the ramp is not filtered at 100 Hz."""
    return (found.x[found.y == 1][:, 0] - rate_hz) / rate_hz


def test_the_whole_second_is_taken_in_order_and_the_wrapped_one_lies_in_its_first_128_ms():
    whole = times_of(slices([ramp(100.0)], wrapped=False), 100.0)
    assert np.allclose(whole, np.arange(100) / 100)
    wrapped = slices([ramp(100.0)], wrapped=True)
    assert times_of(wrapped, 100.0).max() <= 0.12
    assert len(wrapped.x) == len(whole) * 2  # rest too
    index = np.arange(0, 2000, 20, dtype=np.int64).astype(np.uint8)  # as the published code makes it
    assert np.array_equal(np.arange(0, 2000, 20) % 256, index)


def test_each_second_is_filtered_from_a_cold_start():
    one = ramp()
    shifted = Recording(**{**{name: getattr(one, name) for name in one.__slots__}, "samples": one.samples + 0})
    shifted.samples[:2000] += 1e4  # what was before the movement
    first, second = (slices([each], wrapped=False) for each in (one, shifted))
    assert np.array_equal(first.x[first.y == 1], second.x[second.y == 1])


def test_the_encoder_has_the_published_layers_and_adabn_uses_the_batch():
    encoder = PublishedEncoder(12)
    widths = [layer.out_features for layer in encoder.layers if isinstance(layer, torch.nn.Linear)]
    assert widths == [512] * 7 + [16]
    assert sum(isinstance(layer, torch.nn.Dropout) for layer in encoder.layers) == 4
    x = torch.randn(20, 12, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.allclose(encoder.eval()(x).norm(dim=1), torch.ones(20))
        others = torch.cat((x[:1], 9 * x[1:]))
        assert torch.allclose(encoder(x)[0], encoder(others)[0], atol=1e-5)
        adaptive = encoder.by_batch().eval()
        assert not torch.allclose(adaptive(x)[0], adaptive(others)[0], atol=1e-2)


def test_movements_shorter_than_a_second_are_refused():
    with pytest.raises(UsageError, match="lasts a second"):
        slices([person(hold_s=0.5)], wrapped=False)


@pytest.mark.slow
def test_the_recipe_writes_table_and_curve_and_states_why_no_model(tmp_path, monkeypatch):
    monkeypatch.setattr(prosthetics, "SETTINGS", replace(prosthetics.SETTINGS, epochs=2))  # enough for what is so clear
    write_recording(tmp_path / "S1.h5", person(grasps=GRASPS[:3], repetitions=5, hold_s=1.1))
    words = [
        "train",
        "contrastive-prosthetics",
        tmp_path / "S1.h5",
        "-o",
        tmp_path / "published",
        "--json",
        tmp_path / "p.json",
    ]
    done = CliRunner().invoke(cli, [*map(str, words)])
    assert done.exit_code == 0, done.output
    assert "no model is written" in done.stdout
    result = json.loads((tmp_path / "p.json").read_text())
    assert set(result["curves"]) == {
        f"{beside}{name}{adaptive}"
        for beside, adaptive in (("", ""), ("", ", AdaBN"), ("masked LDA, ", ""))
        for name in ("wrapped", "whole second")
    }
    curve = result["curves"]["whole second"]
    assert set(curve) == {str(size) for size in (1, 2)}
    assert curve["1"]["mean"] > 0.8
    assert (tmp_path / "published.sizes.png").read_bytes().startswith(b"\x89PNG")
    assert "data:image/png" in (tmp_path / "published.report.html").read_text()
