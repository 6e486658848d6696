# _progress.py - a bar on terminals
"""The progress bar of :func:`auxact.fit`."""

from __future__ import annotations

import contextlib
import importlib.util
import math
import sys
from collections.abc import Callable, Iterator

__all__ = ["bar"]


@contextlib.contextmanager
def bar(progress: bool | None, total: int | None, title: str, done: int = 0) -> Iterator[Callable[[float], None]]:
    """A function that advances the bar by one batch and shows the loss; ``done`` are behind it already."""
    if progress is False or (progress is None and not sys.stderr.isatty()):
        yield lambda loss: None
        return
    # The modules are looked up outside the bars: an ImportError of the caller's own loop must not end up
    # here.
    if importlib.util.find_spec("rich") is not None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]:.4f}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True)) as shown:
            task = shown.add_task(title, total=total, completed=done, loss=math.nan)
            yield lambda loss: shown.update(task, advance=1, loss=loss)
    elif importlib.util.find_spec("tqdm") is not None:
        from tqdm import tqdm  # type: ignore[import-untyped]

        with tqdm(total=total, initial=done, desc=title, file=sys.stderr) as line:

            def advance(loss: float) -> None:
                line.set_postfix(loss=f"{loss:.4f}", refresh=False)
                line.update()

            yield advance
    else:
        yield lambda loss: None
