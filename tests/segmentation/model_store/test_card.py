"""Cards: the same after saving, terms from the data, and a sentence for each kind of damage."""

import hashlib
import json
import re
import subprocess
import sys

import pytest

from segmentation.data.manifest import Item, Manifest, Origin
from segmentation.model_store.card import (
    ModelError,
    card_from_json,
    data_records,
    read_card,
    write_card,
)
from tests.segmentation.model_store.toy_models import FREE, LIMITED, MEASURED, toy_card


def put(folder, text):
    folder.mkdir(exist_ok=True)
    (folder / "card.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def changed(**changes) -> str:
    return json.dumps(json.loads(toy_card(metrics=(MEASURED,)).to_json()) | changes)


def test_a_card_comes_back_as_it_was_written(tmp_path):
    card = toy_card(
        title="Für dünne Risse",
        data=(FREE, LIMITED),
        metrics=(MEASURED,),
        run='preset = ""\n',
        versions={"torch": "2.13"},
        temperature=1.25,
    )
    assert read_card(put(tmp_path / "m", card.to_json())) == card
    assert json.loads(card.to_json())["use"] == "non-commercial"


@pytest.mark.parametrize(
    ("uses", "expected", "words"),
    [
        ((), "any", "For any use"),
        (("any", "any"), "any", "For any use"),
        (("any", "unknown"), "unknown", "no terms are known of source1"),
        (("unknown", "non-commercial", "any"), "non-commercial", "use only; .* of source1"),
    ],
)
def test_the_strictest_terms_of_the_data_hold_for_the_model(uses, expected, words):
    records = tuple(
        type(FREE)(origin=f"source{number}", use=use) for number, use in enumerate(uses)
    )
    card = toy_card(data=records)
    assert card.use == expected
    assert re.search(words, card.terms())


def test_what_is_not_a_model_is_named(tmp_path):
    file = tmp_path / "weights.pt"
    file.write_bytes(b"")
    (tmp_path / "empty").mkdir()
    for path, words in (
        (tmp_path / "none", "There is no model at .*none; check the path"),
        (file, "is a file, not a model: a model is a folder with"),
        (tmp_path / "empty", "empty is not a model: it has no card.json"),
    ):
        with pytest.raises(ModelError, match=words):
            read_card(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"\xff\xfe", "card.json is damaged: it is not text"),
        ('{"program"', "line 1 is not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "it is not a JSON object"),
        ('{"architectures": ["UNet"]}', "not the card of a model of this program"),
        (changed(program="other"), "not the card of a model of this program"),
        (changed(format=2), r"newer version of this program \(format 2, this one knows 1\)"),
        (changed(format="1"), "format is '1'"),
        (changed(threshold=1.5), "threshold is 1.5; it must lie in 0 to 1"),
        (changed(threshold=None), "threshold is None; it must be a number"),
        (changed(surprise=1), "surprise is not known"),
        (changed(metrics=[{"data": "x"}]), "a field of data or metrics is missing"),
        (changed(use="non-commercial"), "use is 'non-commercial', but its data allow 'any'"),
        (changed(temperature=float("nan")), "temperature is nan"),
    ],
)
def test_a_damaged_card_says_where_and_what_to_do(tmp_path, text, words):
    folder = put(tmp_path / "m", text)
    with pytest.raises(ModelError, match=words) as caught:
        read_card(folder)
    assert "card.json" in str(caught.value)
    assert str(caught.value).endswith((".", "the model."))


def test_a_card_without_a_name_is_damaged(tmp_path):
    table = json.loads(changed())
    del table["name"]
    with pytest.raises(ModelError, match="name, model or a field"):
        card_from_json(json.dumps(table), tmp_path / "card.json")


def test_a_card_is_replaced_only_by_one_of_the_same_weights(tmp_path):
    folder = put(tmp_path / "m", toy_card(weights_sha256="a").to_json())
    better = toy_card(weights_sha256="a", metrics=(MEASURED,))
    write_card(folder, better)
    assert read_card(folder) == better
    with pytest.raises(ModelError, match="not of the weights"):
        write_card(folder, toy_card(weights_sha256="b"))
    assert read_card(folder) == better


def item(name: str, origin: str, split: str, *, crack: int = 1) -> Item:
    return Item(
        name=name,
        origin=origin,
        image=name,
        split=split,
        image_sha256=hashlib.sha256(name.encode()).hexdigest(),
        crack_pixels=crack,
    )


def test_records_name_training_and_validation_images_but_no_test_images():
    origins = (
        Origin(name="own", layout="pairs", folder="x", licence="CC0", use="any"),
        Origin(name="cfd", layout="cfd", folder="y", citation="Shi", use="non-commercial"),
    )
    items = (
        item("b", "own", "train"),
        item("a", "own", "train", crack=0),
        item("c", "own", "val"),
        item("d", "cfd", "test"),
    )
    first, second = data_records(Manifest(origins, items))
    assert (first.origin, first.split, first.n_images, first.n_crack_images) == (
        "own",
        "train",
        2,
        1,
    )
    assert (first.licence, first.use, first.layout) == ("CC0", "any", "pairs")
    hashes = sorted(hashlib.sha256(name).hexdigest() for name in (b"a", b"b"))
    assert first.sha256 == hashlib.sha256("\n".join(hashes).encode()).hexdigest()
    assert (second.split, second.n_images) == ("val", 1)
    assert first.sha256 == data_records(Manifest(origins, items[::-1]))[0].sha256


def test_a_model_that_goes_on_from_another_keeps_its_terms():
    own = Manifest(
        (Origin(name="own", layout="pairs", folder="x", use="any"),), (item("a", "own", "train"),)
    )
    records = data_records(own, (LIMITED,))
    assert [record.origin for record in records] == ["own", "CFD"]
    assert toy_card(data=records).use == "non-commercial"
    assert data_records(own, records) == records


def test_cards_and_the_catalog_need_no_torch():
    code = (
        "import sys, segmentation.model_store.card, segmentation.model_store.catalog\n"
        "import segmentation.commands.models\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
