"""What PyTorch does for the same work: layers, and whole training steps that keep less memory."""

import contextlib

import references
import torch
from torch.utils.checkpoint import checkpoint


def layer_functions(tokens, outputs, inputs, precision, device):
    """PyTorch's own forward, input gradient and weight gradient, by the names of our kernels."""
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    generator = torch.Generator().manual_seed(7)
    x, w, delta = (torch.randn(shape, generator=generator).to(device, dtype) for shape in ((tokens, inputs), (outputs, inputs), (tokens, outputs)))
    bias = torch.randn(outputs, generator=generator).to(device, dtype)
    return {
        "forward": lambda: torch.nn.functional.linear(x, w, bias),
        "input_gradient": lambda: delta @ w,
        "weight_gradient": lambda: delta.T @ x,
    }


class PackedSigns(torch.autograd.graph.saved_tensors_hooks):
    """Keeps the sign bits of what layers save, in place of the values: the same memory, by PyTorch's own means.

    Gradients of weights see epsilon s(x) then; a relu's mask is the same.
    """

    def __init__(self, rows):
        # What has a row for each sample is an activation; weights, and their copies
        # in another type, stay as they are.
        def pack(tensor):
            if not tensor.is_floating_point() or tensor.dim() != 2 or tensor.shape[0] != rows:
                return tensor
            return references.pack(tensor > 0), tensor.shape[-1], tensor.dtype

        def unpack(saved):
            if isinstance(saved, torch.Tensor):
                return saved
            bits, columns, dtype = saved
            positive = references.unpack(bits, columns)
            return torch.where(positive, references.EPSILON, -references.EPSILON).to(dtype)

        super().__init__(pack, unpack)


class Perceptron(torch.nn.Module):
    """The model of the bundle's steps."""

    def __init__(self, width, layers, classes):
        super().__init__()
        self.hidden = torch.nn.ModuleList(torch.nn.Linear(width, width) for _ in range(layers - 1))
        self.last = torch.nn.Linear(width, classes)
        self.checkpointed = False

    @staticmethod
    def _block(layer, x):
        return torch.relu(layer(x))

    def forward(self, x):
        for layer in self.hidden:
            x = checkpoint(self._block, layer, x, use_reentrant=False) if self.checkpointed else self._block(layer, x)
        return self.last(x)


RIVALS = ("eager", "compiled", "checkpointed", "packed signs")


class Rival:
    """One way of PyTorch's to make the same step; step() runs it once and returns the loss."""

    def __init__(self, way, model, x, y, precision, rate=0.01, momentum=0.9):
        if way not in RIVALS:
            raise ValueError(f"no rival '{way}'; there are {', '.join(RIVALS)}")
        self._model, self._x, self._y, self._precision = model, x, y, precision
        self._packs = way == "packed signs"
        if self._packs and x.shape[0] in (x.shape[1], model.last.out_features):
            raise ValueError("packed signs: as many rows as columns; activations could not be told from weights")
        model.checkpointed = way == "checkpointed"
        # `foreach` updates all parameters with few kernels, and a graph can hold it.
        self._optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=momentum, foreach=True)
        self._loss = torch.compile(self._forward) if way == "compiled" else self._forward

    def _forward(self):
        # Of the loss nothing is packed: it is no layer with weights.
        hooks = PackedSigns(self._x.shape[0]) if self._packs else contextlib.nullcontext()
        with hooks, torch.autocast(self._x.device.type, torch.bfloat16, enabled=self._precision == "bfloat16"):
            logits = self._model(self._x)
        return torch.nn.functional.cross_entropy(logits.float(), self._y)

    def step(self):
        self._optimizer.zero_grad(set_to_none=True)
        loss = self._loss()
        loss.backward()
        self._optimizer.step()
        return loss.detach()
