"""What every kind of plugin has: a kind, options, and what the system needs for it."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo

from emgctl.support.diagnostics import Device, Diagnostic


class Options(BaseModel):
    """The options of one plugin: immutable, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _inside_folder(path: Path, info: ValidationInfo) -> Path:
    folder: Path | None = (info.context or {}).get("folder")
    if folder is None:
        return path
    if "\0" in str(path):
        raise ValueError("holds a zero byte, which no path does; write it anew")
    resolved = (folder / path).resolve()
    if not resolved.is_relative_to(folder.resolve()):
        raise ValueError(f"'{path}' lies outside the profile's folder, which a profile must not leave")
    return resolved


ProfilePath = Annotated[Path, AfterValidator(_inside_folder)]
"""A path in a profile: relative to the profile's folder, and never outside it. A path given on the command
line (``--input replay:FILE``) is the user's own and is taken as it is."""


class Plugin(ABC):
    """What every kind of plugin has: a ``kind``, ``Options``, and being constructed from them without side effects.

    ``package`` is the distribution it came from, with its version ("emgctl-hello 0.1.0"); the registry sets it.
    """

    kind: ClassVar[str]
    package: ClassVar[str] = ""
    Options: ClassVar[type[Options]] = Options

    @classmethod
    def summary(cls) -> str:
        """The first line of the class's docstring."""
        return (cls.__doc__ or "").strip().partition("\n")[0]

    @classmethod
    def findings(cls) -> Iterable[Diagnostic]:
        """What it needs of the system (packages, permissions, services), for ``emgctl doctor``. Opens no device."""
        return ()

    @classmethod
    def devices(cls, seconds: float) -> Iterable[Device]:  # noqa: ARG003 - there are none
        """The devices it could use now, for ``emgctl devices``; a radio may listen for so many seconds.

        Raises:
            DeviceError: they can't be looked for, and why.
        """
        return ()
