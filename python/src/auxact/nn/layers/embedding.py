# embedding.py - layers of rows of tables
"""Layers of rows of tables."""

__all__: list[str] = []
