"""What each kernel of the bundle computes, in PyTorch and in double precision.

A kind of kernel has a function from its arguments, by name, to its results, in order. Arguments keep the values
that the kernel gets (bfloat16 ones are rounded already); everything after them is float64. Signs are bits: bit j % 8
of byte j / 8 of a row, rows padded with zeros to four bytes.
"""

import torch

EPSILON = 0.01
RATE, MOMENTUM = 0.05, 0.9

# Largest relative error, in the norm, by the type of a result or of the factors.
TOLERANCES = {"float32": 1e-5, "tf32": 1e-3, "bfloat16": 1e-2}
# Share of bits that may differ where a rounded sum decides them.
NEAR_ZERO = {"float32": 1e-5, "tf32": 2e-3, "bfloat16": 1e-5}


def pack(positive):
    """Rows of booleans as bytes."""
    columns = positive.shape[-1]
    padded = torch.zeros((*positive.shape[:-1], (columns + 31) // 32 * 32), dtype=torch.uint8, device=positive.device)
    padded[..., :columns] = positive
    weights = 2 ** torch.arange(8, dtype=torch.uint8, device=positive.device)
    return (padded.unflatten(-1, (-1, 8)) * weights).sum(-1, dtype=torch.uint8)


def unpack(packed, columns):
    """The first `columns` bits of each row of bytes, as booleans."""
    shifts = torch.arange(8, dtype=torch.uint8, device=packed.device)
    return ((packed.unsqueeze(-1) >> shifts) & 1).flatten(-2)[..., :columns].bool()


def levels(positive):
    return torch.where(positive, EPSILON, -EPSILON).double()


def seen(x):
    """x + epsilon s(x)."""
    return x.double() + levels(x > 0)


def forward(x, w, bias):
    return (x.double() @ w.double().T + bias.double(),)


def forward_signs(x, w, bias):
    """The forward kernel itself adds the signs and keeps them."""
    return seen(x) @ w.double().T + bias.double(), pack(x > 0)


def forward_relu_signs(x, w, bias):
    """The kernel in front of a layer with the sign rule: its relu's result goes on with signs added."""
    relu = torch.relu(x.double() @ w.double().T + bias.double())
    return seen(relu), pack(relu > 0)


def input_gradient(delta, w):
    return (delta.double() @ w.double(),)


def masked_input_gradient(delta, w, bits):
    product = delta.double() @ w.double()
    return (torch.where(unpack(bits, product.shape[-1]), product, 0.0),)


def weight_gradient(delta, x):
    return (delta.double().T @ x.double(),)


def weight_gradient_bits(delta, bits, columns):
    return (delta.double().T @ levels(unpack(bits, columns)),)


def expand_bits(bits, columns):
    """The first half of the baseline: signs as a matrix in memory."""
    return (levels(unpack(bits, columns)),)


def add_relu(x, y):
    return (torch.relu(x.double() + y.double()),)


def encode_signs(x):
    return seen(x), pack(x > 0)


def update(w, g, m, rate):
    """SGD with momentum."""
    momentum = MOMENTUM * m.double() + g.double()
    return w.double() - rate.double() * momentum, momentum


def sum_rows(x):
    return (x.double().sum(1),)


def bias_gradient(delta):
    return (delta.double().sum(0),)


def softmax_gradient(x, label):
    """softmax(x) - onehot(label), and the log-sum-exp of each row."""
    gradient = torch.softmax(x.double(), 1)
    gradient[torch.arange(x.shape[0]), label.long()] -= 1
    return gradient, torch.logsumexp(x.double(), 1)


KINDS = {
    function.__name__: function
    for function in (
        forward,
        forward_signs,
        forward_relu_signs,
        input_gradient,
        masked_input_gradient,
        weight_gradient,
        weight_gradient_bits,
        expand_bits,
        add_relu,
        encode_signs,
        update,
        sum_rows,
        bias_gradient,
        softmax_gradient,
    )
}

DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16, "i8": torch.uint8, "i32": torch.int32}


def arguments_of(description, device="cpu"):
    """Random values for a kernel's arguments, by name; the same ones in every run."""
    generator = torch.Generator().manual_seed(7)
    values = {}
    for argument in description["arguments"]:
        shape, name = argument["shape"], argument["name"]
        if argument["dtype"] == "i8":
            value = pack(torch.rand((*shape[:-1], description["columns"]), generator=generator) > 0.5)
        elif name == "rate":
            value = torch.tensor(RATE)
        elif name == "label":
            value = torch.randint(description["columns"], shape, generator=generator)
        else:
            value = torch.randn(shape, generator=generator)
        values[name] = value.to(device, DTYPES[argument["dtype"]]).contiguous()
    return values


def expected(description, values):
    """The results for `values`, in order."""
    extra = {"columns": description["columns"]} if "columns" in KINDS[description["kind"]].__code__.co_varnames else {}
    return KINDS[description["kind"]](**values, **extra)


def fault(description, number, got, wanted):
    """What is wrong with result `number`, or None."""
    result = description["results"][number]
    if result["dtype"] == "i8":
        differing = unpack(got ^ wanted, description["columns"]).sum().item()
        allowed = NEAR_ZERO[description["precision"]] * wanted.numel() * 8 if description["kind"] == "forward_relu_signs" else 0
        return f"{differing} bits differ" if differing > allowed else None
    tolerance = max(TOLERANCES[description["precision"]], TOLERANCES["bfloat16"] if result["dtype"] == "bf16" else 0.0)
    if not torch.isfinite(got.double()).all():
        return "not finite"
    error = ((got.double() - wanted).norm() / wanted.norm().clamp_min(1e-30)).item()
    return f"relative error {error:.1e} of {tolerance:.0e}" if error > tolerance else None
