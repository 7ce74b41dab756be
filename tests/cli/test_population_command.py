"""``emgctl population``: what comes with emgctl, and one fitted to recordings."""

import json

import numpy as np
from command_line import emgctl

from emgctl.inference.population.prior_file import load_prior

LABELS = np.array(["rest", "fist", "flexion"])


def session(path, person, seed, channels=8):
    """Three holds of each label; a gesture's power is a person's pattern over the ring."""
    random, pattern = np.random.default_rng(seed), np.random.default_rng(person)
    powers = np.concatenate([np.full((1, channels), 2.0), pattern.uniform(5, 40, (2, channels))])
    cues = np.repeat([0, 1, 0, 2] * 3, 600)
    samples = random.standard_normal((len(cues), channels)) * powers[cues] * random.uniform(0.8, 1.2)
    np.savez(path, samples=samples.round().clip(-128, 127).astype(np.int8), rate_hz=200.0, unit="count",
             labels=cues.astype(np.int16), label_names=LABELS)  # fmt: skip
    return path


def test_info_names_sources_and_licenses():
    done = emgctl("population", "info")
    assert done.returncode == 0
    assert "29 people" in done.stdout
    assert "MIT" in done.stdout
    assert json.loads(emgctl("population", "info", "--json").stdout)["labels"][0] == "rest"


def test_a_population_is_fitted_to_recordings_of_another_ring(tmp_path):
    names = ["ann-1", "ann-2", "ben-1", "ben-2", "cleo-1"]
    files = [session(tmp_path / f"{name}.npz", ord(name[0]), number, 6) for number, name in enumerate(names)]
    for out in ("a.npz", "b.npz"):
        done = emgctl("population", "fit", *files, "--out", tmp_path / out, "--license", "CC0-1.0")
        assert done.returncode == 0, done.stderr
    assert "3 people, 5 sessions" in done.stdout
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    prior = load_prior(tmp_path / "a.npz")
    assert prior.labels == ("rest", "fist", "flexion")
    assert prior.mean.shape == (3, 21)
    assert prior.card.sources[0].license == "CC0-1.0"


def test_too_few_people_and_missing_rest_are_said(tmp_path):
    alone = session(tmp_path / "ann-1.npz", 1, 1)
    done = emgctl("population", "fit", alone, "--out", tmp_path / "p.npz")
    assert done.returncode != 0
    assert "3 people or more" in done.stderr
    done = emgctl("population", "fit", alone, "--rest", "idle", "--out", tmp_path / "p.npz")
    assert "--rest" in done.stderr
    assert not (tmp_path / "p.npz").exists()


def test_a_recording_given_again_as_another_person_is_refused(tmp_path):
    files = [session(tmp_path / f"{name}-1.npz", number, number) for number, name in enumerate(("ann", "ben", "cleo"))]
    arrays = dict(np.load(files[0]))
    arrays |= {"samples": np.roll(arrays["samples"][:5000], 3, axis=1), "labels": arrays["labels"][:5000]}
    np.savez(tmp_path / "dora-1.npz", **arrays)
    done = emgctl("population", "fit", *files, tmp_path / "dora-1.npz", "--out", tmp_path / "p.npz")
    assert done.returncode == 2
    assert "dora-1.npz holds the same signal as" in done.stderr
    assert not (tmp_path / "p.npz").exists()


def test_a_file_that_is_no_population_is_said(tmp_path):
    (tmp_path / "p.npz").write_bytes(b"no archive")
    done = emgctl("population", "info", tmp_path / "p.npz")
    assert done.returncode != 0
    assert "is not a population" in done.stderr
