# normalization.py - normalizations
"""Normalizations."""

__all__: list[str] = []
