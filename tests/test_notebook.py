"""The notebook's cell still runs with only its imports changed."""

import re
import struct
import zipfile

import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader

from data_pipeline import ECGDataset, prep_batch
from data_pipeline.errors import DataError
from models import BaselineSTFTModel
from tuner import evaluate, train_model, train_one_epoch

CELL = """
import numpy as np
import pandas as pd
import torch
from data_pipeline import ECGDataset, prep_batch, read_zip_binary
from models import BaselineSTFTModel
from tuner import evaluate, train_model, train_one_epoch
from sklearn.utils.class_weight import compute_class_weight
from torch.utils.data import DataLoader

X_train = read_zip_binary("data/X_train.zip")
y_train = pd.read_csv("data/y_train.csv", header=None)
y_train.columns = ["y"]
train_idx = np.load("data/train_idx.npy")
val_idx = np.load("data/val_idx.npy")

train_dataset = ECGDataset(X_train, y_train, indices=train_idx)
val_dataset = ECGDataset(X_train, y_train, indices=val_idx)
train_loader = DataLoader(train_dataset, batch_size=16, shuffle=True, collate_fn=prep_batch)
val_loader = DataLoader(val_dataset, batch_size=16, shuffle=False, collate_fn=prep_batch)

device = "cpu"
model = BaselineSTFTModel().to(device)
weights = compute_class_weight(class_weight="balanced", classes=np.array([0, 1, 2, 3]), y=y_train["y"])
loss_fn = torch.nn.CrossEntropyLoss(weight=torch.tensor(weights, dtype=torch.float32).to(device))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-4, weight_decay=1e-2)

loss, accuracy, macro_f1 = train_one_epoch(model, train_loader, optimizer, loss_fn, device)
loss, accuracy, macro_f1 = evaluate(model, val_loader, loss_fn, device)
model = train_model(model, train_loader, val_loader, optimizer, loss_fn, device, num_epochs=2)
"""

PRINTED = r"""Unique predictions: \(array\(\[[\d, ]+\]\), array\(\[[\d, ]+\]\)\)
Current learning rate: 0\.0005
Epoch {:02d} \| Time: \d+\.\ds
  Train Loss: \d+\.\d{{4}} \| Acc: [01]\.\d{{4}} \| F1: [01]\.\d{{4}}
  Val   Loss: \d+\.\d{{4}} \| Acc: [01]\.\d{{4}} \| F1: [01]\.\d{{4}}
"""


def recordings(n):
    """Pulse trains of one height a class and 3 to 6 seconds, in counts."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 4
    signals = []
    for label in labels:
        times = np.arange(rng.integers(900, 1800)) / 300
        pulses = 300 * (1 + label) * np.sin(np.pi * times) ** 40
        signals.append((pulses + rng.normal(0, 30, len(times))).astype(np.int16))
    return signals, labels


class Loudness(torch.nn.Module):
    """A model of eight numbers: the functions take any."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.head = torch.nn.Linear(1, 4)

    def forward(self, signals, lengths):
        return self.head((signals.abs().sum(1) / lengths / 50 - 1.5)[:, None])


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def exercise(tmp_path, monkeypatch):
    """A folder with a small data set in the exercise's form, as the current one."""
    signals, labels = recordings(40)
    data = tmp_path / "data"
    data.mkdir()
    with zipfile.ZipFile(data / "X_train.zip", "w") as archive:
        archive.writestr(
            "X_train.bin", b"".join(struct.pack("<i", len(s)) + s.astype("<i2").tobytes() for s in signals)
        )
    np.savetxt(data / "y_train.csv", labels, fmt="%d")
    np.save(data / "train_idx.npy", np.arange(28))
    np.save(data / "val_idx.npy", np.arange(28, 40))
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)


def loader(n=12, batch_size=5):
    return DataLoader(ECGDataset(*recordings(n)), batch_size=batch_size, collate_fn=prep_batch)


def test_the_cell_runs_and_prints_what_it_did(exercise, capsys):
    names = {}
    exec(compile(CELL, "cell", "exec"), names)
    assert re.fullmatch("".join(PRINTED.format(epoch) for epoch in (1, 2)), capsys.readouterr().out)
    assert isinstance(names["model"], BaselineSTFTModel)
    assert all(isinstance(names[name], float) for name in ("loss", "accuracy", "macro_f1"))
    assert names["loss"] > 0
    assert 0 <= names["macro_f1"] <= 1


@pytest.mark.parametrize("form", [np.array, list, lambda y: pd.Series(y, index=range(9, 9 - len(y), -1)), pd.DataFrame])
def test_labels_are_taken_by_position(form):
    signals, labels = recordings(8)
    dataset = ECGDataset(signals, form(labels), indices=[5, 2])
    assert [label for _, label in dataset] == [1, 2]
    assert torch.equal(dataset[0][0], torch.tensor(signals[5].tolist(), dtype=torch.float32))


def test_without_indices_all_recordings_are_there():
    assert len(ECGDataset(*recordings(8))) == 8


def test_recordings_may_be_plain_lists():
    signals, lengths, labels = prep_batch([item for item in ECGDataset([[1, 2, 3], [4]], [0, 3])])
    assert signals.tolist() == [[1, 2, 3], [4, 0, 0]]
    assert lengths.tolist() == [3, 1]
    assert labels.tolist() == [0, 3]


@pytest.mark.parametrize(("labels", "indices"), [([0], None), ([[0, 1], [0, 1]], None), ([0, 1], [2]), ([0, 1], [-1])])
def test_labels_and_indices_that_do_not_fit_are_refused(labels, indices):
    with pytest.raises(DataError):
        ECGDataset([[1], [2]], labels, indices)


def test_evaluation_changes_nothing_and_does_not_depend_on_the_batches():
    model, loss_fn = Loudness(), torch.nn.CrossEntropyLoss()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    small, large = (evaluate(model, loader(batch_size=n), loss_fn, "cpu") for n in (5, 12))
    assert small == pytest.approx(large, abs=1e-4)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_training_lowers_the_loss():
    model, loss_fn = Loudness(), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    losses = [train_one_epoch(model, loader(), optimizer, loss_fn, "cpu")[0] for _ in range(10)]
    assert losses[-1] < 0.7 * losses[0]
    assert model.training


def test_the_best_epochs_weights_come_back(capsys):
    model, loss_fn = Loudness(), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    for _ in range(10):
        train_one_epoch(model, loader(), optimizer, loss_fn, "cpu")
    # Climbing the loss from there on, every epoch is worse than the one before.
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1, maximize=True)
    best = train_model(model, loader(), loader(), optimizer, loss_fn, "cpu", num_epochs=8)
    lines = capsys.readouterr().out.splitlines()
    scores = [float(line.rpartition(" ")[2]) for line in lines if line.startswith("  Val ")]
    assert best is model
    assert scores[-1] < max(scores)
    assert evaluate(best, loader(), loss_fn, "cpu")[2] == pytest.approx(max(scores), abs=1e-4)
