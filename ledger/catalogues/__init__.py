"""Catalogues: the shipped YAML, reading files, publishing."""
