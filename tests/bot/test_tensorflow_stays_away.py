import pkgutil
import subprocess
import sys

import bot


def run(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_no_module_of_the_bot_loads_tensorflow():
    modules = [found.name for found in pkgutil.walk_packages(bot.__path__, "bot.")]
    assert {"bot.services", "bot.__main__", "bot.commands.dream", "bot.jobs.runner"} <= set(modules)
    program = (
        f"import sys, {', '.join(modules)}; from bot.startup import executor_of; "
        "from bot.settings import BotSettings; "
        "executor_of(BotSettings(_env_file=None, devices=('cpu',))); "
        "print(sorted({'tensorflow', 'keras', 'torch'} & set(sys.modules)))"
    )
    ended = run(program)
    assert ended.stdout == "[]\n", ended.stderr


def test_the_bot_can_be_imported_without_tensorflow():
    ended = run("import sys; sys.modules['tensorflow'] = None; import bot.__main__")
    assert ended.returncode == 0, ended.stderr
