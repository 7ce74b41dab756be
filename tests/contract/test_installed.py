"""Every installed plugin keeps its contract: its class by the entry points, its device played by a simulation."""

from typing import Any

import pytest
from devices import INPUTS, OUTPUTS, SIMULATORS
from recorded_files import READ
from trained_models import DECODERS
from training_windows import TRAINERS

from emgctl import hookspecs
from emgctl.registry import ROLES, Registry
from emgctl.testing import (
    check_class,
    check_decoder,
    check_input,
    check_output,
    check_reader,
    check_simulator,
    check_trainer,
)

CASES: dict[str, dict[str, Any]] = {
    "input": INPUTS,
    "decoder": DECODERS,
    "output": OUTPUTS,
    "dataset": READ,
    "simulator": SIMULATORS,
    "trainer": TRAINERS,
}
INSTALLED = {role: Registry().all(role) for role in ROLES}


def installed(role):
    """A parameter for each installed kind of a role: its class, and what its case is."""
    found = []
    for kind, cls in INSTALLED[role].items():
        case = CASES[role].get(kind)
        marks = getattr(case, "marks", ())
        found.append(pytest.param(cls, case.values[0] if marks else case, id=kind, marks=marks))
    return pytest.mark.parametrize(("cls", "case"), found)


def fitting(case, cls):
    """The case; where there is none, the class is a stranger's, or somebody has forgotten to write it."""
    if case is None and cls.package.partition(" ")[0] not in ("emgctl", "emgctl-hello"):
        pytest.skip(f"{cls.package}: not emgctl's own; its package tests it")
    assert case is not None, f"no contract test for '{cls.kind}': add a case to tests/contract"
    return case


def test_every_hook_has_cases_and_every_case_a_plugin():
    hooks = {name for name in vars(hookspecs) if name.startswith("emgctl_")}
    assert hooks == set(ROLES.values())
    assert set(CASES) == set(ROLES)
    for role, cases in CASES.items():
        assert cases, f"nothing is installed for {ROLES[role]}()"
        assert set(cases) <= set(INSTALLED[role])


@pytest.mark.parametrize(("role", "cls"), [(role, cls) for role in ROLES for cls in INSTALLED[role].values()])
def test_every_class_is_complete(role, cls):
    check_class(role, cls)


@installed("input")
def test_input(cls, case, tmp_path):
    with fitting(case, cls)(cls, tmp_path) as (made, options):
        check_input(made, options)


@pytest.mark.slow
@installed("decoder")
def test_decoder(cls, case, models):
    check_decoder(cls, fitting(case, cls)(cls, models))


@installed("output")
def test_output(cls, case, tmp_path):
    with fitting(case, cls)(cls, tmp_path) as (made, options):
        check_output(made, options)


@pytest.mark.slow
@installed("dataset")
def test_reader(cls, case, tmp_path):
    check_reader(cls, fitting(case, cls)(tmp_path))


@installed("simulator")
def test_simulator(cls, case, tmp_path):
    with fitting(case, cls)(cls, tmp_path) as (made, options):
        check_simulator(made, options)


@pytest.mark.slow
@installed("trainer")
def test_trainer(cls, case):
    check_trainer(cls, *fitting(case, cls)(cls))


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A folder for models, which are made when a case asks for them."""
    return tmp_path_factory.mktemp("models")
