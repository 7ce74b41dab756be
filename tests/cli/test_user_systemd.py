"""The service under a real ``systemd --user``, in a mount namespace and a control group of its own.

For containers and virtual machines without a systemd of their own, as root; in the suite's full form (EMGCTL_FULL=1).
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest
from demo_files import copy_demo
from full_form import FULL
from patience import patient, until

SYSTEMD = Path("/lib/systemd/systemd")
PROFILE = """
emgctl: 1
user: demo
input: {kind: replay, path: demo.h5, loop: true}
decoder: {kind: classifier, model: demo.onnx}
outputs: [{kind: log, path: log.jsonl, append: true}]
"""
# systemd --user only starts where /run/systemd/system says that a systemd has booted, and the control groups are of
# version 2; journald gets the messages
MANAGER = """
mount --make-rprivate / && mount -t cgroup2 cgroup2 /sys/fs/cgroup && mount -t tmpfs run /run || exit 1
mkdir -p /run/systemd/system /run/systemd/journal /sys/fs/cgroup/$0
enter='echo $$ >/sys/fs/cgroup/'$0'/cgroup.procs; exec'
sh -c "$enter /lib/systemd/systemd-journald" 2>/dev/null &
while [ ! -S /run/systemd/journal/stdout ]; do sleep 0.1; done
sh -c "$enter /lib/systemd/systemd --user --unit=basic.target --log-target=journal" &
read end
echo 1 >/sys/fs/cgroup/$0/cgroup.kill
while grep -q "populated 1" /sys/fs/cgroup/$0/cgroup.events; do sleep 0.1; done
find /sys/fs/cgroup/$0 -depth -type d -exec rmdir {} +
"""


def missing():
    """Why no systemd --user can be tried here, "" if one can."""
    if not FULL:
        return "takes half a minute: in the suite's full form (EMGCTL_FULL=1)"
    if sys.platform != "linux" or not SYSTEMD.exists() or os.geteuid() != 0:
        return "needs Linux with systemd's programs, as root in a container or a virtual machine"
    if Path("/run/systemd/system").exists():
        return "the systemd of this computer is left alone: run it in a container or a virtual machine"
    return ""


pytestmark = [pytest.mark.slow, pytest.mark.process, pytest.mark.skipif(bool(missing()), reason=missing())]


class User:
    """A user with a systemd of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.home = folder / "home"
        for name in ("home", "run"):
            (folder / name).mkdir(mode=0o700)
        copy_demo(folder)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "NOTIFY", "DBUS"))}
        paths = os.pathsep.join(filter(None, sys.path))
        own = {"HOME": str(self.home), "XDG_RUNTIME_DIR": str(folder / "run"), "PYTHONPATH": paths}
        self.environment = kept | own
        command = ["unshare", "--mount", "bash", "-c", MANAGER, f"emgctl-test-{os.getpid()}"]
        self.manager = subprocess.Popen(command, env=self.environment, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def ask(self, *words):
        return subprocess.run(words, env=self.environment, capture_output=True, text=True, timeout=patient(60))

    def emgctl(self, *words):
        return self.ask(sys.executable, "-P", "-m", "emgctl", *words)

    def service(self):
        """What systemd knows of the service."""
        names = "ActiveState,SubState,MainPID,NRestarts,Result,ExecMainStatus"
        shown = self.ask("systemctl", "--user", "show", "emgctl-arm", "--property", names).stdout
        return dict(line.split("=", 1) for line in shown.splitlines())

    def until_active(self, restarts):
        """The main process, once the service is ready after so many restarts."""
        until(lambda: self.service().items() >= {"ActiveState": "active", "NRestarts": str(restarts)}.items(), 60,
              lambda: str(self.service()))  # fmt: skip
        return int(self.service()["MainPID"])

    def journal(self):
        inside = ["nsenter", "--mount", "--target", str(self.manager.pid)]
        return self.ask(*inside, "journalctl", "--no-pager", "--output=short-monotonic").stdout

    def end(self):
        with suppress(OSError):
            self.manager.communicate(b"\n", timeout=patient(20))


@pytest.fixture
def user():
    with tempfile.TemporaryDirectory(prefix="emgctl-") as folder:  # the sockets' paths have to be short
        one = User(Path(folder))
        try:
            until(lambda: one.ask("systemctl", "--user", "is-active", "basic.target").stdout == "active\n", 30)
            yield one
        finally:
            one.end()


def test_a_service_is_started_again_when_it_is_killed_or_hangs_and_not_when_its_profile_is_wrong(user):
    profile = user.folder / "arm.yaml"
    profile.write_text(PROFILE)
    done = user.emgctl("service", "install", "--profile", str(profile))
    assert (done.returncode, "enabled and started" in done.stdout) == (0, True), done.stderr + done.stdout
    first = user.until_active(0)
    log = user.folder / "log.jsonl"
    until(lambda: log.exists() and log.stat().st_size > 0)
    assert user.emgctl("service", "status").returncode == 0

    os.kill(first, signal.SIGKILL)
    begun_s = time.monotonic()
    second = user.until_active(1)
    assert second != first
    killed_s = time.monotonic() - begun_s

    os.kill(second, signal.SIGSTOP)
    begun_s = time.monotonic()
    third = user.until_active(2)
    assert third not in (first, second)
    hung_s = time.monotonic() - begun_s
    sys.stdout.write(f"running again {killed_s:.1f} s after kill -9, {hung_s:.1f} s after SIGSTOP\n")
    journal = user.journal()
    assert "emgctl-arm.service: Watchdog timeout" in journal
    assert "emgctl: input 'replay' took " in journal  # while it was stopped
    assert "Traceback" not in journal
    size = log.stat().st_size
    until(lambda: log.stat().st_size > size)

    profile.write_text(PROFILE.replace("kind: classifier", "kind: clasifier"))
    os.kill(third, signal.SIGKILL)
    until(lambda: user.service()["ActiveState"] == "failed", 60, lambda: str(user.service()))
    assert user.service()["ExecMainStatus"] == "2"
    assert "clasifier" in user.journal()
    assert user.emgctl("service", "status").returncode == 3

    assert user.emgctl("service", "uninstall").returncode == 0
    assert not list(user.home.rglob("emgctl-arm*"))
