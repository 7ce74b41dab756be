"""``emgctl doctor``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from emgctl.findings import Finding
    from emgctl.registry import Registry


@click.command()
@click.option("-p", "--profile", "profile_path", type=click.Path(path_type=Path), help="Only what this profile needs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(profile_path: Path | None, as_json: bool) -> None:
    """Say what is missing on this computer for each plugin, and the command that mends it.

    With a profile the exit status is 1 when something that it needs is missing.

    \b
    Examples:
      emgctl doctor
      emgctl doctor --profile alice.yaml
    """
    from emgctl.registry import Registry

    registry = Registry()
    kinds = None if profile_path is None else _named(profile_path, registry)
    rows = [(role, kind, one) for role, kind, found in _examined(registry, kinds) for one in found]
    missing = [one for _, _, one in rows if not one.good]
    if as_json:
        click.echo(json.dumps([{"role": role, "plugin": kind, **asdict(one)} for role, kind, one in rows], indent=2))
    else:
        _print(rows)
        if not missing:
            click.echo("nothing is missing")
    if profile_path is not None and missing:
        sys.exit(1)


def _named(path: Path, registry: Registry) -> set[tuple[str, str]]:
    from emgctl.profile import load_profile

    profile = load_profile(path, registry)
    outputs = {("output", output.kind) for _, output in profile.outputs}
    return {("input", profile.input.kind), ("decoder", profile.decoder.kind), *outputs}


def _examined(registry: Registry, kinds: set[tuple[str, str]] | None) -> list[tuple[str, str, list[Finding]]]:
    from emgctl.findings import Finding, library

    found = [("core", "emgctl", [library("onnxruntime", "all"), library("h5py", "all")])]
    for role in ("input", "decoder", "output"):
        for kind, cls in registry.all(role).items():
            if kinds is None or (role, kind) in kinds:
                found.append((role, kind, list(cls.findings())))
    broken = [Finding(f"plugin {one.entry_point}", False, one.reason, "install it anew") for one in registry.failures]
    return [*found, ("plugins", "", broken)]


def _print(rows: list[tuple[str, str, Finding]]) -> None:
    for role, kind, one in rows:
        mark = click.style("ok     ", fg="green") if one.good else click.style("missing", fg="red")
        click.echo(f"{mark} {role:8} {kind:12} {one.what}: {one.said}")
        if one.remedy:
            click.echo(f"        {one.remedy}")
