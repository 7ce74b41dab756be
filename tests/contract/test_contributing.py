"""The examples of CONTRIBUTING.md and docs/plugins.md work: each registers its class and passes its check."""

import importlib
import inspect
import re
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from emgctl import testing
from emgctl.registry import ROLES, Registry

ROOT = Path(__file__).parents[2]
TEXT = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in ("CONTRIBUTING.md", "docs/plugins.md"))
EXAMPLES = dict(re.findall(r"^```python\n# (\w+)\.py\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
ENDS = {"reader": "dataset"}


def test_there_is_an_example_of_each_role():
    assert {ENDS.get(end, end) for end in (name.rpartition("_")[2] for name in EXAMPLES)} == set(ROLES)
    assert TEXT.count("```python") == len(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_works(name, tmp_path, monkeypatch):
    (tmp_path / f"{name}.py").write_text(EXAMPLES[name], encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    kind, _, end = name.partition("_")
    registry = Registry([EntryPoint(kind, name, "emgctl")])
    cls = registry.all(ENDS.get(end, end))[kind]
    assert not registry.failures
    assert cls.summary().endswith(".")
    module = importlib.import_module(name)
    checked = []
    check = getattr(testing, f"check_{end}")

    def noted(*given):
        checked.append(given[0])
        check(*given)

    monkeypatch.setattr(module, f"check_{end}", noted)
    folder = {"tmp_path": tmp_path} if "tmp_path" in inspect.signature(module.test_contract).parameters else {}
    module.test_contract(**folder)
    assert checked == [cls]
