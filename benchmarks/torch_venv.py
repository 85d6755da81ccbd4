"""The virtual environment of the PyTorch peer. PyTorch is not a dependency of this project."""

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.processes import ROOT, log_progress

FOLDER = ROOT / ".venv-torch"
REQUIREMENTS = ROOT / "benchmarks" / "requirements-torch.txt"

_INSTALL_SECONDS = 1200
_MARK = FOLDER / "installed.txt"


def torch_python() -> Path | None:
    """The environment's Python, created if necessary, or ``None`` if that fails."""
    python = FOLDER / "bin" / "python"
    wanted = REQUIREMENTS.read_text()
    if _MARK.exists() and _MARK.read_text() == wanted:
        return python
    log_progress("installing PyTorch into .venv-torch")
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        _run(sys.executable, "-m", "venv", str(FOLDER))
        _run(str(python), "-m", "pip", "install", "--quiet", "-r", str(REQUIREMENTS))
    except (OSError, subprocess.SubprocessError):
        log_progress("PyTorch cannot be installed here. The benchmark continues without that peer.")
        return None
    _MARK.write_text(wanted)
    return python


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=_INSTALL_SECONDS)
