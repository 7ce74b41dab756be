"""``python -m emgctl``."""

from emgctl.cli import main

main()
