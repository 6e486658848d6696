# dropout.py - dropout and stochastic depth
"""Dropout and stochastic depth."""

__all__: list[str] = []
