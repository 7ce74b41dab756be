#!/usr/bin/env python3
"""Install emgctl alone and with each extra into empty folders, and note what each takes on the disk.

    python3 scripts/extra_sizes.py [EXTRA...]       # all but "all" and "dev", unless some are named

The figures are printed, and written to emgctl/extra_sizes.json, from which `emgctl doctor` has them; the table of
docs/installing.md has them, too, and a test compares the two.

Megabytes are those of the files as pip installs them, without their compiled copies. What an extra adds is counted
beside emgctl alone; packages that several extras share are counted for each.
"""

import json
import platform
import subprocess
import sys
import tempfile
import time
import tomllib
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTED = ROOT / "emgctl" / "extra_sizes.json"
UNIONS = {"all", "dev"}


def main():
    with tempfile.TemporaryDirectory() as folder:
        pip("wheel", "--no-deps", "--wheel-dir", folder, ROOT)
        (wheel,) = Path(folder).glob("emgctl-*.whl")
        core, seconds = installed(wheel, "")
        print("| extra | MB | seconds |\n|---|---|---|")
        print(f"| (none) | {core:.0f} | {seconds:.0f} |", flush=True)
        for extra in sys.argv[1:] or extras():
            size, seconds = installed(wheel, f"[{extra}]")
            print(f"| `{extra}` | +{size - core:.0f} | {seconds:.0f} |", flush=True)
            note(core, extra, size - core)


def note(core, extra, added):
    """Write what an extra adds into the file of emgctl; the day and the system are those of all extras."""
    noted = json.loads(NOTED.read_text(encoding="utf-8"))
    noted["adds_mb"][extra] = round(added)
    if not sys.argv[1:]:
        system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
        noted |= {"measured": date.today().isoformat(), "on": system, "emgctl_mb": round(core)}
    NOTED.write_text(json.dumps(noted, indent=2) + "\n", encoding="utf-8")


def extras():
    """The extras of pyproject.toml that are not unions of others."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [name for name in project["optional-dependencies"] if name not in UNIONS]


def installed(wheel, extra):
    """The megabytes of emgctl with an extra, and the seconds that pip took."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        pip("install", "--no-compile", "--target", folder, f"emgctl{extra} @ {wheel.as_uri()}")
        seconds = time.monotonic() - begin
        return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1e6, seconds


def pip(*words):
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *map(str, words)], check=True, stderr=subprocess.DEVNULL)


main()
