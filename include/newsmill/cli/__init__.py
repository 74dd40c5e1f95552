"""The command line: one module for each group of commands; `newsmill.__main__` puts them together."""
