"""Runs commands as root in a virtual machine with a Debian kernel that has uinput and a virtual Bluetooth radio.

The guest sees this machine's files read-only, with a layer of memory above them, and one folder that it may write. It
has no network. Without hardware virtualisation everything is emulated: slow, but the same. Needs qemu-system-x86,
busybox-static, kmod, cpio and apt (for the kernel); the kernel is unpacked once, to a cache outside the repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "emgctl-vm"
MODULES = [
    *("virtio_pci", "9pnet_virtio", "9p", "overlay", "virtio_console", "uinput", "evdev", "joydev"),
    *("bluetooth", "hci_vhci", "cmac", "ccm", "ecb", "aes_generic", "algif_hash", "algif_skcipher"),
]
NEEDED = {"qemu-system-x86_64": "qemu-system-x86", "busybox": "busybox-static", "cpio": "cpio", "depmod": "kmod"}

INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /host /over /new
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
for m in $(/bin/busybox cat /modules.list); do /bin/busybox insmod /$m 2>/dev/null; done
mount_9p() {{ /bin/busybox mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,$3 $1 $2; }}
mount_9p root /host ro,cache=loose
/bin/busybox mount -t tmpfs -o size=400m tmpfs /over
/bin/busybox mkdir /over/up /over/work
/bin/busybox mount -t overlay -o lowerdir=/host,upperdir=/over/up,workdir=/over/work overlay /new
for d in proc sys dev; do /bin/busybox mount --bind /$d /new/$d; done
/bin/busybox mkdir -p /new/dev/pts /new/dev/shm {out}
/bin/busybox mount -t devpts devpts /new/dev/pts
/bin/busybox mount -t tmpfs tmpfs /new/dev/shm
/bin/busybox mount -t tmpfs tmpfs /new/run
/bin/busybox mkdir -p /new/run/lock /new{out}
mount_9p out /new{out} rw,cache=none
/bin/busybox ip link set lo up
/bin/busybox chroot /new /bin/bash {out}/command.sh >/dev/hvc0 2>&1
echo $? > /new{out}/status
/bin/busybox sync
echo o > /proc/sysrq-trigger
/bin/busybox sleep 5
"""


def missing() -> str:
    """Why no virtual machine can be run here, "" if one can."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        return "the virtual machine is for Linux on x86-64"
    if os.getuid() != 0:
        return "the virtual machine has to read all of this machine's files: run as root"
    packages = [package for program, package in NEEDED.items() if _program(program) is None]
    return f"run: apt-get install {' '.join(packages)}" if packages else ""


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")


def kernel() -> Path:
    """The folder of an unpacked Debian kernel, downloaded when it is not there yet."""
    import fcntl  # which Windows lacks

    unpacked = CACHE / "kernel"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another suite may be unpacking it
        if not (unpacked / "done").exists():
            _unpack(unpacked)
    return unpacked


def _unpack(unpacked: Path) -> None:
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir(parents=True)
    depends = _run("apt-cache", "depends", "linux-image-amd64").stdout
    package = next(line.split()[-1] for line in depends.splitlines() if "Depends: linux-image" in line)
    with tempfile.TemporaryDirectory() as folder:
        _run("apt-get", "-o", "APT::Sandbox::User=root", "download", package, cwd=folder)
        _run("dpkg", "-x", str(next(Path(folder).glob("*.deb"))), str(unpacked))
    version = next((unpacked / "lib/modules").iterdir()).name
    _run(_program("depmod") or "depmod", "-b", str(unpacked), version)
    (unpacked / "done").touch()


def _initramfs(folder: Path, unpacked: Path, out: Path) -> Path:
    root = folder / "root"
    (root / "bin").mkdir(parents=True)
    shutil.copy(_program("busybox") or "/bin/busybox", root / "bin/busybox")
    version = next((unpacked / "lib/modules").iterdir()).name
    files: list[str] = []
    for module in MODULES:
        show = [_program("modprobe") or "modprobe", "-d", str(unpacked), "-S", version, "--show-depends", module]
        for line in _run(*show, check=False).stdout.splitlines():
            if line.startswith("insmod") and (path := line.split()[1]) not in files:
                files.append(path)
    names = []
    for path in files:
        name = Path(path).name
        shutil.copy(path, root / name)
        names.append(name)
    (root / "modules.list").write_text("\n".join(names))
    (root / "init").write_text(INIT.format(out=out))
    (root / "init").chmod(0o755)
    image = folder / "initramfs"
    listing = "\0".join(str(path.relative_to(root)) for path in root.rglob("*"))
    with image.open("wb") as file:
        pack = ["cpio", "--null", "-o", "-H", "newc", "--quiet"]
        subprocess.run(pack, cwd=root, input=listing.encode(), stdout=file, check=True)
    return image


def run(command: str, out: Path, timeout_s: float, memory_mb: int = 2048) -> int:
    """Run a shell script in a machine of its own, its output on this program's stdout.

    Args:
        command: the script, run by bash as root in ``/``.
        out: the folder that the guest may write, at the same place as here.
        timeout_s: after this the machine is switched off.
        memory_mb: the guest's memory.

    Returns:
        The script's exit status; 124 when it took too long, 125 when the machine died.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / "status").unlink(missing_ok=True)
    (out / "command.sh").write_text(command)
    unpacked = kernel()
    with tempfile.TemporaryDirectory() as folder:
        image = _initramfs(Path(folder), unpacked, out)
        accelerated = any(flag in Path("/proc/cpuinfo").read_text(encoding="utf-8").split() for flag in ("vmx", "svm"))
        accelerated = accelerated and os.access("/dev/kvm", os.R_OK | os.W_OK)
        # five-level page tables take longer, and a clock outside the processor that each reading of the time has to ask
        machine = [
            "qemu-system-x86_64", "-nodefaults", "-no-reboot", "-display", "none", "-machine", "q35", "-cpu",
            "host" if accelerated else "max,la57=off", "-accel", "kvm" if accelerated else "tcg,thread=multi",
            "-smp", str(min(os.cpu_count() or 1, 4)), "-m", str(memory_mb), "-nic", "none",
            "-kernel", str(next((unpacked / "boot").glob("vmlinuz-*"))), "-initrd", str(image),
            "-append", "quiet loglevel=3 console=ttyS0 panic=-1 mitigations=off tsc=reliable", "-serial", "null",
            "-device", "virtio-serial-pci", "-chardev", "stdio,id=console,signal=off",
            "-device", "virtconsole,chardev=console",
            "-virtfs", "local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap",
            "-virtfs", f"local,path={out},mount_tag=out,security_model=none",
        ]  # fmt: skip
        try:
            subprocess.run(machine, timeout=timeout_s, stdin=subprocess.DEVNULL, check=False)
        except subprocess.TimeoutExpired:
            return 124
    status = out / "status"
    return int(status.read_text()) if status.exists() and status.read_text().strip() else 125


def _run(*command: str, check: bool = True, cwd: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=check, cwd=cwd, capture_output=True, encoding="utf-8")
