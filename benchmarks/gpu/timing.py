"""Medians of many: what is compared runs in turns, every turn a replay of a captured graph."""

import statistics

import torch


def medians(functions, rounds):
    """Seconds of each function by name: the median over `rounds` turns; a function times itself."""
    times = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            times[name].append(function())
    return {name: statistics.median(values) for name, values in times.items()}


def ours(driver, enqueues, repeats):
    """A function that replays what `enqueues` put on the driver's stream, `repeats` times in one graph, and returns
    the seconds of one."""

    def all_of_them():
        for _ in range(repeats):
            for enqueue in enqueues:
                enqueue()

    all_of_them()
    driver.synchronize()
    replay = driver.capture(all_of_them)
    replay()
    driver.synchronize()
    return lambda: driver.seconds(replay) / repeats


def pytorch(function, repeats):
    """The same for a function of PyTorch's."""
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for _ in range(3):
            function()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(repeats):
            function()
    graph.replay()
    torch.cuda.synchronize()

    def seconds():
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        graph.replay()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end) / 1e3 / repeats

    return seconds
