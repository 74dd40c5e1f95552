"""Extracts mentions of people, organisations and places."""
