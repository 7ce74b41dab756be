"""``emgctl replay``."""

from __future__ import annotations

import click

from emgctl.cli.options import speed_option
from emgctl.cli.stating_options import stating_options

SHOW_S = 0.1
BARS = " ▁▂▃▄▅▆▇█"


@click.command()
@click.argument("path", metavar="[KIND:]FILE")
@stating_options
@speed_option
def replay(path: str, speed: str | float | None) -> None:
    """Play a recording and show how strong each channel is.

    On a terminal it is a live line of bars, elsewhere a line of RMS values every second.

    \b
    Example:
      emgctl replay session.h5 --speed 2
    """
    import sys

    import numpy as np

    from emgctl.plugin import EndOfRecording
    from emgctl.profile.load import override
    from emgctl.registry import Registry
    from emgctl.runtime.shutdown import ShutdownFlag
    from emgctl.support.escape_sequences import obeyed

    source = override(Registry(), f"replay:{path}", speed)
    signal = source.open()
    live = sys.stdout.isatty() and obeyed()
    every = max(1, round((SHOW_S if live else 1.0) * signal.rate_hz))
    click.echo(str(signal), err=True)
    waiting: list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = []
    loudest, shown, count = 1e-9, 0, 0
    with ShutdownFlag() as stop:
        while not stop():
            try:
                block = source.read(0.2)
            except EndOfRecording:
                break
            if block is None:
                continue
            waiting.append(block.samples)
            count += len(block.samples)
            if count - shown < every:
                continue
            rms = np.concatenate(waiting).std(axis=0)
            waiting, shown = [], count
            loudest = max(loudest, float(rms.max()))
            if live:
                bars = "".join(BARS[round(float(level) / loudest * (len(BARS) - 1))] for level in rms[:120])
                click.echo(f"\r\x1b[K{count / signal.rate_hz:8.1f} s  |{bars}|", nl=False)
            else:
                levels = " ".join(f"{level:.1f}" for level in rms)
                click.echo(f"{count / signal.rate_hz:8.1f} s  {levels}")
    if live:
        click.echo()
    source.close()
