"""The service that runs a profile: its unit as systemd itself reads it, and what is said where there is no systemd."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from patience import patient

from emgctl.cli import cli
from emgctl.errors import EmgctlError, UsageError
from emgctl.support.systemd import user_services
from emgctl.support.systemd.unit import unit_name, unit_text

DEMO = Path(__file__).parents[2] / "profiles" / "demo.yaml"
linux = pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home in which no systemd listens, so that nothing of this computer is touched."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "none"))
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.delenv("SUDO_USER", raising=False)
    return tmp_path


def service(*arguments):
    return CliRunner().invoke(cli, ["service", *arguments])


def test_show_prints_the_unit_and_writes_nothing(home):
    shown = service("show", "--profile", str(DEMO))
    assert shown.exit_code == 0
    assert f"ExecStart={sys.executable} -P -m emgctl run --profile {DEMO} --wait\n" in shown.output
    assert {"Type=notify", "WatchdogSec=10", "Restart=on-failure", "WantedBy=default.target"} <= set(
        shown.output.splitlines()
    )
    assert list(home.iterdir()) == []


@linux
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("path", ["/a/alice.yaml", "/a b/al'i\"ce $HOME %h \\t.yaml", "/ä/ü;&|#{}.yaml"])
def test_systemd_finds_nothing_wrong_with_the_unit(path, tmp_path):
    unit = tmp_path / unit_name("alice")
    unit.write_text(unit_text("alice", [sys.executable, "-m", "emgctl", "run", "--profile", path, "--wait"]))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--user", unit], capture_output=True, text=True, timeout=patient(60)
    )
    assert unit.name not in verified.stdout + verified.stderr
    assert "alice" not in verified.stderr


@linux
@pytest.mark.skipif(shutil.which("systemctl") is None, reason="systemd is not installed")
def test_a_user_whose_systemd_does_not_respond_gets_to_know_it_and_has_the_unit(home):
    installed = service("install", "--profile", str(DEMO), "--name", "arm")
    unit = home / "config" / "systemd" / "user" / "emgctl-arm.service"
    assert installed.exit_code == 1
    assert "'systemctl --user daemon-reload' failed" in installed.output
    assert "Traceback" not in installed.output
    assert "--wait" in unit.read_text()
    removed = service("uninstall")
    assert f"{unit}: removed" in removed.output
    assert not unit.exists()
    assert service("status").output == "no service is installed\n"
    assert service("uninstall", "--name", "arm").exit_code == 2


@linux
def test_only_emgctl_s_own_units_are_touched(home):
    unit = home / "config" / "systemd" / "user" / "emgctl-demo.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Unit]\n")
    with pytest.raises(EmgctlError, match="exists and was not written by emgctl"):
        user_services.write_unit(unit, "text")
    with pytest.raises(UsageError, match="no service is installed"):
        user_services.chosen(None)
    assert unit.read_text() == "[Unit]\n"


@pytest.mark.parametrize("name", ["a/b", "../x", "a b", "", "ü", "x\n"])
def test_names_that_no_unit_can_have(name, home):
    refused = service("show", "--profile", str(DEMO), "--name", name)
    assert refused.exit_code == 2
    assert "a service can't be called" in refused.output


@pytest.mark.parametrize(
    ("system", "words"), [("win32", "the Task Scheduler"), ("darwin", "launchd"), ("linux", "there is no systemd")]
)
def test_elsewhere_the_system_s_own_way_is_named_with_the_command(system, words, monkeypatch):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.delenv("SUDO_USER", raising=False)
    with pytest.raises(EmgctlError, match=words) as refused:
        user_services.check_systemd(["/usr/bin/python", "-m", "emgctl", "run", "--profile", "/a b.yaml", "--wait"])
    assert str(refused.value).endswith('/usr/bin/python -m emgctl run --profile "/a b.yaml" --wait')


def test_the_unit_of_a_profile_that_can_not_run_is_not_shown(tmp_path):
    refused = service("show", "--profile", str(tmp_path / "missing.yaml"))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "missing.yaml: can't be read" in refused.output
