"""Every command there is: importing this module registers those of all files of this folder."""

from importlib import import_module
from pkgutil import iter_modules

import commands
from commands.decision import COMMANDS, Command, Entry, decide

__all__ = ["COMMANDS", "Command", "Entry", "decide"]

for _file in iter_modules(commands.__path__):
    import_module(f"commands.{_file.name}")
