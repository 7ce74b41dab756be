"""The static memory of a network with state, in C: what one step returns is what the next one takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emgctl.inference.pose_model import NEXT, POSE_STATE

WINDOW = "const float window[1][EMG_WINDOW][EMG_CHANNELS]"
RESULT = ("float pose[1][EMG_JOINTS]", "float confidence[1]", "float intensity[1]")


def state_source(network: str, states: Mapping[str, Sequence[int]]) -> str:
    """The source of ``emg_step`` and ``emg_step_reset``, which call the ``network`` and keep its ``states``."""
    following = [f"{NEXT}_{number}" for number in range(len(states))]
    sizes = {name: "".join(f"[{size}]" for size in states[name]) for name in states}
    taken = [f"const float {name}{size}" for name, size in sizes.items()]
    returned = [f"float {name}{size}" for name, size in zip(following, sizes.values(), strict=True)]
    passed = [f"(const float(*){size.partition(']')[2]}){name}" for name, size in sizes.items()]
    copied = [
        f"    memcpy({name}, {next_one}, sizeof {name});" for name, next_one in zip(states, following, strict=True)
    ]
    reset = [
        f"    memcpy({name}, emg_start_rad, sizeof {name});"
        if name == POSE_STATE
        else f"    memset({name}, 0, sizeof {name});"
        for name in states
    ]
    return "\n".join(
        [
            "/* The state of the network between steps; written by emgctl export. */",
            '#include "emg_internal.h"\n',
            "#include <string.h>\n",
            _call(f"void {network}", (WINDOW, *taken, *RESULT, *returned), 0),
            "",
            *(f"static float {name}{size};" for name, size in sizes.items()),
            *(f"static {one};" for one in returned),
            f"\nvoid emg_step_reset(void)\n{{\n{chr(10).join(reset)}\n}}",
            f"\nvoid emg_step({', '.join((WINDOW, *RESULT))})\n{{",
            _call(f"    {network}", ("window", *passed, "pose", "confidence", "intensity", *following), 4),
            *copied,
            "}\n",
        ]
    )


def _call(name: str, arguments: Sequence[str], indent: int) -> str:
    separator = ",\n" + " " * (indent + 4)
    return f"{name}({separator.join(arguments)});"
