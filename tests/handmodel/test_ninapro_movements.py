"""NinaPro's movements by their names."""

import pytest
import yaml

from emgctl.errors import UsageError
from emgctl.handmodel.ninapro_movements import EXERCISES, GRIP_OF, MOVEMENTS, exercise_names, named
from emgctl.profile.template import GRIPS, write_starter
from emgctl.registry import Registry


def test_there_are_52_names_that_differ_and_9_of_forces():
    assert len(set(MOVEMENTS)) == 52
    assert len({*MOVEMENTS, *EXERCISES["D"]}) == 61


def test_yaml_takes_them_as_they_are():
    names = [*MOVEMENTS, *EXERCISES["D"]]
    assert yaml.safe_load(f"select: [{', '.join(names)}]") == {"select": names}
    assert yaml.safe_load("".join(f"{name}: 1\n" for name in names)) == dict.fromkeys(names, 1)


def test_an_exercise_is_known_by_how_many_movements_it_has():
    assert [exercise_names(count) for count in (12, 17, 23, 9, 5)] == [*EXERCISES.values(), None]


def test_a_number_stands_for_a_name_and_other_gestures_stay():
    assert named(("ninapro:1", "spoon", "ninapro:30", "ninapro:52")) == (
        "index flexion",
        "spoon",
        "large diameter grasp",
        "cutting",
    )


@pytest.mark.parametrize("number", ["0", "53", "", "x", "-1"])
def test_a_number_that_ninapro_does_not_have_is_refused(number):
    with pytest.raises(UsageError, match="none of NinaPro's movements"):
        named((f"ninapro:{number}",))


def test_a_new_profile_of_a_hand_takes_the_grip_that_is_nearest(tmp_path):
    assert {*GRIP_OF} <= {*MOVEMENTS}
    assert {*GRIP_OF.values()} <= {*GRIPS}
    path, wanted = tmp_path / "p.yaml", ("lateral grasp", "quadpod grasp")
    write_starter(path, "myo", Registry(), "contrastive", wanted, "ability:/dev/ttyUSB0")
    (_, hand) = yaml.safe_load(path.read_text())["outputs"]
    assert hand["control"]["grips"] == {"lateral grasp": "key"}
    assert '# "quadpod grasp": which grip?' in path.read_text()
