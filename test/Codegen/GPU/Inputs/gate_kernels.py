"""Kernels that the gates look at: of each form those whose sizes fit tiles, and some that fit none."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "CPU/Inputs"))
sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "benchmarks/gpu"))

import check_kernels
import kernels

# What names begin with. All sizes of a form give the same code but for a few
# kinds of remainder.
FUSED = ["sign_packed", "sign_produced", "gradient_bits", "masked_gradient", "scaled", "weight_update"]
FUSED += [f"bf16_{form}" for form in ("forward", "sign_packed", "gradient_bits", "masked_gradient", "kept", "weight_update")]
FORMS = {
    "elementwise": [
        "update_1_",
        "update_33",
        "update_1023",
        "update_3_",
        "sign_33",
        "sign_300_1023",
        "sign_5_40000",
        "sign_2_3",
        "transposed",
        "math",
        "dropout_33",
        "dropout_300",
        "gather_10_33",
        "gather_300",
        "scatter_10_33",
        "scatter_300",
        "scatter_70",
    ],
    "reduction": [
        *(f"{combiner}_{size}" for combiner in ("addf", "maximumf") for size in ("33_100", "300_1023", "1000_10", "2_5000")),
        *(f"{form}_{size}_" for form in ("softmax", "bias_gradient", "layer_norm", "layer_norm_gradient") for size in ("3_17", "33_100", "300_1023", "2_5000")),
        "mean_5000",
        *(f"inner_{form}_{size}_" for form in ("addf", "normalized", "taps") for size in ("3_17_33", "40_9_64", "3_1000_16", "64_9_128")),
    ],
    "attention": [
        *(f"{form}_{size}_" for form in ("attention", "attention_grad") for size in ("1_197_197_1_64", "1_50_121_2_33", "1_60_130_1_80", "1_49_48_1_128")),
        *(f"{form}_3_25_25_2_{rest}" for form in ("attention", "attention_grad") for rest in ("20_causal_lengths", "16_causal_keys")),
    ],
    "contraction": [
        *(f"contraction_{size}" for size in ("33_100_17", "64_96_128", "65_1023_100", "300_300_300", "130_100_1100")),
        *(f"bf16_contraction_{size}" for size in ("33_100_17", "64_96_128", "65_1023_100", "300_300_300", "130_100_1100")),
        *(f"{form}_{size}" for form in FUSED for size in ("33_100_17", "65_130_300", "300_1000_100", "64_96_1056")),
        *(f"{form}_{size}" for form in ("batch", "token_sign", "token_gradient", "token_masked") for size in ("2_33_100_17", "2_64_96_128", "3_20_50_1100")),
        "gather_multiply_300",
    ],
}


# (tokens, outputs, inputs): large tiles, and a deep contraction that is cut into parts.
LAYERS = [(4096, 4096, 4096), (16384, 256, 256)]


def chosen(form):
    if form == "layer":
        for size in LAYERS:
            for precision in kernels.PRECISIONS:
                yield from (text for _, text in kernels.Linear(*size, precision, False).all())
        return
    for case in check_kernels.all_cases():
        if any((case.name + "_").startswith(start) for start in FORMS[form]):
            yield case.text


print("".join(text for form in sys.argv[1:] for text in chosen(form)))
