# dropout.py - layers of dropout and stochastic depth
"""Layers of dropout and stochastic depth."""

__all__: list[str] = []
