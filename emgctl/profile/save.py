"""Replaces a profile by an edited one: only where that loads as well as before, and with the old one kept beside it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from emgctl.errors import FileError, ProfileError
from emgctl.profile.edit import Keys
from emgctl.profile.load import load_profile
from emgctl.profile.locations import SourceMap
from emgctl.registry import Registry
from emgctl.support.atomic_write import decoded, read_bytes, write_bytes
from emgctl.support.yaml_file import MOST_BYTES, parse_yaml

_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_MARK = b"\xef\xbb\xbf"  # some editors begin UTF-8 with it


@dataclass(frozen=True, slots=True)
class ProfileEdit:
    """A profile's text before and after an edit; ``after`` has been validated, and nothing is written yet."""

    path: Path
    before: bytes
    after: bytes

    def write(self) -> None:
        """Keep the old file as ``NAME.yaml.bak``, and put the new one in its place.

        Raises:
            FileError: one of the two can't be written, or somebody else has changed the profile; it stays as it is.
        """
        if self.after == self.before:
            return
        if read_bytes(self.path, MOST_BYTES) != self.before:
            raise FileError(self.path, "was changed by another program meanwhile", remedy="try again")
        backup = backup_of(self.path)
        write_bytes(backup, self.before)
        with suppress(OSError):  # a drive without permissions
            shutil.copymode(self.path, backup)
        write_bytes(self.path, self.after)


def backup_of(profile: Path) -> Path:
    """Where the profile is kept as it was before its latest edit."""
    return profile.with_name(f"{profile.name}.bak")


def prepare_edit(path: Path, keys: Keys, change: Callable[[str], str], registry: Registry | None = None) -> ProfileEdit:
    """The edit that ``change`` makes of a profile's text, validated as a run would.

    Args:
        path: the profile; where it is a link, the file that it leads to is edited.
        keys: what is edited, for messages.
        change: from the old text to the new one; a ValueError if it is not possible, with the reason.
        registry: where the plugins come from.

    Raises:
        ProfileError: the change is not possible, or the edited profile would have problems that the old one has not.
        FileError: the profile can't be read.
    """
    path = path.resolve() if path.is_symlink() else path
    before = read_bytes(path, MOST_BYTES)
    if not (path.stat().st_mode & _WRITABLE and os.access(path, os.W_OK)):
        raise FileError(path, "is write-protected", remedy="allow it to be written, or edit a copy of it")
    mark = _MARK if before.startswith(_MARK) else b""
    text = decoded(path, before)
    places = SourceMap(str(path), parse_yaml(path, text)[0])
    try:
        after = change(text)
    except ValueError as error:
        raise ProfileError([places.problem(tuple(keys), f"{error}; the file is unchanged")]) from error
    registry = registry or Registry()
    new = _problems(path, after, registry)
    old = _problems(path, text, registry) if new else {}
    if worse := [one for key, one in new.items() if key not in old]:
        raise ProfileError(
            [places.problem(tuple(keys), "can't be edited, as the profile would not load then; the file is unchanged"),
             *worse]
        )  # fmt: skip
    return ProfileEdit(path, before, mark + after.encode())


def _problems(path: Path, text: str, registry: Registry) -> dict[str, str]:
    """The problems of a profile's text, by what they say without the line."""
    try:
        load_profile(path, registry, text=text)
    except ProfileError as error:
        return {one.removeprefix(f"{path}:").partition(":")[2]: one for one in error.problems}
    return {}
