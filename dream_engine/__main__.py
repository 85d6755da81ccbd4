"""``python -m dream_engine`` is the ``dream`` command."""

import sys

from dream_engine.command.main import main

sys.exit(main())
