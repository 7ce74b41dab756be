"""The unit of systemd with which ``emgctl run`` is a service."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from emgctl.errors import UsageError

MARK = "# Written by emgctl service install."
_PREFIX, _SUFFIX = "emgctl-", ".service"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "%": "%%"}
_TEXT = """\
{mark}
[Unit]
Description=emgctl {name}
# it is started again however often it fails
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={command}
# a long search for a device is no failure
TimeoutStartSec=180
# the run's loops send the watchdog notifications: if one hangs, outputs become neutral at once and systemd restarts it
WatchdogSec=10
WatchdogSignal=SIGTERM
TimeoutStopSec=10
Restart=on-failure
RestartSec=2
# the profile is wrong, which a new start does not change
RestartPreventExitStatus=2

[Install]
WantedBy=default.target
"""


def unit_name(name: str) -> str:
    """The name of the service that a person calls ``name``.

    Raises:
        UsageError: it can't be part of a unit's name.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"a service can't be called '{name}': use letters, digits, '_', '.' and '-' in --name")
    return f"{_PREFIX}{name}{_SUFFIX}"


def usual_name(profile: Path) -> str:
    """What the service of a profile is called: as its file, as far as a unit can be."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", profile.stem)[:100] or "run"


def unit_text(name: str, command: Sequence[str]) -> str:
    """The unit that runs ``command``, the first word of which is the path of a program."""
    program, *arguments = command
    words = [_quoted(program), *(_quoted(one).replace("$", "$$") for one in arguments)]
    return _TEXT.format(mark=MARK, name=name, command=" ".join(words))


def _quoted(word: str) -> str:
    """A word of a command line as systemd.service(5) reads it."""
    escaped = "".join(_ESCAPED.get(sign, sign) for sign in word)
    return escaped if re.fullmatch(r"[\w/.:=+-]+", escaped) else f'"{escaped}"'
