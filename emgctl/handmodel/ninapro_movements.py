"""The names of NinaPro's movements (Atzori et al., Scientific Data 1:140053, 2014, and ninapro.hevs.ch), shortened.

None needs quotes in YAML. Exercises A to C are the 52 movements that DB1 and DB5 have in their files E1 to E3; DB2, 3
and 7 begin with B, and D is the presses with a force sensor.
"""

from __future__ import annotations

from collections.abc import Sequence

from emgctl.errors import UsageError

EXERCISES = {
    "A": (
        "index flexion", "index extension", "middle flexion", "middle extension", "ring flexion", "ring extension",
        "little finger flexion", "little finger extension", "thumb adduction", "thumb abduction", "thumb flexion",
        "thumb extension",
    ),
    "B": (
        "thumb up", "index and middle extension", "ring and little finger flexion", "thumb to base of little finger",
        "abduction of all fingers", "fist", "pointing index", "adduction of extended fingers", "wrist supination",
        "wrist pronation", "wrist supination about little finger", "wrist pronation about little finger",
        "wrist flexion", "wrist extension", "wrist radial deviation", "wrist ulnar deviation",
        "wrist extension with closed hand",
    ),
    "C": (
        "large diameter grasp", "small diameter grasp", "fixed hook grasp", "index finger extension grasp",
        "medium wrap", "ring grasp", "prismatic four finger grasp", "stick grasp", "writing tripod grasp",
        "power sphere grasp", "three finger sphere grasp", "precision sphere grasp", "tripod grasp",
        "prismatic pinch grasp", "tip pinch grasp", "quadpod grasp", "lateral grasp", "parallel extension grasp",
        "extension type grasp", "power disk grasp", "opening a bottle", "turning a screw", "cutting",
    ),
    "D": (
        "little finger press", "ring press", "middle press", "index press", "thumb abduction press", "thumb press",
        "index and little finger press", "ring and middle press", "index and thumb press",
    ),
}  # fmt: skip
MOVEMENTS = (*EXERCISES["A"], *EXERCISES["B"], *EXERCISES["C"])
GRIP_OF = {
    "fist": "power", "thumb up": "thumbs_up", "pointing index": "point", "abduction of all fingers": "open",
    "adduction of extended fingers": "open", "large diameter grasp": "power", "small diameter grasp": "power",
    "medium wrap": "power", "power sphere grasp": "power", "power disk grasp": "power", "fixed hook grasp": "hook",
    "index finger extension grasp": "point", "writing tripod grasp": "tripod", "tripod grasp": "tripod",
    "prismatic pinch grasp": "pinch", "tip pinch grasp": "pinch", "lateral grasp": "key",
}  # fmt: skip
"""The grip of a bionic hand that is nearest to a movement, where one is near."""

PREFIX = "ninapro:"


def exercise_names(count: int) -> tuple[str, ...] | None:
    """The names of the exercise with so many movements, by which each exercise is known; None if there is none."""
    return next((names for names in EXERCISES.values() if len(names) == count), None)


def named(gestures: Sequence[str]) -> tuple[str, ...]:
    """Gestures with ``ninapro:30`` and the like, which count all 52 movements from 1, replaced by the movement's name.

    Raises:
        UsageError: there is no such movement.
    """
    return tuple(_name(one) if one.startswith(PREFIX) else one for one in gestures)


def _name(gesture: str) -> str:
    number = gesture.removeprefix(PREFIX)
    if not number.isdecimal() or not 1 <= int(number) <= len(MOVEMENTS):
        raise UsageError(f"'{gesture}' is none of NinaPro's movements, {PREFIX}1 to {PREFIX}{len(MOVEMENTS)}")
    return MOVEMENTS[int(number) - 1]
