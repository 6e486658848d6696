"""Kernels that the gates look at: of each form those whose sizes fit tiles, and some that fit none."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "CPU/Inputs"))

import check_kernels

# What names begin with. All sizes of a form give the same code but for a few
# kinds of remainder.
FORMS = {
    "elementwise": ["update_1_", "update_33", "update_1023", "update_3_", "sign_33", "sign_300_1023", "sign_5_40000", "sign_2_3", "transposed", "math"],
    "reduction": [
        *(f"{combiner}_{size}" for combiner in ("addf", "maximumf") for size in ("33_100", "300_1023", "1000_10", "2_5000")),
        *(f"{form}_{size}_" for form in ("softmax", "bias_gradient") for size in ("3_17", "33_100", "300_1023", "2_5000")),
        "mean_5000",
    ],
}


def chosen(form):
    for case in check_kernels.all_cases():
        if any((case.name + "_").startswith(start) for start in FORMS[form]):
            yield case.text


print("".join(text for form in sys.argv[1:] for text in chosen(form)))
