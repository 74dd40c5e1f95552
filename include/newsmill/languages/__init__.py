"""Words of languages as data: a folder per language, a file per topic, a line per entry; see README.md."""
