"""What `import emgctl` gives, and what it leaves alone."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import emgctl

HEAVY = {
    "numpy",
    "torch",
    "onnxruntime",
    "onnx",
    "h5py",
    "scipy",
    "sklearn",
    "matplotlib",
    "pydantic",
    "click",
    "yaml",
    "jinja2",
}


def python(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_importing_it_loads_no_library_and_no_module_of_its_own():
    loaded = python("import emgctl, json, sys; print(json.dumps(list(sys.modules)))")
    assert not HEAVY & {name.partition(".")[0] for name in loaded}
    assert [name for name in loaded if name.startswith("emgctl.")] == []


def test_importing_it_takes_no_time_worth_mentioning():
    code = (
        "import json, time; begun = time.process_time(); import emgctl; print(json.dumps(time.process_time() - begun))"
    )
    assert min(python(code) for _ in range(3)) < 0.05


def test_reading_needs_neither_torch_nor_onnxruntime():
    loaded = python("import emgctl, json, sys; emgctl.read; print(json.dumps(list(sys.modules)))")
    assert not {"torch", "onnxruntime"} & set(loaded)


def test_every_name_is_there_documented_and_listed():
    assert emgctl.__all__ == sorted(emgctl.__all__)
    assert set(emgctl.__all__) <= set(dir(emgctl))
    for name in emgctl.__all__:
        found = getattr(emgctl, name)
        assert found.__name__ == name
        assert found.__doc__.strip()


def test_a_star_import_gives_exactly_these_names():
    names: dict[str, object] = {}
    exec("from emgctl import *", names)
    assert set(names) - {"__builtins__"} == set(emgctl.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'emgctl' has no attribute 'tarin'"):
        emgctl.tarin  # noqa: B018
    with pytest.raises(ImportError, match="tarin"):
        exec("from emgctl import tarin")


def test_type_checkers_see_the_same_names():
    (unseen,) = [
        one for one in ast.parse(Path(emgctl.__file__).read_text(encoding="utf-8")).body if isinstance(one, ast.If)
    ]
    assert ast.unparse(unseen.test) == "TYPE_CHECKING"
    imported = {
        f"{one.module}.{name.name}" for one in unseen.body if isinstance(one, ast.ImportFrom) for name in one.names
    }
    assert imported == {f"{getattr(emgctl, name).__module__}.{name}" for name in emgctl.__all__}
