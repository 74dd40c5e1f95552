"""The command line: a module for each group of commands, combined by `newsmill.__main__`."""
