# convolution.py - layers of convolutions
"""Layers of convolutions."""

__all__: list[str] = []
