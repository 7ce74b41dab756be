"""The mapping editor's requests: a profile's mapping, a change tried out, saved, or begun from a starting point."""

from __future__ import annotations

import asyncio
import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emgctl.errors import FileError, UsageError, quoted
from emgctl.profile.save import ProfileEdit, prepare_edit
from emgctl.registry import Registry
from emgctl.studio.folder import Folder
from emgctl.studio.given import text
from emgctl.studio.mapping_edits import apply, checked
from emgctl.studio.mapping_view import findings, view
from emgctl.studio.starting_points import begun, described
from emgctl.support.atomic_write import decoded, read_bytes, write_bytes
from emgctl.support.file_watch import fingerprint
from emgctl.support.yaml_file import MOST_BYTES

_NAME = re.compile(r"[\w][\w .-]{0,99}")
_NEAR = 2  # lines of the file that are shown around a difference


class MappingEditor:
    """Reads and edits the mappings of the profiles in a folder; a page edits a copy and sends what it has changed."""

    def __init__(self, folder: Folder, registry: Registry) -> None:
        self._folder, self._registry = folder, registry

    async def show(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """A profile's mapping and all that it can use; ``hash`` stands for the file as it is now."""
        return await asyncio.to_thread(self._show, text(given, "profile"))

    async def starting_points(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """The gallery."""
        return {"starting_points": described()}

    async def propose(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a change would do: problems, warnings and the difference; nothing is written."""
        name, edits, known = text(given, "profile"), checked(given.get("edits")), text(given, "hash")
        return await asyncio.to_thread(self._propose, name, edits, known)

    async def save(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Write a change, to a new profile where it is named ``as``; ``changed``: the file is another one by now."""
        name, edits, known = text(given, "profile"), checked(given.get("edits")), text(given, "hash")
        new = text(given, "as") if "as" in given else ""
        return await asyncio.to_thread(self._save, name, edits, known, new)

    async def begin(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """A new profile with the device and model of another one and the mapping of a starting point."""
        name, point, new = (text(given, key) for key in ("profile", "starting_point", "as"))
        return await asyncio.to_thread(self._begin, name, point, new)

    def _show(self, name: str) -> Mapping[str, Any]:
        path = self._folder.file(name)
        content = read_bytes(path, MOST_BYTES)
        return {"profile": name, "hash": fingerprint(content)} | view(path, decoded(path, content), self._registry)

    def _propose(self, name: str, edits: Sequence[Mapping[str, Any]], known: str) -> Mapping[str, Any]:
        edit = self._edit(name, edits)
        before, after = decoded(edit.path, edit.before), decoded(edit.path, edit.after)
        lines = difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="", n=_NEAR)
        return {
            "changed": fingerprint(edit.before) != known,
            "findings": findings(edit.path, after, self._registry),
            "difference": list(lines),
        }

    def _save(self, name: str, edits: Sequence[Mapping[str, Any]], known: str, new: str) -> Mapping[str, Any]:
        edit = self._edit(name, edits)
        if fingerprint(edit.before) != known:
            return {"changed": True}
        self._refuse_new_problems(edit)
        if new:
            self._write_new(edit.path, new, edit.after)
            return {"changed": False, "profile": self._beside(name, new)}
        edit.write()
        return {"changed": False, "profile": name}

    def _begin(self, name: str, point: str, new: str) -> Mapping[str, Any]:
        path = self._folder.file(name)
        content = decoded(path, read_bytes(path, MOST_BYTES))
        gestures = view(path, content, self._registry)["gestures"]
        made = begun(point, path, content, gestures)
        view(path, made, self._registry)  # raises where it could not be read
        self._write_new(path, new, made.encode())
        return {"profile": self._beside(name, new)}

    def _edit(self, name: str, edits: Sequence[Mapping[str, Any]]) -> ProfileEdit:
        path = self._folder.file(name)
        return prepare_edit(path, ("mapping",), lambda before: apply(before, edits), self._registry)

    def _refuse_new_problems(self, edit: ProfileEdit) -> None:
        """An edit may leave problems that were there, but makes none."""
        found = findings(edit.path, decoded(edit.path, edit.after), self._registry)
        if not any(one["kind"] == "problem" for one in found):
            return
        before = {one["text"] for one in findings(edit.path, decoded(edit.path, edit.before), self._registry)}
        new = [one["text"] for one in found if one["kind"] == "problem" and one["text"] not in before]
        if new:
            raise UsageError(f"nothing was saved: {'; '.join(new[:3])}")

    def _write_new(self, path: Path, name: str, content: bytes) -> None:
        """Write a file beside another one, so that the files that it names are found; never over an existing one."""
        target = path.with_name(_file_name(name))
        try:
            target.open("xb").close()
        except FileExistsError as error:
            raise FileError(Path(target.name), "exists already", remedy="choose another name") from error
        except OSError as error:
            raise FileError.from_os(target, "written", error) from error
        try:
            write_bytes(target, content)
        except FileError:
            target.unlink(missing_ok=True)
            raise

    def _beside(self, name: str, new: str) -> str:
        return str(Path(name).with_name(_file_name(new)).as_posix())


def _file_name(name: str) -> str:
    name = name if name.lower().endswith((".yaml", ".yml")) else f"{name}.yaml"
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"'{quoted(name, 60)}' can't be a profile's name; use letters, digits, spaces and the characters _ . -"
        )
    return name
