# test_random.py - dropout and stochastic depth: the numbers of Philox4x32-10, and nothing kept
"""Random layers against a plain implementation of Philox."""

import numpy as np
import pytest

import auxact as aa

nn = aa.nn


def philox(counter, key):
    """Philox4x32-10 (Salmon et al., 2011) on arrays of uint64 that hold 32 bits."""
    low = np.uint64(0xFFFFFFFF)
    c, k = [np.asarray(word, np.uint64) for word in counter], [np.uint64(word) for word in key]
    for step in range(10):
        if step:
            k = [(k[0] + np.uint64(0x9E3779B9)) & low, (k[1] + np.uint64(0xBB67AE85)) & low]
        first, second = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(second >> np.uint64(32)) ^ c[1] ^ k[0], second & low, (first >> np.uint64(32)) ^ c[3] ^ k[1], first & low]
    return c


def kept(count, p, seed, step, operation):
    zero = np.zeros(count, np.uint64)
    words = philox([np.arange(count), zero + np.uint64(step), zero + np.uint64(operation), zero], [seed, 0])
    return words[0] >= np.uint64(round(p * 2**32))


class Two(nn.Module):
    """Row i of the input is the i-th unit vector, so that the weight's gradient shows every element's."""

    def __init__(self, rows, features, first, second):
        super().__init__()
        self.linear, self.first, self.second = nn.Linear(rows, features, bias=False), first, second

    def forward(self, x):
        return self.second(self.first(self.linear(x)))


def two(rows, features, first, second, threads=1, seed=0, **options):
    x, y = np.eye(rows, dtype=np.float32), np.zeros((rows, features), np.float32)
    program = aa.compile(Two(rows, features, first, second), (x, y), loss="mean_squared_error", threads=threads, seed=seed, **options)
    program.load_state_dict({"linear.weight": np.ones((features, rows), np.float32)})
    return program, x, y


def test_known_answers():
    """The vectors of Random123's distribution: the reference itself."""
    ones, pi = 0xFFFFFFFF, (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)
    assert [int(word) for word in philox([0] * 4, [0] * 2)] == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    assert [int(word) for word in philox([ones] * 4, [ones] * 2)] == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]
    assert [int(word) for word in philox(pi, [0xA4093822, 0x299F31D0])] == [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]


@pytest.mark.parametrize("seed", [0, 3_000_000_000])
def test_dropout_draws_philox(seed):
    rows, features = 7, 1003
    program, x, y = two(rows, features, nn.Dropout(0.3), nn.Dropout(0.25), seed=seed)
    first = kept(rows * features, 0.3, seed, 1, 0).reshape(rows, features)
    second = kept(rows * features, 0.25, seed, 1, 1).reshape(rows, features)
    assert 0.65 < first.mean() < 0.75
    scale = np.where(first & second, 1.0 / (0.7 * 0.75), 0.0)
    expected = 2.0 / (rows * features) * scale * scale
    np.testing.assert_allclose(program.gradients(x, y)["linear.weight"].T, expected, rtol=1e-5)
    # Evaluation is the identity.
    np.testing.assert_allclose(program.predict(x), 1.0, rtol=1e-6)


def test_drop_path_drops_samples():
    rows, features = 64, 5
    program, x, y = two(rows, features, nn.DropPath(0.4), nn.DropPath(0.0))
    scale = np.where(kept(rows, 0.4, 0, 1, 0), 1.0 / 0.6, 0.0)
    expected = np.tile(2.0 / (rows * features) * scale * scale, (features, 1)).T
    np.testing.assert_allclose(program.gradients(x, y)["linear.weight"].T, expected, rtol=1e-5)


def test_steps_threads_and_bundles_draw_the_same(tmp_path):
    """Every step draws anew, whatever the number of threads, and a bundle goes on with the numbers to come."""
    states = []
    for threads in (1, 2):
        program, x, y = two(7, 1003, nn.Dropout(0.3), nn.DropPath(0.2), threads=threads, optimizer=aa.optim.AdamW(0.1))
        masks = []
        for step in range(4):
            if step == 2:
                program.save(tmp_path / f"{threads}.aax")
                program = aa.load(tmp_path / f"{threads}.aax", threads=threads)
            masks.append(program.gradients(x, y)["linear.weight"] != 0.0)
            program.step(x, y)
        assert all((masks[i] != masks[j]).mean() > 0.2 for i in range(4) for j in range(i))
        np.testing.assert_array_equal(masks[3].T, kept(7 * 1003, 0.3, 0, 4, 0).reshape(7, 1003) & kept(7, 0.2, 0, 4, 1)[:, None])
        states.append(program.state_dict()["linear.weight"])
    np.testing.assert_array_equal(states[0], states[1])


def test_nothing_is_kept():
    program, _, _ = two(7, 1003, nn.Dropout(0.3), nn.Dropout(0.3), optimizer=aa.optim.SGD(0.1))
    report = program.memory_report()
    assert all(row.saved_bytes == 0 for row in report.by_layer if row.name in ("first", "second"))


@pytest.mark.parametrize("layer", [nn.Dropout, nn.DropPath])
@pytest.mark.parametrize("p", [-0.1, 1.0, float("nan")])
def test_bad_probabilities(layer, p):
    with pytest.raises(ValueError, match=r"expected p in \[0, 1\)"):
        layer(p)
