from importlib.metadata import EntryPoint

import pytest

from emgctl.errors import UsageError
from emgctl.registry import ROLES, Registry


def point(name, value):
    return EntryPoint(name, value, "emgctl")


def test_every_plugin_folder_is_announced_and_loads():
    registry = Registry()
    kinds = {role: set(registry.all(role)) for role in ROLES}
    assert not registry.failures
    assert kinds["input"] >= {"replay", "synthetic"}
    assert kinds["decoder"] >= {"classifier"}
    assert kinds["output"] >= {"console", "gamepad", "hand", "hello", "log", "osc"}
    assert kinds["dataset"] >= {"recording", "text", "npz", "emg4", "libemg"}


def test_every_plugin_states_in_one_line_what_it_is():
    registry = Registry()
    for role in ROLES:
        for kind, cls in registry.all(role).items():
            assert cls.summary().endswith("."), kind


def test_an_unknown_kind_names_the_nearest():
    with pytest.raises(UsageError, match="unknown output 'gamepda'; did you mean 'gamepad'"):
        Registry().output("gamepda")


def test_a_plugin_that_does_not_import_is_left_out_and_named():
    registry = Registry([point("broken", "no_such_module"), point("replay", "emgctl_replay")])
    assert "replay" in registry.all("input")
    (failure,) = registry.failures
    assert failure.entry_point == "broken"
    assert "no_such_module" in failure.reason
    with pytest.raises(UsageError, match="plugin 'broken' was left out"):
        registry.input("other")


def test_a_run_imports_only_the_plugins_it_names():
    registry = Registry()
    registry.input("replay")
    assert registry.origin("input", "replay") == "emgctl_replay"
    assert set(registry._classes["output"]) == set()
