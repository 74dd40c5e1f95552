"""newsmill: turn nightly dumps of scraped news pages into facts with a source line."""

__version__ = "0.2.0"
