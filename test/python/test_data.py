# test_data.py - readers, transformations, the tokenizer and prefetching; files that are damaged
"""Every fault of a file is an error that names it."""

import gzip
import io
import os
import pickle
import struct
import tarfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import auxact as aa
from auxact import data

CLASSES = ["cat", "dog"]


def jpeg(seed, size=(8, 6), suffix="JPEG"):
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    colour = np.random.default_rng(seed).integers(0, 256, 3)
    stream = io.BytesIO()
    image.fromarray(np.full((*size, 3), colour, np.uint8)).save(stream, suffix)
    return stream.getvalue(), colour


def archive(path, members, mode="w"):
    with tarfile.open(path, mode) as tar:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


@pytest.fixture
def pictures():
    """Six files of two classes, interleaved."""
    return [(f"{CLASSES[index % 2]}/{index:04}.jpg", jpeg(index)[0]) for index in range(6)]


def idx(array, kind=8):
    return bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.mark.parametrize("compressed", [False, True])
def test_idx(tmp_path, compressed):
    path = tmp_path / "images"
    for kind, dtype in ((8, "u1"), (0x0B, ">i2"), (0x0D, ">f4")):
        array = np.arange(24).reshape(2, 3, 4).astype(dtype)
        path.write_bytes(gzip.compress(idx(array, kind)) if compressed else idx(array, kind))
        found = data.read_idx(path)
        np.testing.assert_array_equal(found, array)
        assert found.dtype == array.dtype.newbyteorder("=") and found.dtype.isnative


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no IDX file: its first bytes are missing"),
        (b"\1\2\3\4", "no IDX file"),
        (idx(np.zeros((2, 3), np.uint8))[:-1], "truncated: an array of shape .2, 3. needs 18 bytes, the file has 17"),
        (idx(np.zeros((2, 3), np.uint8)) + b"\0", "too long"),
        (idx(np.zeros((2, 3), np.uint8))[:9], "the header of 2 dimensions needs 12 bytes"),
        (gzip.compress(idx(np.zeros((50, 60), np.uint8)))[:-9], "damaged or truncated gzip"),
    ],
)
def test_damaged_idx(tmp_path, content, message):
    path = tmp_path / "labels.idx"
    path.write_bytes(content)
    with pytest.raises(aa.DataError, match=rf"labels\.idx: .*{message}") as caught:
        data.read_idx(path)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    for read in (data.read_idx, data.read_lines, data.Images):
        with pytest.raises(aa.DataError, match=r"nothing\.here: cannot be read \(No such file"):
            read(tmp_path / "nothing.here")


def test_cifar(tmp_path):
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
    labels = np.array([3, 9, 0, 1, 2], np.uint8)
    planes = images.transpose(0, 3, 1, 2).reshape(5, -1)
    ten, hundred = tmp_path / "ten.bin", tmp_path / "hundred.bin"
    ten.write_bytes(np.concatenate([labels[:, None], planes], axis=1).tobytes())
    hundred.write_bytes(np.concatenate([labels[:, None], labels[:, None] + 90, planes], axis=1).tobytes())
    found, classes = data.read_cifar(ten, ten)
    np.testing.assert_array_equal(found, np.concatenate([images, images]))
    assert classes.dtype == np.int32 and classes.tolist() == [3, 9, 0, 1, 2] * 2
    np.testing.assert_array_equal(data.read_cifar(hundred, classes=100)[1], labels + 90)
    ten.write_bytes(ten.read_bytes()[:-1])
    with pytest.raises(aa.DataError, match=r"ten\.bin: truncated.* 3073 bytes, got 15364"):
        data.read_cifar(ten)
    broken = bytearray(hundred.read_bytes())
    broken[3074 + 1] = 100
    hundred.write_bytes(broken)
    with pytest.raises(aa.DataError, match=r"hundred\.bin: record 1 has the label 100; expected 0 to 99"):
        data.read_cifar(hundred, classes=100)


@pytest.mark.parametrize("form", ["folder", "tar", "tar.gz"])
def test_images(tmp_path, pictures, form):
    if form == "folder":
        path = tmp_path / "train"
        for name, content in pictures:
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
    else:
        path = archive(tmp_path / f"train.{form}", pictures, "w:gz" if form == "tar.gz" else "w")
    images = data.Images(path)
    assert images.classes == CLASSES and len(images) == 6 and images.size == (8, 6)
    assert images.labels.tolist() == [CLASSES.index(name.split("/")[0]) for name in images.names]
    assert images.names == (sorted if form == "folder" else list)(name for name, _ in pictures)
    everything = images.array()
    for row, name in enumerate(images.names):
        assert np.abs(everything[row].astype(int) - jpeg(int(name[-8:-4]))[1]).max() <= 4
    np.testing.assert_array_equal(images[np.array([4, 1])], everything[[4, 1]])
    np.testing.assert_array_equal(images[2], everything[2])
    np.testing.assert_array_equal(images[2:4], everything[2:4])
    # The order of the classes is the training set's.
    assert data.Images(path, classes=["dog", "cat"]).labels.tolist() == (1 - images.labels).tolist()
    batch = next(iter(aa.data.Batches(images, images.labels, batch_size=4)))
    assert batch[0].shape == (4, 8, 6, 3) and batch[1].shape == (4,)


def test_images_of_several_sizes(tmp_path):
    path = archive(tmp_path / "mixed.tar", [("cat/a.png", jpeg(0, (20, 10), "PNG")[0]), ("cat/b.jpg", jpeg(1, (9, 30))[0])])
    with pytest.raises(aa.DataError, match=r"mixed\.tar: cat/b\.jpg has 9×30 pixels, not 20×10; size="):
        data.Images(path).array()
    fitted = data.Images(path, size=(12, 12)).array()
    assert fitted.shape == (2, 12, 12, 3)
    np.testing.assert_array_equal(fitted[0], np.broadcast_to(jpeg(0)[1], (12, 12, 3)))


def test_damaged_images(tmp_path, pictures):
    name, content = pictures[1]
    for wrong in (content[: len(content) // 2], content[:-4], b"no image", b""):
        path = archive(tmp_path / "train.tar", [pictures[0], (name, wrong), pictures[2]])
        images = data.Images(path)
        with pytest.raises(aa.DataError, match=r"train\.tar: dog/0001\.jpg is no readable image"):
            images.array()
        # A batch without it is not touched by it.
        images[np.array([0, 2])]
    with pytest.raises(aa.DataError, match=r"train\.tar: dog/0001\.jpg: 'dog' is none of the classes cat, bird"):
        data.Images(path, classes=["cat", "bird"])
    with pytest.raises(aa.DataError, match=r"text\.tar: no CLASS/NAME"):
        data.Images(archive(tmp_path / "text.tar", [("cat/readme.txt", b"text")]))


@pytest.mark.parametrize("form", ["tar", "tar.gz"])
def test_truncated_archives(tmp_path, pictures, form):
    """Cut at every kilobyte: never a smaller data set without a word."""
    whole = archive(tmp_path / f"whole.{form}", pictures, "w:gz" if form == "tar.gz" else "w").read_bytes()
    end = len(whole) if form == "tar.gz" else len(whole.rstrip(b"\0"))
    cut = tmp_path / f"cut.{form}"
    for size in [*range(0, end, 512), end - 1]:
        cut.write_bytes(whole[:size])
        with pytest.raises(aa.DataError, match=r"cut\.tar"):
            data.Images(cut)


def test_tables(tmp_path):
    path = tmp_path / "train.tsv"
    path.write_text("label\tsentence\n1\ta fine film\n0\tdull\u2028indeed\n", encoding="utf-8")
    sentences, labels = data.read_table(path, classes=2)
    path.write_text(path.read_text(encoding="utf-8").replace("sentence", "content"), encoding="utf-8")
    assert data.read_table(path)[0] == data.read_table(path, text="content")[0] == sentences
    assert sentences == ["a fine film", "dull\u2028indeed"] and labels.tolist() == [1, 0] and labels.dtype == np.int32
    for content, message in (
        ("label\ttext\tid\n1\ta\t7\n", "no column 'sentence' in its header .label, text, id."),
        ("class\tsentence\n1\ta\n", "no column 'label' in its header .class, sentence."),
        ("", "which is missing"),
        ("label\tsentence\n", "no line after its header"),
        ("label\tsentence\n1\ta\n0\n", "line 3 has 1 columns, the header 2"),
        ("label\tsentence\n1\ta\n2\tb\n", "line 3 has the label '2'; expected 0 to 1"),
        ("label\tsentence\npositive\ta\n", "line 2 has the label 'positive'"),
    ):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(aa.DataError, match=rf"train\.tsv: .*{message}"):
            data.read_table(path, classes=2)
    path.write_bytes(b"label\tsentence\n1\tcaf\xe9\n")
    with pytest.raises(aa.DataError, match=r"train\.tsv: line 2 is not UTF-8"):
        data.read_table(path)


def test_parallel_text(tmp_path):
    source, target = tmp_path / "a.de.gz", tmp_path / "a.en"
    source.write_bytes(gzip.compress("Ein Hund.\r\nZwei Männer.\n".encode()))
    target.write_text("A dog.\nTwo men.\n")
    assert data.read_parallel(source, target) == (["Ein Hund.", "Zwei Männer."], ["A dog.", "Two men."])
    target.write_text("A dog.\n")
    with pytest.raises(aa.DataError, match=r"a\.en: 1 lines, but .*a\.de\.gz has 2"):
        data.read_parallel(source, target)
    target.write_text("")
    with pytest.raises(aa.DataError, match=r"a\.en: an empty file"):
        data.read_parallel(source, target)


def test_padding():
    ids, lengths = data.pad([[5, 6], [7, 8, 9, 10]], 3, value=1)
    assert ids.tolist() == [[5, 6, 1], [7, 8, 9]] and lengths.tolist() == [2, 3]
    assert ids.dtype == lengths.dtype == np.int32


def test_tokenizer(tmp_path):
    pytest.importorskip("tokenizers", reason="tokenizers is not installed")
    texts = ["Two men ride horses.", "Zwei Männer reiten."] * 10
    tokenizer = data.BytePairTokenizer.train(texts, 280)
    assert len(tokenizer) == 280
    odd = ["Two men ride horses.", "unseen 漢字 and  two  spaces", ""]
    ids = tokenizer.encode(odd)
    assert tokenizer.decode(ids) == odd
    assert all(row[0] == tokenizer.bos and row[-1] == tokenizer.eos and max(row) < 280 for row in ids)
    assert tokenizer.encode(odd, bos=False, eos=False) == [row[1:-1] for row in ids]
    assert tokenizer.decode([[*ids[0], *ids[1]], [tokenizer.pad, *ids[0]]]) == [odd[0], odd[0]]
    assert data.BytePairTokenizer.train(texts, 280).encode(odd) == ids
    tokenizer.save(tmp_path / "bpe.json")
    assert data.BytePairTokenizer.load(tmp_path / "bpe.json").encode(odd) == ids
    (tmp_path / "bpe.json").write_text("{}")
    with pytest.raises(aa.DataError, match=r"bpe\.json: no tokenizer"):
        data.BytePairTokenizer.load(tmp_path / "bpe.json")
    with pytest.raises(ValueError, match="at least 260"):
        data.BytePairTokenizer.train(texts, 100)


def test_transforms():
    images = np.random.default_rng(0).integers(0, 256, (64, 5, 7, 3), dtype=np.uint8)
    generator = np.random.default_rng(1)
    cropped = data.RandomCrop(2)(images, generator)
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    places = set()
    for row in range(64):
        found = [(t, left) for t in range(5) for left in range(5) if np.array_equal(padded[row, t : t + 5, left : left + 7], cropped[row])]
        assert found
        places.add(found[0])
    assert len(places) > 15
    flipped = data.RandomFlip()(images, generator)
    mirrored = sum(np.array_equal(flipped[row], images[row, :, ::-1]) for row in range(64))
    assert 20 < mirrored < 44 and sum(np.array_equal(flipped[row], images[row]) for row in range(64)) == 64 - mirrored
    normal = data.Normalize((0.5, 0.4, 0.3), (0.2, 0.25, 0.5))(images)
    assert normal.dtype == np.float32
    np.testing.assert_allclose(normal, (images / 255.0 - [0.5, 0.4, 0.3]) / [0.2, 0.25, 0.5], atol=1e-5)
    labels = np.arange(64)
    both = data.Compose(data.RandomCrop(1), data.RandomFlip(), data.Normalize((0.5,) * 3, (0.2,) * 3))((images, labels), generator)
    assert both[0].flags.c_contiguous and both[1] is labels
    with pytest.raises(ValueError, match="padding"):
        data.RandomCrop(0)


def loader(**options):
    x = np.arange(40, dtype=np.float32)[:, None]

    def noisy(batch, generator):
        return batch[0] + generator.normal(size=(4, 1)).astype(np.float32), batch[0]

    return data.Batches(x, batch_size=4, seed=3, transform=noisy, **options)


def test_a_batch_is_a_function_of_epoch_and_index():
    first, second = list(loader().epoch(0)), list(loader().epoch(1))
    assert sorted(np.concatenate([clean for _, clean in first]).ravel()) == list(range(40))
    assert not np.array_equal(first[0][1], second[0][1])
    again = loader()
    np.testing.assert_array_equal(again.batch(1, 7), second[7])
    np.testing.assert_array_equal(list(again.epoch(1, 7)), second[7:])
    np.testing.assert_array_equal(list(again), first)
    np.testing.assert_array_equal(list(again), second)


@pytest.mark.parametrize("threads", [1, 3])
def test_prefetching_changes_no_batch(threads):
    fetched = data.Prefetch(loader(), threads=threads)
    assert len(fetched) == 10
    np.testing.assert_array_equal(list(fetched), list(loader().epoch(0)))
    np.testing.assert_array_equal(list(fetched), list(loader().epoch(1)))
    np.testing.assert_array_equal(list(fetched.epoch(1, 4)), list(loader().epoch(1, 4)))
    with pytest.raises(ValueError, match="at least 1"):
        data.Prefetch(loader(), depth=0)


def test_prefetching_works_ahead_and_ends():
    made = []

    def slow(batch, generator):
        made.append(threading.current_thread().name)
        time.sleep(0.02)
        return batch

    batches = data.Prefetch(data.Batches(np.arange(40), batch_size=4, transform=slow), depth=3).epoch(0)
    next(batches)
    time.sleep(0.2)
    # Three lie ready, made by another thread, and none more.
    assert 4 <= len(made) <= 5 and all(name.startswith("auxact-prefetch") for name in made)
    started = time.perf_counter()
    for _ in range(3):
        next(batches)
    assert time.perf_counter() - started < 0.04
    batches.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("auxact-prefetch")]


def test_an_error_of_a_thread_comes_where_its_batch_would():
    def fails(batch, generator):
        if 17 in batch[0]:
            raise aa.DataError("train.tar", "is damaged")
        return batch

    batches = data.Prefetch(data.Batches(np.arange(40), batch_size=4, shuffle=False, transform=fails), threads=2).epoch(0)
    for _ in range(4):
        next(batches)
    with pytest.raises(aa.DataError, match="is damaged"):
        next(batches)


@pytest.mark.skipif("AUXACT_DATA" not in os.environ, reason="AUXACT_DATA is not set; it names the folder of the data sets")
def test_the_real_files():
    root = Path(os.environ["AUXACT_DATA"])
    assert data.read_idx(root / "mnist" / "t10k-images-idx3-ubyte.gz").shape == (10000, 28, 28)
    images = data.Images(root / "cifar10-jpeg" / "test.tar.gz")
    assert len(images) == 5000 and images.size == (32, 32) and np.bincount(images.labels).tolist() == [500] * 10
    assert images[np.arange(0, 5000, 100)].std() > 50
    sentences, labels = data.read_table(root / "sst2" / "dev.tsv.gz", classes=2)
    assert len(sentences) == len(labels) == 872
    german, english = data.read_parallel(*(root / "multi30k" / f"test_2016_flickr.{language}.gz" for language in ("de", "en")))
    assert len(german) == len(english) == 1000
