# attention.py - layers of scaled dot-product attention
"""Layers of scaled dot-product attention."""

__all__: list[str] = []
