"""The person's folder: profiles and recordings, and nothing outside it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emgctl.errors import EmgctlError, FileError
from emgctl.plugin import Output
from emgctl.profile.combination import Combination, load_combination
from emgctl.profile.load import Profile, is_combination, load_profile
from emgctl.registry import Registry
from emgctl.studio.readiness import readiness

_MOST, _DEEP = 500, 3
_RECORDINGS = (".h5", ".edf", ".bdf", ".xdf", ".npz", ".csv", ".parquet", ".mat", ".c3d")
REPORTS = (".html", ".htm")


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the studio finds and writes files; pages name them by their path in it."""

    path: Path

    def file(self, name: str) -> Path:
        """A file of the folder.

        Raises:
            FileError: there is none of this name, or it lies elsewhere.
        """
        root = self.path.resolve()
        try:
            found = (root / name).resolve()
            is_inside = found.is_relative_to(root) and found.is_file()
        except (OSError, ValueError):
            is_inside = False
        if not is_inside:
            raise FileError(Path(name), "is not in the studio's folder", remedy=f"it shows what lies in {self.path}")
        return found

    def profiles(self, registry: Registry) -> list[dict[str, Any]]:
        """Every profile: its name, what it reads and drives, or what is wrong with it."""
        return [self._profile(path, registry) for path in self._files((".yaml", ".yml")) if _is_profile(path)]

    def recordings(self) -> list[dict[str, Any]]:
        """Every file that may be a recording, the newest first."""
        return self._newest(_RECORDINGS)

    def reports(self) -> list[dict[str, Any]]:
        """Every page that may be a report, the newest first."""
        return self._newest(REPORTS)

    def _newest(self, endings: tuple[str, ...]) -> list[dict[str, Any]]:
        found = []
        for path in self._files(endings):
            with contextlib.suppress(OSError):  # removed this moment, or a link that leads nowhere
                found.append((path, path.stat()))
        found.sort(key=lambda one: -one[1].st_mtime)
        return [
            {"name": self._name(path), "megabytes": round(status.st_size / 1e6, 2), "modified_s": status.st_mtime}
            for path, status in found
        ]

    def _profile(self, path: Path, registry: Registry) -> dict[str, Any]:
        try:
            about = self._about(path, registry)
        except EmgctlError as error:
            return {"name": self._name(path), "problem": str(error).replace(f"{path.parent}/", "")}
        return {"name": self._name(path), "problem": ""} | about

    def _about(self, path: Path, registry: Registry) -> dict[str, Any]:
        if not is_combination(path):
            profile = load_profile(path, registry)
            return described(profile) | readiness(path, profile)
        combination = load_combination(path, registry)
        ready = [readiness(part.profile.path, part.profile) for part in combination.parts.values()]
        inputs = [
            {"input": name, "profile": self._name(part.profile.path), "model": one["model"]}
            for (name, part), one in zip(combination.parts.items(), ready, strict=True)
        ]
        needs = [f"output {output.kind}" for _, output in combination.outputs]
        return described_combination(combination) | {
            "inputs": inputs,
            "model": "missing" if any(one["model"] == "missing" for one in ready) else "none",
            "kinds": [],
            "last": "",
            "needs": list(dict.fromkeys([*needs, *(need for one in ready for need in one["needs"])])),
        }

    def _files(self, endings: tuple[str, ...]) -> Iterator[Path]:
        """The folder's files with such endings, not hidden, in the order of their names; at most some hundred."""
        root, count = self.path.resolve(), 0
        for folder, folders, names in os.walk(root):
            depth = len(Path(folder).relative_to(root).parts)
            folders[:] = sorted(one for one in folders if not one.startswith(".")) if depth < _DEEP else []
            for name in sorted(names):
                if name.lower().endswith(endings) and not name.startswith("."):
                    count += 1
                    if count > _MOST:
                        return
                    yield Path(folder) / name

    def _name(self, path: Path) -> str:
        return path.relative_to(self.path.resolve()).as_posix()


def combinations(profiles: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of a folder's profiles, those of several inputs, with the profile of each."""
    return [{key: one[key] for key in ("name", "inputs")} for one in profiles if one.get("inputs")]


def moved(path: Path, registry: Registry) -> list[str]:
    """The kinds of outputs of a profile, of one input or several, that move something.

    Raises:
        ProfileError: with everything that is wrong in it.
    """
    if is_combination(path):
        about = described_combination(load_combination(path, registry))
    else:
        about = described(load_profile(path, registry))
    return list(about["moves"])


def described_combination(combination: Combination) -> dict[str, Any]:
    """What a page shows of a profile of several inputs."""
    own = [output for part in combination.parts.values() if part.own for output in part.profile.outputs]
    outputs = [output for _, output in (*combination.outputs, *own)]
    return {
        "user": "",
        "input": "",
        "decoder": "",
        "outputs": list(dict.fromkeys(output.kind for output in outputs)),
        "moves": list(dict.fromkeys(output.kind for output in outputs if _moves(output))),
        "gestures": {},
        "layers": [],
    }


def described(profile: Profile) -> dict[str, Any]:
    """What a page shows of a profile of one input."""
    return {
        "user": profile.user,
        "input": profile.input.kind,
        "decoder": profile.decoder.kind,
        "outputs": [output.kind for _, output in profile.outputs],
        "moves": [output.kind for _, output in profile.outputs if _moves(output)],
        "gestures": {gesture: [_action(one) for one in actions] for gesture, actions in profile.mapping.items()},
        "layers": sorted(profile.layers),
    }


def _action(action: Any) -> dict[str, Any]:
    return dict(action.model_dump(mode="json", exclude_defaults=True))


def _is_profile(path: Path) -> bool:
    """Whether a YAML file says that it is one, in its first part."""
    try:
        with path.open("rb") as file:
            head = file.read(20_000)
    except OSError:
        return False
    return any(line.startswith(b"emgctl:") for line in head.splitlines())


def _moves(output: Output) -> bool:
    """Whether an output moves something: a pad, keys, or a hand, which is what needs heartbeats."""
    return output.controls is not None or output.wants_heartbeat
