"""What a project has to learn from, and what of it is held out."""

import pytest

from annotator.document.image_state import ImageState
from annotator.services.retraining import (
    HELD_OUT_KEY,
    SCRATCH,
    THOROUGHNESS,
    Choice,
    Survey,
    hint_of,
    n_steps,
    note_split,
    problem_of,
    run_config,
    survey,
)
from segmentation.model_store.card import Descent, read_card
from segmentation.model_store.catalog import find_model
from tests.training_factory import CRACK, SIZE, make_project, set_state


@pytest.fixture
def project(tmp_path):
    project = make_project(tmp_path, 9)
    yield project
    project.store.close()


def names(records):
    return {record.shown_name for record in records}


def test_approved_and_crack_free_images_teach_and_a_fifth_is_held_out(project):
    set_state(project, "0.png", ImageState.REVIEWED)
    set_state(project, "1.png", ImageState.NEW)
    found = survey(project.store, Choice())
    assert found.counts[ImageState.APPROVED] == 7
    assert len(found.held_out) == 2
    assert names(found.taught) | names(found.held_out) == {
        "2.png", "3.png", "4.png", "5.png", "6.png", "7.png", "8.png", "clean.png",
    }  # fmt: skip
    assert not names(found.taught) & names(found.held_out)
    more = survey(project.store, Choice(takes_reviewed=True))
    assert "0.png" in names(more.taught) | names(more.held_out)


def test_the_held_out_part_stays_and_grows_by_images_that_never_taught(project):
    first = survey(project.store, Choice())
    note_split(project.store, first)
    assert survey(project.store, Choice()) == first
    for number in range(20, 30):
        project.add(f"{number}.png", CRACK, size=SIZE)
    second = survey(project.store, Choice())
    assert names(first.held_out) < names(second.held_out)
    new = names(second.held_out) - names(first.held_out)
    assert new <= {f"{number}.png" for number in range(20, 30)}
    assert not names(second.held_out) & names(first.taught)


def test_images_stay_in_the_part_that_they_were_assigned_to(project):
    held = survey(project.store, Choice()).held_out[0]
    content, _ = project.store.load(held.identifier)
    project.store.save(held.identifier, content.with_subset("train"), "Assign")
    other = next(r for r in project.records if r.shown_name == "clean.png")
    content, _ = project.store.load(other.identifier)
    project.store.save(other.identifier, content.with_subset("test"), "Assign")
    found = survey(project.store, Choice())
    assert held.shown_name in names(found.taught)
    assert "clean.png" in names(found.held_out)


def test_looking_changes_nothing(project):
    survey(project.store, Choice())
    assert project.store.get(HELD_OUT_KEY) is None


def test_images_under_way_are_never_held_out(project):
    for number in range(9):
        set_state(project, f"{number}.png", ImageState.IN_PROGRESS)
    found = survey(project.store, Choice(takes_unfinished=True))
    assert names(found.held_out) <= {"clean.png"}
    assert len(found.taught) >= 9


def test_a_missing_photograph_does_not_stop_the_others(project):
    (project.photographs / "3.png").unlink()
    found = survey(project.store, Choice())
    assert found.n_missing == 1
    assert "3.png" not in names(found.taught) | names(found.held_out)


def test_what_is_not_possible_is_said_in_words(project):
    found = survey(project.store, Choice())
    assert problem_of(Choice(), found) == ""
    assert "approve at least 2" in problem_of(Choice(), Survey({}, found.taught[:1], ()))
    clean = tuple(r for r in project.records if not r.n_cracks)
    assert "shows a crack" in problem_of(Choice(), Survey({}, clean * 2, ()))
    assert "begin with" in problem_of(Choice(start=SCRATCH), found)
    assert problem_of(Choice(start=SCRATCH, how="full"), found) == ""


def test_quick_adaptations_are_chained_three_times_at_most(project):
    from dataclasses import replace

    found = survey(project.store, Choice())
    card = read_card(find_model("default"))
    for expected in (0, 1, 2, 3):
        assert card.n_quick == expected
        assert bool(problem_of(Choice(), found, card)) is (expected == 3)
        assert problem_of(Choice(how="fine"), found, card) == ""
        card = replace(card, ancestry=card.descent("quick"))
    assert replace(card, ancestry=(*card.ancestry, Descent(model="x", how="fine"))).n_quick == 0


def test_few_held_out_images_are_pointed_out(project):
    found = survey(project.store, Choice())
    assert "Only 2 images are held out" in hint_of(found)
    assert "No image is held out" in hint_of(Survey({}, found.taught, ()))


def test_a_run_learns_from_the_project_and_from_older_data():
    choice = Choice(recipe="30/70", seed=4)
    run = run_config(choice, 12, "list:/somewhere?origin=bridge")
    how = THOROUGHNESS["quick"]
    own, older = run.data.sources
    assert own.startswith("list:/somewhere?origin=bridge&weight=")
    assert older.startswith("synthetic:?origin=older data")
    assert (run.data.recipe, run.train.seed) == ("30/70", 4)
    assert run.train.epochs == how.n_epochs(12)
    assert run.data.validation == "fixed"
    assert run.model.name == "subpixel_unet"


def test_more_images_take_more_steps_up_to_a_limit(project):
    found = survey(project.store, Choice())
    many = Survey({}, found.taught * 400, ())
    for how in THOROUGHNESS:
        few, more = (n_steps(Choice(how=how), each) for each in (found, many))
        assert few < more <= THOROUGHNESS[how].steps[1] * 1.1
