"""Crystals and tori in words: read from names and files, described as facts, text and JSON."""
