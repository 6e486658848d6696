# pooling.py - layers of pooling over windows
"""Layers of pooling over windows."""

__all__: list[str] = []
