"""What concerns every test: which are run and where, the cache, and where the real recordings are."""

from __future__ import annotations

import functools
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from error_style import flaws
from full_form import FULL
from hypothesis import settings
from patience import SLOWNESS, measured_slowness, patient
from short_training import short_training

from emgctl.errors import EmgctlError
from emgctl.support.abandoned import ABANDONED

# no deadline, because shared machines are slow now and then, which is no failure
settings.register_profile("emgctl", deadline=None, max_examples=200 if FULL else 40)
settings.load_profile("emgctl")
gc.disable()  # while tests are collected: hardly anything that is imported becomes garbage

REPOSITORY = Path(__file__).parent.parent
SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
if os.name == "nt":  # these import what only POSIX systems have: resource, fcntl, tty
    collect_ignore = ["safety/test_matrix.py", "real"]
QUICK = "not slow and not process and not real"
MARKS = "EMGCTL_TEST_MARKS"  # the variable that has the selection for the processes that tests are divided among


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """``pytest`` alone runs the quick tests, on every core; files or ``-m`` are obeyed."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    os.environ.pop(MARKS, None)
    os.environ.setdefault(SLOWNESS, f"{measured_slowness():.2f}")
    os.environ.setdefault("PYTEST_TIMEOUT", f"{patient(600):.0f}")
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS or "-m" in config.invocation_params.args:
        return
    config.option.markexpr = config.option.markexpr or QUICK
    os.environ[MARKS] = config.option.markexpr
    plugins, option = config.pluginmanager, config.option
    alone = (
        option.usepdb or option.collectonly or plugins.hasplugin("_cov")
    )  # coverage has to know of it from the start
    divided = plugins.hasplugin("xdist") and not alone
    if divided and config.option.numprocesses is None:
        config.option.numprocesses, config.option.dist = 1 + (os.cpu_count() or 1), "loadfile"
        os.environ.setdefault("OMP_NUM_THREADS", "1")  # the processes share the cores
        config.option.loadscopereorder = False


def pytest_configure(config: pytest.Config) -> None:
    """The processes of pytest-xdist get the words of the command line only, not what was made of them."""
    if "PYTEST_XDIST_WORKER" in os.environ and MARKS in os.environ:
        config.option.markexpr = os.environ[MARKS]


def pytest_report_header(config: pytest.Config) -> str:
    slowness = f"this machine is {float(os.environ[SLOWNESS]):.1f} times slower than a quiet core"
    return slowness + (
        f'; only quick tests: -m "{QUICK}"; all of them: -m ""' if config.option.markexpr == QUICK else ""
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files come first, those that wait in turns with those that compute, so that the processes end together."""
    waiting = dict.fromkeys(item.path for item in items if item.get_closest_marker("process"))
    computing = dict.fromkeys(
        item.path for item in items if item.get_closest_marker("slow") and item.path not in waiting
    )
    long = [path for pair in zip_longest(waiting, computing) for path in pair if path is not None]
    places = {path: place for place, path in enumerate(long)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_collection_finish() -> None:
    """From now on garbage is looked for among what the tests make, not among all modules, again and again."""
    gc.freeze()
    gc.set_threshold(50_000)  # as emgctl's own programs have it
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One cache for all tests and the processes they are divided among, which is not the user's."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMGCTL_CACHE", str(folder / "cache"))
        yield


@pytest.fixture(scope="session", autouse=True)
def _short_training() -> Iterator[None]:
    """Networks are trained for their full time by scripts/check --full only."""
    if FULL:
        yield
    else:
        with short_training():
            yield


def _untraced(function: Callable[..., object]) -> Callable[..., object]:
    """The function, of which coverage does not trace every line."""

    @functools.wraps(function)
    def call(*words: object, **named: object) -> object:
        tracer = sys.gettrace()
        sys.settrace(None)
        try:
            return function(*words, **named)
        finally:
            sys.settrace(tracer)

    call.untraced = True  # type: ignore[attr-defined]
    return call


def pytest_runtest_setup() -> None:
    """Torch's exporter is all Python: where coverage is measured, tracing it would take longer than most tests."""
    exporter: Any = sys.modules.get("torch.onnx")
    if sys.gettrace() is not None and exporter is not None and not hasattr(exporter.export, "untraced"):
        exporter.export = _untraced(exporter.export)


@pytest.fixture(autouse=True)
def _clear_errors() -> Iterator[None]:
    """A test fails if an error that it made, of whatever subclass, has a message that no user should read."""
    found: set[str] = set()

    def checked(error: EmgctlError, *words: object) -> None:
        Exception.__init__(error, *words)
        found.update(flaws(error))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EmgctlError, "__init__", checked)
        yield
    assert not found, "\n".join(sorted(found))


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    """A command that ends ignores signals, as its process would be over; a test's process goes on."""
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = [(number, signal.getsignal(number)) for number in numbers]
    yield
    for number, handler in before:
        signal.signal(number, handler)
    ABANDONED.clear()  # or the next command that a test runs to its end would end the test's process, too


@pytest.fixture
def data_dir() -> Callable[[str], Path]:
    """A function from a data set's name to its folder; skips the test, with the reason, where it is absent."""
    root = Path(os.environ.get("EMGCTL_DATA") or REPOSITORY.parent / "shared" / "data")

    def find(name: str) -> Path:
        folder = root / name
        if not folder.exists():
            pytest.skip(f"recordings '{name}' are not at hand (set EMGCTL_DATA)")
        return folder

    return find
