"""What is no architecture is refused, in one line that says what is wrong."""

from dataclasses import dataclass, replace

import pytest

from data_pipeline.front_ends import Signal
from models import Architecture, BadArchitecture
from models.contract import check_contract


@dataclass(frozen=True)
class Config:
    rate: int = 100
    dropout: float = 0.1
    kind: str = "plain"


@dataclass
class Changeable:
    rate: int = 100


@dataclass(frozen=True)
class Demanding:
    rate: int


@dataclass(frozen=True)
class Nested:
    widths: tuple = (1, 2)


GOOD = Architecture(
    name="net",
    config=Config,
    ranges={
        "rate": {"low": 50, "high": 200, "step": 25},
        "dropout": {"low": 0, "high": 0.5},
        "kind": {"choices": ["plain", "deep"]},
    },
    build=lambda config, n_classes: None,
    front_end=lambda config: Signal(config.rate),
)


def ranges(**changed):
    return {"ranges": {**GOOD.ranges, **changed}}


def test_a_good_one_is_returned():
    assert check_contract(GOOD) is GOOD
    assert check_contract(replace(GOOD, ranges={"rate": 100, "dropout": 0.1, "kind": "plain"}))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": "My Net"}, "'My Net': use small letters"),
        ({"name": "train"}, "none of architecture, train"),
        ({"name": 3}, "name 3"),
        ({"trainer": "magic"}, "trainer 'magic' is unknown: use one of network, boosting"),
        ({"trainer": "boosting"}, "config lacks rounds: the trainer boosting needs rounds, lr, class_weight, epochs"),
        ({"build": None}, "build is a NoneType, not callable"),
        ({"front_end": Signal(100)}, "front_end is a Signal, not callable"),
        ({"config": dict}, "must be a frozen dataclass"),
        ({"config": Config()}, "must be a frozen dataclass"),
        ({"config": Changeable}, "must be a frozen dataclass"),
        ({"config": Demanding}, "TypeError.*give every setting a default"),
        ({"config": Nested}, "setting widths is a tuple"),
        ({"ranges": ["rate"]}, "not a dict"),
        (ranges(widht=1), "names 'widht', which is no setting: use rate, dropout, kind"),
        ({"ranges": {"rate": 100}}, "lacks dropout"),
        (ranges(rate=50), "the default is 100"),
        (ranges(rate=100.0), "the default is 100"),
        (ranges(rate={"low": 50}), "a range is"),
        (ranges(rate={"low": 50, "hihg": 60}), "a range is"),
        (ranges(rate={"low": 50, "high": 60}), "the default 100 lies outside"),
        (ranges(rate={"low": 90, "high": 200, "step": 20}), "no step of it"),
        (ranges(rate={"low": 90, "high": 200, "step": 0}), "step below 0"),
        (ranges(rate={"low": 200, "high": 90}), "low must not be above high"),
        (ranges(rate={"low": 50.0, "high": 200}), "must be of type int"),
        (ranges(dropout={"low": 0.0, "high": float("inf")}), "must be of type float"),
        (ranges(dropout={"low": 0.0, "high": 0.5, "log": True}), "starts above 0"),
        (ranges(kind={"low": 0, "high": 1}), "must be of type str"),
        (ranges(kind={"choices": []}), "one value or more"),
        (ranges(kind={"choices": ["plain", 3]}), "3 is not of type str"),
        (ranges(kind={"choices": ["deep"]}), "the default 'plain' is none of them"),
    ],
)
def test_what_is_wrong_is_named(changes, problem):
    with pytest.raises(BadArchitecture, match=problem) as refusal:
        check_contract(replace(GOOD, **changes))
    assert "\n" not in str(refusal.value)


def test_other_things_are_none():
    with pytest.raises(BadArchitecture, match="a dict is no models.Architecture"):
        check_contract({})
