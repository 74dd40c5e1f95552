"""The command line: a module for each group of commands, combined by `command_line`."""
