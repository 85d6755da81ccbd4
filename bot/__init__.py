"""The Discord bot: takes a picture with a command, has it dreamed, and answers with the dream."""

from dream_engine.numpy_threads import keep_numpy_on_one_thread

keep_numpy_on_one_thread()  # before any module of the bot loads NumPy
