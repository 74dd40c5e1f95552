"""newsmill: nightly dumps of scraped news pages in, facts that can be traced back to their line out."""

__version__ = "0.2.0"
