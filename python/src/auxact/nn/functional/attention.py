# attention.py - scaled dot-product attention
"""Scaled dot-product attention."""

__all__: list[str] = []
