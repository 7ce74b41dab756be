"""Where a bundle starts: emgctl, or a program that emgctl starts beside itself (emgctl.support.own_program)."""

import os
import runpy
import sys

from emgctl.support.own_program import asked_module

# PyInstaller's start sets it for the bundle's own libraries; the system's programs that emgctl starts (a browser,
# systemctl) must not load those. The system's loader has read it already, so this process needs it no more.
if before := os.environ.pop("LD_LIBRARY_PATH_ORIG", ""):
    os.environ["LD_LIBRARY_PATH"] = before
else:
    os.environ.pop("LD_LIBRARY_PATH", None)
os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"  # so that emgctl's own other programs set it again for themselves

if asked := asked_module(sys.argv[1:]):
    module, words = asked
    sys.argv[1:] = words
    runpy.run_module(module, run_name="__main__", alter_sys=True)
else:
    from emgctl.cli import main

    main()
