"""``emgctl doctor``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from emgctl.plugin import Plugin
    from emgctl.registry import Failure, Registry
    from emgctl.support.diagnostics import Diagnostic


@click.command()
@click.option(
    "-p", "--profile", "profile_path", type=click.Path(path_type=Path), help="Check only what this profile needs."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(profile_path: Path | None, as_json: bool) -> None:
    """Report missing dependencies of each plugin and how to install them.

    With a profile, the exit status is 1 if something it needs is missing.

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
    rows += [("plugins", "", _broken(one)) for one in registry.failures]  # nothing that a profile needs
    if as_json:
        click.echo(json.dumps([{"role": role, "plugin": kind, **asdict(one)} for role, kind, one in rows], indent=2))
    else:
        _print(rows)
        if not missing and not registry.failures:
            click.echo("nothing is missing")
    if profile_path is not None and missing:
        sys.exit(1)


def _named(path: Path, registry: Registry) -> set[tuple[str, str]]:
    from emgctl.profile.load import load_profile

    profile = load_profile(path, registry)
    outputs = {("output", output.kind) for _, output in profile.outputs}
    return {("input", profile.input.kind), ("decoder", profile.decoder.kind), *outputs}


def _examined(registry: Registry, kinds: set[tuple[str, str]] | None) -> Iterator[tuple[str, str, list[Diagnostic]]]:
    from emgctl.support.diagnostics import library

    yield "core", "emgctl", [library("onnxruntime", "all"), library("h5py", "all")]
    for role, find in (("input", registry.input), ("decoder", registry.decoder), ("output", registry.output)):
        named = registry.all(role) if kinds is None else sorted(kind for of, kind in kinds if of == role)
        for kind in named:
            yield role, kind, _findings(find(kind))


def _findings(cls: type[Plugin]) -> list[Diagnostic]:
    """The requirements of the class, or the failure to determine them."""
    from emgctl.errors import EmgctlError, PluginError
    from emgctl.registry.plugin_info import findings
    from emgctl.support.diagnostics import Diagnostic

    try:
        return findings(cls)
    except PluginError as error:
        return [Diagnostic(error.plugin, False, error.problem, error.remedy)]
    except EmgctlError as error:
        return [Diagnostic("requirements", False, f"unknown: {error}", "update or remove the package")]


def _broken(failure: Failure) -> Diagnostic:
    from emgctl.support.diagnostics import Diagnostic

    package = f" (package {failure.package})" if failure.package else ""
    return Diagnostic(f"plugin {failure.entry_point}{package}", False, failure.reason, failure.remedy)


def _print(rows: list[tuple[str, str, Diagnostic]]) -> None:
    from emgctl.errors import quoted

    for role, kind, one in rows:
        mark = click.style("ok     ", fg="green") if one.good else click.style("missing", fg="red")
        click.echo(f"{mark} {role:8} {kind:12} {quoted(one.what)}: {quoted(one.detail, 400)}")
        if one.remedy:
            click.echo(f"        {one.remedy}")
