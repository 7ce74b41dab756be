"""``emgctl check``."""

from __future__ import annotations

from pathlib import Path

import click

from emgctl.cli.options import input_option, profile_option


@click.command()
@profile_option
@input_option
def check(profile_path: Path, input_override: str | None) -> None:
    """Check everything about a profile that can be known without opening a device.

    That is: every key, the plugins and their options, the model file and its hash, the gestures, buttons and axes of
    the mapping and, where the input is a recording, whether its signal is what the model wants.

    \b
    Example:
      emgctl check --profile alice.yaml
    """
    from emgctl.build import build
    from emgctl.pipeline import fits
    from emgctl.profile import load_profile
    from emgctl.registry import Registry

    profile = load_profile(profile_path, Registry(), input_override)
    spec = build(profile).spec
    rate_hz = spec.signal.rate_hz
    heard = "not opened"
    if not profile.input.live:
        try:
            signal = profile.input.open()
        finally:
            profile.input.close()
        fits(signal, spec, profile.decoder)
        heard = str(signal)
    click.echo(f"{profile_path}: good")
    click.echo(f"  input    {profile.input.kind}: {heard}")
    click.echo(
        f"  decoder  {profile.decoder.kind}: {', '.join(spec.labels)}; "
        f"window {1000 * spec.length / rate_hz:g} ms, a decision every {1000 * spec.hop / rate_hz:g} ms"
    )
    for label in spec.labels:
        actions = profile.mapping.get(label, [])
        said = "; ".join(" ".join(f"{key} {value}" for key, value in action) for action in actions)
        click.echo(f"  mapping  {label}: {said.replace('do ', '', 1) or 'nothing'}")
    for name, _ in profile.outputs:
        click.echo(f"  output   {name}")
