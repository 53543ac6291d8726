"""What `bundle.json` says: written as it was read, and refused field by field."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from pydantic import BaseModel

from data_pipeline import Cache
from tuner.bundle import Manifest, load_bundle
from tuner.bundle.manifest import ManifestBlend
from tuner.statistics.blending import Pool

OLD = Path(__file__).parents[1] / "data" / "da733b9"
"""What an earlier version of the tuner left."""

CONFIRMED = (OLD / "bundle" / "bundle.json").read_text()

Field = tuple[str | int, ...]


def _known(model: BaseModel, data: dict[str, Any], path: Field = ()) -> Iterator[Field]:
    """Name each field that the manifest has a type for, and every first item of those that are lists."""
    for name in type(model).model_fields:
        if name in data:
            yield from _below(getattr(model, name), data[name], (*path, name))


def _below(value: object, data: Any, path: Field) -> Iterator[Field]:
    yield path
    if isinstance(value, BaseModel):
        yield from _known(value, data, path)
    elif hasattr(value, "__dataclass_fields__"):
        yield from ((*path, name) for name in value.__dataclass_fields__)
    elif isinstance(value, tuple) and value:
        yield from _below(value[0], data[0], (*path, 0))
    elif isinstance(value, dict) and path[-1] == "parts":
        name = next(iter(value))
        yield from _below(value[name], data[name], (*path, name))


FIELDS = list(_known(Manifest.from_json(CONFIRMED), json.loads(CONFIRMED)))


def _tampered(field: Field, value: Any) -> str:
    """Put a value in the place of a field, or nothing for `...`."""
    data = deepcopy(json.loads(CONFIRMED))
    *parents, last = field
    holder = data
    for name in parents:
        holder = holder[name]
    if value is ...:
        del holder[last]
    else:
        holder[last] = value
    return json.dumps(data)


def _refused(text: str) -> str:
    with pytest.raises(ValueError) as caught:
        Manifest.from_json(text)
    said = str(caught.value)
    assert said.startswith("bundle.json: ") and "\n" not in said and len(said) < 400, said
    return said


def test_the_fields_of_all_sections_are_looked_at() -> None:
    named = {".".join(map(str, field)) for field in FIELDS}
    assert {
        "format",
        "members.0.provenance.seed",
        "blend.pool.0",
        "calibration.prior",
        "confirmed.score.low",
        "confirmed.candidates.0.confirmed.value",
        "confirmed.parts.length in s.0.score",
        "data.fingerprint",
    } <= named
    assert len(FIELDS) > 80


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: ".".join(map(str, field)))
def test_a_field_of_another_kind_is_named(field: Field) -> None:
    is_list = isinstance(_value(field), list)
    said = _refused(_tampered(field, "wrong" if is_list else ["wrong"]))
    assert ".".join(map(str, field)) in said


@pytest.mark.parametrize(
    "field", [field for field in FIELDS if isinstance(field[-1], str)], ids=lambda field: ".".join(map(str, field))
)
def test_a_missing_field_is_named(field: Field) -> None:
    name = ".".join(map(str, field))
    if field == ("format",):
        Manifest.from_json(_tampered(field, ...))
    elif field[:2] == ("confirmed", "parts") and len(field) == 3:
        Manifest.from_json(_tampered(field, ...))  # a name that the final step gave
    else:
        assert f"{name}: missing" in _refused(_tampered(field, ...))


def _value(field: Field) -> Any:
    value = json.loads(CONFIRMED)
    for name in field:
        value = value[name]
    return value


@pytest.mark.parametrize("text", ["", "{", "[]", "nothing"])
def test_what_is_no_json_object_is_one_line(text: str) -> None:
    _refused(text)


@pytest.mark.parametrize("bundle", ["bundle", "bundle_export"])
def test_a_manifest_is_written_as_it_was_read(bundle: str) -> None:
    text = (OLD / bundle / "bundle.json").read_text()
    written = Manifest.from_json(text).to_json()
    assert json.loads(written) == json.loads(text)
    assert written.splitlines()[:3] == text.splitlines()[:3]
    assert '"rate": 300,' in written, "a whole number stays one"


def test_keys_that_parts_add_are_kept_and_others_of_later_versions_passed_over() -> None:
    data = json.loads(CONFIRMED)
    data["confirmed"]["later"] = {"a": [1, 2.5, None]}
    data["confirmed"]["candidates"][0]["later"] = True
    data["later"] = 1
    again = json.loads(Manifest.from_json(json.dumps(data)).to_json())
    assert again["confirmed"]["later"] == {"a": [1, 2.5, None]} and again["confirmed"]["candidates"][0]["later"] is True
    assert "later" not in again


def test_files_of_code_are_named_only_where_there_are_some() -> None:
    data = json.loads(CONFIRMED)
    assert "modules" not in data and Manifest.from_json(CONFIRMED).modules == ()
    data["modules"] = [{"file": "my_net.py", "sha256": "0a" * 32}]
    manifest = Manifest.from_json(json.dumps(data))
    assert manifest.modules[0].file == "my_net.py"
    assert json.loads(manifest.to_json())["modules"] == data["modules"]


def test_weights_survive_json_exactly() -> None:
    weights = tuple(np.random.default_rng(0).random(5).tolist())
    again = ManifestBlend.model_validate_json(ManifestBlend(pool=weights).model_dump_json())
    assert Pool(again.pool) == Pool(weights)
    manifest = Manifest.from_json(CONFIRMED)
    assert Manifest.from_json(manifest.to_json()) == manifest


@pytest.mark.parametrize(("bundle", "kind"), [("bundle", ""), ("bundle_export", "export_")])
def test_a_bundle_of_an_earlier_version_predicts_what_it_predicted_then(bundle: str, kind: str, cache: Cache) -> None:
    loaded = load_bundle(OLD / bundle, torch.device("cpu"))
    expected = pd.read_csv(OLD / f"expected_{kind}probabilities.csv")
    assert expected["id"].tolist() == [cache.ids[i] for i in cache.test]
    predicted = loaded.predict([cache.signal(int(i)) for i in cache.test], cache.scale[cache.test], cache.rate)
    assert np.allclose(predicted, expected[list(loaded.class_names)].to_numpy(), atol=2e-6)
