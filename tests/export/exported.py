"""Exported programs for tests: what emgctl run decides, and what the program of C does."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emgctl.export.decided import Decided, decided
from emgctl.export.network import Network, generate
from emgctl.export.program import Program, read_program
from emgctl.export.targets import decoder_files
from emgctl.inference.population.graph import model_card, write_personal_model
from emgctl.inference.population.model import PopulationModel
from emgctl.plugin import EndOfRecording
from emgctl.profile.load import load_profile
from emgctl.recording.reader import read_recording
from emgctl.registry import Registry
from emgctl.runtime.pipeline import Pipeline
from emgctl.testing import FakeInput, make_pipeline
from emgctl.types import Pose, Recording, SampleBlock, Samples

HERE = Path(__file__).parent
DEMO = HERE.parents[1] / "profiles" / "demo.yaml"
GESTURES = ("rest", "fist", "extension")
STRICT = ("-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off")
SANITIZED = (*STRICT, "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]


@dataclass(frozen=True)
class Posed:
    """One pose, of either program."""

    end: int
    moves: bool
    resting: bool
    confidence: float
    intensity: float
    angles_rad: tuple[float, ...]


def demo_samples() -> Samples:
    return read_recording(DEMO.with_name("demo.h5")).samples


def blocks(samples: Samples, size: int | None = None) -> Iterator[SampleBlock]:
    """The samples in blocks of ``size``, or of random sizes."""
    random, start = np.random.default_rng(1), 0
    while start < len(samples):
        end = start + (size or int(random.integers(1, 60)))
        yield SampleBlock(samples[start:end], start, 0.0)
        start = end


def read_blocks(profile: Path, items: Iterable[SampleBlock]) -> Iterator[tuple[Pipeline, SampleBlock]]:
    """The pipeline of a profile's run, with each block that it has read."""
    loaded = load_profile(profile, Registry())
    source = FakeInput(items, loaded.decoder.open().signal)
    pipeline = make_pipeline(source, decoder=loaded.decoder, safety=loaded.safety)
    with pipeline:
        pipeline.begin()
        while True:
            try:
                block = pipeline.read()
            except EndOfRecording:
                return
            assert block is not None
            yield pipeline, block


def by_emgctl(profile: Path, items: Iterable[SampleBlock]) -> list[Decided]:
    """What the run of a profile decides of these blocks."""
    return [one for pipeline, block in read_blocks(profile, items) for one in decided(pipeline, block)]


def poses_by_emgctl(profile: Path, items: Iterable[SampleBlock]) -> list[Posed]:
    """The poses of the run of a profile of these blocks."""
    found: list[Posed] = []
    for pipeline, block in read_blocks(profile, items):
        for window, end_s in pipeline.windows(block):
            pose = pipeline.decode(window, end_s)
            if not isinstance(pose, Pose):
                continue
            pipeline.bind(pose)
            end, moves = round(end_s * pipeline.signal.rate_hz), pipeline.safety.state in ("fresh", "stale")
            angles = tuple(map(float, pose.angles_rad))
            found.append(Posed(end, moves, pose.resting, pose.confidence, pose.intensity, angles))
    return found


def by_native(program: Path, samples: Samples) -> list[Decided]:
    """What the command-line program prints of these samples."""
    lines = "".join(" ".join(f"{value:.9g}" for value in row) + "\n" for row in samples)
    done = subprocess.run([program], input=lines, capture_output=True, text=True, check=True)
    return [
        Decided(int(end), label, rejected == "1", moves == "1", float(sure), float(intensity), tuple(map(float, rest)))
        for end, label, moves, rejected, _, sure, intensity, *rest in [*csv.reader(done.stdout.splitlines())][1:]
    ]


def poses_by_harness(text: str) -> list[Posed]:
    """The poses that the harness printed."""
    found = []
    for line in text.splitlines():
        end, resting, moves, _, _, confidence, intensity, *angles = line.split()
        found.append(
            Posed(
                int(end), moves == "1", resting == "1", float(confidence), float(intensity), tuple(map(float, angles))
            )
        )
    return found


def by_harness(program: Program, text: str) -> list[Decided]:
    """The decisions that the harness printed."""
    found = []
    for line in text.splitlines():
        end, label, rejected, moves, _, _, confidence, intensity, *rest = line.split()
        found.append(
            Decided(
                int(end),
                program.states[int(label)],
                rejected == "1",
                moves == "1",
                float(confidence),
                float(intensity),
                tuple(map(float, rest)),
            )
        )
    return found


def compiled(program: Program, network: Network, folder: Path, compiler: str = "gcc", flags=STRICT) -> Path:
    """The harness with a program, compiled without any warning."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in decoder_files(program, network).items():
        (folder / name).write_text(content)
    sources = [*sorted(folder.glob("*.c")), HERE / "harness.c"]
    out = folder / "harness"
    done = subprocess.run([compiler, *flags, f"-I{folder}", "-o", out, *sources, "-lm"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out


def holds_of(recording: Recording, gestures: Mapping[str, str]) -> dict[str, Samples]:
    """0.8 s of each of a recording's labels that is a key of ``gestures``, by the gesture's name."""
    found = {}
    for label, gesture in gestures.items():
        begin = int(np.flatnonzero(recording.labels == recording.label_names.index(label))[0]) + 60
        found[gesture] = recording.samples[begin : begin + 164]
    return found


def personal_model(folder: Path, holds: Mapping[str, Samples], **changes) -> Path:
    """A model of the person who held these gestures, by the population's; ``changes`` are of its card."""
    population = PopulationModel.load(hop_s=10 / 200)
    person = population.fit({name: [population.features.of_signal(held, 10)[0]] for name, held in holds.items()})
    classifier = person.classifier(GESTURES, "other")
    path = folder / "person.onnx"
    card = model_card(person, classifier, 10, "rest").model_copy(update=changes)
    write_personal_model(path, person, classifier, card)
    return path


def profile_of(model: Path, decoder: str = "", safety: str = "", kind: str = "classifier") -> Path:
    """A profile beside the model, with these lines in its sections."""
    path = model.with_suffix(".yaml")
    path.write_text(
        f"emgctl: 1\ninput: {{kind: synthetic}}\ndecoder:\n  kind: {kind}\n  model: {model.name}\n{decoder}"
        f"outputs: [{{kind: console}}]\n{safety}"
    )
    return path


def program_of(profile: Path, network: Network | None = None) -> tuple[Program, Network]:
    program = read_program(profile, Registry())
    return program, network or generate(program.model.path)


def assert_equal(found: list[Decided], expected: list[Decided], within: float = 1e-4) -> None:
    """Every decision is the same, and probabilities differ by ``within`` at most."""
    assert len(found) == len(expected) > 0
    for one, other in zip(found, expected, strict=True):
        assert (one.end, one.label, one.rejected, one.moves) == (other.end, other.label, other.rejected, other.moves)
    for pick in (lambda one: one.probabilities, lambda one: (one.confidence, one.intensity)):
        differences = np.array([pick(one) for one in found]) - np.array([pick(one) for one in expected])
        assert np.abs(differences).max() <= within


def assert_equal_poses(found: list[Posed], expected: list[Posed], within_rad: float = 1e-3) -> None:
    """Every pose is the same, but for ``within_rad``."""
    assert len(found) == len(expected) > 0
    for one, other in zip(found, expected, strict=True):
        assert (one.end, one.moves, one.resting) == (other.end, other.moves, other.resting)
    for pick, most in ((lambda one: one.angles_rad, within_rad), (lambda one: (one.confidence, one.intensity), 1e-4)):
        differences = np.array([pick(one) for one in found]) - np.array([pick(one) for one in expected])
        assert np.abs(differences).max() <= most
