"""Make the population that comes with emgctl, from myo_people and two people of myo_continuous: same data, same bytes.

Only data under the MIT licence go in; the card in the file names them, with the hash of each recording.

Example:
  python scripts/make_population.py ../shared/data
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))
from myo_people import read_sessions, recorded  # noqa: E402
from population import population  # noqa: E402

from emgctl.inference.population.card import PopulationFile, PopulationSource  # noqa: E402
from emgctl.inference.population.prior_file import SHIPPED, save_prior  # noqa: E402
from emgctl.training.data.fingerprints import landmarks, sketch  # noqa: E402

SOURCE = PopulationSource(
    name="aljazfrancic/myo-readings-dataset@2630b1dd8b83b2fa386f06d536f64254ad541ac5",
    license="MIT",
    url="https://github.com/aljazfrancic/myo-readings-dataset",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder with myo_people and myo_continuous")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="the file to write")
    options = parser.parse_args()
    sessions = read_sessions(options.data)
    prior = population(sessions)
    card = prior.card.model_copy(
        update={
            "sources": (SOURCE,),
            "files": tuple(PopulationFile(name=one.path.name, sha256=one.sha256) for one in sessions),
            "seen": sketch(*(landmarks(part).codes for one in sessions for _, part, _ in recorded(one.path))),
            "seconds": round(sum(one.seconds for one in sessions)),
        }
    )
    save_prior(options.out, replace(prior, card=card))
    print(f"{options.out}: {card.people} people, {card.sessions} sessions, {options.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
