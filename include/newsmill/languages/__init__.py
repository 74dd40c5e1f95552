"""The words of each language as data: one folder a language, one file a topic, one entry a line; README.md says how."""
