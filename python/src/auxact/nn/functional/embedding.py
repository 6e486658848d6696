# embedding.py - rows of tables
"""Rows of tables."""

__all__: list[str] = []
