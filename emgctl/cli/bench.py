"""``emgctl bench``."""

from __future__ import annotations

from pathlib import Path

import click

from emgctl.cli.options import Number
from emgctl.cli.renamed import RenamedChoice
from emgctl.cli.training_options import json_option
from emgctl.errors import UsageError
from emgctl.support.preconditions import needs_train_extra


@click.command()
@click.option("--seconds", type=Number(min=1), default=10.0, show_default=True, help="Length of a paced run.")
@click.option("--only", type=click.Choice(["armband", "grid"]), help="Measure this signal only.")
@click.option(
    "--model",
    type=RenamedChoice(["ensemble", "mlp", "lda", "population"], {"default": "ensemble"}),
    default="ensemble",
    show_default=True,
)
@click.option(
    "--hop-ms",
    type=Number(min=1, max=1000),
    default=50.0,
    show_default=True,
    help="A decision every so many milliseconds, as with 'hop_s' in a profile; 10 is every packet of an armband.",
)
@click.option("--compare", metavar="COMMIT|WHEEL", help="Measure this version beside another, in turns.")
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True, help="How often, with --compare.")
@click.option(
    "--history", type=click.Path(path_type=Path), help="Add the ratios to this file, a line of JSON, with --compare."
)
@json_option
def bench(
    seconds: float,
    only: str | None,
    model: str,
    hop_ms: float,
    compare: str | None,
    rounds: int,
    history: Path | None,
    json_path: Path | None,
) -> None:
    """Measure latency, CPU share, memory and throughput of real runs on this machine.

    A classifier is trained on simulated EMG, for the 8 x 8 grid at 2 kHz a grid decoder with its filters, and
    `emgctl run` plays a simulated recording through it in a process of its own: first paced by the clock, then as fast
    as it goes. Latency is from the moment a packet's last sample was due to the moment its command was written.

    With --compare, another version (a commit of the repository that this one runs from, or a wheel) takes turns with
    this one, and the ratios of their figures are printed: what else the machine does falls on both.

    \b
    Example:
      emgctl bench --seconds 20 --json bench.json
      emgctl bench --only armband --model population --hop-ms 10
      emgctl bench --only armband --compare HEAD~1 --rounds 8 --history ratios.jsonl
    """
    from emgctl.cli.benchmark import SIGNALS, measure
    from emgctl.support.atomic_write import write_text
    from emgctl.support.json_text import json_text
    from emgctl.support.preconditions import check_writable

    check_writable(json_path, history)
    if history is not None and compare is None:
        raise UsageError("--history is for --compare; name the version to compare with, too")
    needs_train_extra("bench", "torch", "onnx", "onnxscript", "sklearn")
    chosen = {name: options for name, options in SIGNALS.items() if only in (None, name)}
    if compare is not None:
        from emgctl.cli.comparison import compare as compared
        from emgctl.cli.comparison import lines
        from emgctl.cli.ratio_history import append

        ratios = compared(chosen, compare, seconds, rounds, model, lambda text: click.echo(text, err=True), hop_ms)
        if history is not None:
            settings: dict[str, float | str] = {"model": model, "seconds": seconds, "rounds": rounds, "hop_ms": hop_ms}
            append(history, compare, settings, ratios)
        if json_path is not None:
            write_text(json_path, json_text(ratios))
        if json_path is None or str(json_path) != "-":
            click.echo("\n".join(lines(ratios)))
        return
    result = measure(chosen, seconds, model, lambda text: click.echo(text, err=True), hop_ms)
    if json_path is not None:
        write_text(json_path, json_text(result))
    if json_path is None or str(json_path) != "-":
        click.echo(
            f"{'import':10} emgctl --help {result['help_s']:.3f} s, everything a run needs {result['import_s']:.3f} s"
        )
        for name in chosen:
            row = result[name]
            delay, decode = row["latency_us"], row["stage_us"]["decode"]
            click.echo(
                f"{name:10} packet -> command p50 {delay['p50'] / 1e3:.2f} ms, p99 {delay['p99'] / 1e3:.2f} ms; decode "
                f"p50 {decode['p50']:.0f} us paced, {row['decode_us_unpaced']:.0f} us unpaced; "
                f"{row['cpu_share']:.1%} of a core; "
                f"{row['rss_mb']} MB; {row['realtime_factor']:.0f} x real time at --speed max"
            )
