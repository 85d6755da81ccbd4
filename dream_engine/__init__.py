"""The dream engine: a picture and settings in, a dream out.

It knows nothing of Discord and is useful alone, as a library and as the ``dream`` command.
Importing the package, its settings, presets and executor does not import TensorFlow.
"""

from importlib.metadata import version

__version__ = version("dream-bot")
