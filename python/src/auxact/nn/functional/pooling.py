# pooling.py - pooling over windows
"""Pooling over windows."""

__all__: list[str] = []
