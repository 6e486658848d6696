# convolution.py - convolutions
"""Convolutions."""

__all__: list[str] = []
