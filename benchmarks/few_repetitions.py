"""How much of a person's own data a classifier needs: four cycles of 35 s, one, or none.

    python benchmarks/few_repetitions.py --data DATA            # the folder with cote_allard_myo

Cote-Allard et al. 2019: 7 gestures with a Myo; trained on the first round, tested on the two later ones. With no cycle
of their own the model is the other person's, and ``adapted`` has only seen the later round's signal without its labels.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from across_days import accuracy, fit, only

from emgctl.recording.datasets import read_dataset
from emgctl.types import Recording

PEOPLE = ("Female0", "Male0")


def rounds(data: Path, person: str) -> dict[str, list[Recording]]:
    """A person's recordings by round."""
    found: dict[str, list[Recording]] = {}
    for one in read_dataset(f"cote_allard:{data / 'cote_allard_myo' / person}"):
        found.setdefault(one.session, []).append(one)
    return found


def main() -> None:
    """Print a line for each person and number of cycles."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", default="lda-mlp", help="as for emgctl train")
    options = parser.parse_args()
    theirs = {person: rounds(options.data, person) for person in PEOPLE}
    with tempfile.TemporaryDirectory() as name:
        for cycles in (4, 1, 0):
            reached: dict[str, list[float]] = {"as trained": [], "adapted": []}
            for person in PEOPLE:
                own = theirs[person]
                trained = (
                    own["training0"] if cycles else theirs[next(one for one in PEOPLE if one != person)]["training0"]
                )
                numbers = sorted({int(n) for one in trained if one.repetitions is not None for n in one.repetitions})
                model = fit(only(trained, numbers[:cycles] if cycles else numbers), Path(name), options.model)
                for test in ("Test0", "Test1"):
                    for how, values in reached.items():
                        values.append(100 * accuracy(model, own[test], adapt=how == "adapted"))
            figures = ", ".join(
                f"{how} {np.mean(v):.1f} ({' '.join(f'{x:.1f}' for x in v)})" for how, v in reached.items()
            )
            print(f"{cycles} cycles of their own, {options.model}: {figures}", flush=True)


if __name__ == "__main__":
    main()
