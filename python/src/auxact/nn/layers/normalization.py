# normalization.py - layers of normalizations
"""Layers of normalizations."""

__all__: list[str] = []
