"""What a person types: sizes that make no sense, help that says units and defaults, one sentence and an exit code."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from simulator import __main__ as command_line
from simulator import parameters, world
from simulator.build import Place
from simulator.offers import active_offers
from tests.simulator.small_build import contents
from warehouse.errors import BadInput
from warehouse.settings import ROOT


def run(*words: str | Path) -> None:
    given = command_line.parse_arguments([str(word) for word in words])
    command_line.COMMANDS[given.command](given)


@pytest.mark.parametrize(
    ("option", "number"), [("customers", 0), ("customers", -5), ("products", 1), ("days", 0), ("seed", -1)]
)
def test_sizes_that_make_no_shop_are_refused(tmp_path: Path, option: str, number: int) -> None:
    with pytest.raises(BadInput, match=f"--{option} must be at least [012], not {number}"):
        run("build", "--out", tmp_path / "shop", f"--{option}", str(number))
    assert not (tmp_path / "shop").exists()


def test_a_number_that_is_none_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("build", "--out", tmp_path, "--customers", "many")
    assert ended.value.code == 2
    assert "argument --customers: invalid int value: 'many'" in capsys.readouterr().err


def test_the_smallest_shop_can_be_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("build", "--out", tmp_path, "--customers", "1", "--products", "2", "--days", "1", "--clean")
    assert "1 days up to 2025-06-04" in capsys.readouterr().out


def refuse(tmp_path: Path, file: Path, sentence: str) -> None:
    with pytest.raises(BadInput, match=re.escape(sentence)):
        run("build", "--out", tmp_path / "shop", "--params", file)
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize(
    ("usual", "other", "sentence"),
    [
        ("unit: date, ", "", "world.first_day must be there with exactly value, unit and reason"),
        ("  factors: {", "  #factors: {", "world.factors is missing; parameters.yml has it"),
        ("  factors: {", "  factoids: {}\n  factors: {", "there is no parameter world.factoids"),
        ("dirt:\n", "dust:\n", "dirt is missing; parameters.yml has it"),
        ("products:\n", "products: many\nproducts_too:\n", "there is no parameter products_too"),
        (
            "price_median: {value: 12.0",
            "price_median: {value: dear",
            "products.price_median must be a number, not dear",
        ),
        ("price_median: {value: 12.0", "price_median: {value: yes", "products.price_median must be a number, not True"),
        (
            "price_median: {value: 12.0",
            "price_median: {value: -2",
            "products.price_median must not be negative, not -2",
        ),
        ("price_median: {value: 12.0", "price_median: {value: .nan", "products.price_median must be a number, not nan"),
        ("factors: {value: 8", "factors: {value: 8.5", "world.factors must be a whole number, not 8.5"),
        ("factors: {value: 8", "factors: {value: 0", "world.factors must be at least 1, not 0"),
        ("first_day: {value: 2025-06-04", "first_day: {value: soon", "world.first_day must be a date, not soon"),
        ("first_day: {value: 2025-06-04", "first_day: {value: 2025-06-04T10:00:00", "world.first_day must be a date"),
        (
            "[0.30, 0.25, 0.30, 0.15]",
            "[0.30, 0.25, 0.30, 0.25]",
            "people.shares must sum to 1, not [0.3, 0.25, 0.3, 0.25]",
        ),
        ("[0.30, 0.25, 0.30, 0.15]", "[0.30, 0.70]", "people.shares must have 4 entries, not [0.3, 0.7]"),
        ("[0.30, 0.25, 0.30, 0.15]", "0.3", "people.shares must be a list, not 0.3"),
        ("[0.75, 0.55, 0.35]", "[0.75, many, 0.35]", "people.consent_rates must be a number in every place"),
        ("[[6, 60],", "[[6],", "offers.thresholds must have 2 entries in every place"),
        ("late: {value: 0.005", "late: {value: 5", "dirt.late must lie between 0 and 1, not 5"),
        ("[rival_a, rival_b]", "[]", "prices.competitors must have at least 1 entries, not []"),
        ('"06-18"', '"18.6."', "seasons.festivals must be days of the year like 06-18"),
    ],
)
def test_parameters_of_no_world_are_refused_by_name(tmp_path: Path, usual: str, other: str, sentence: str) -> None:
    file = tmp_path / "other.yml"
    changed = parameters.FILE.read_text().replace(usual, other)
    assert changed != parameters.FILE.read_text()
    file.write_text(changed)
    refuse(tmp_path, file, f"{file}: {sentence}")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no sections of parameters"),
        (b"- a list", "holds no sections of parameters"),
        (b"world:\n  first: [", "is no YAML: see line 2"),
        (b"world: \xff\xfe", "is no YAML"),
    ],
)
def test_a_file_that_holds_no_parameters_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "other.yml"
    file.write_bytes(content)
    refuse(tmp_path, file, f"{file} {sentence}")


def test_a_parameter_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    refuse(tmp_path, tmp_path / "none.yml", f"{tmp_path / 'none.yml'} cannot be read: No such file or directory")


def test_rates_of_dirt_come_from_the_parameters_and_clean_sets_them_to_zero(tmp_path: Path) -> None:
    file = tmp_path / "other.yml"
    rate = "duplicate: {value: 0.0004"
    file.write_text(parameters.FILE.read_text().replace(rate, "duplicate: {value: 0.5"))
    few = ("--customers", "20", "--products", "4", "--days", "1", "--params", str(file))
    run("build", "--out", tmp_path / "soiled", *few)
    run("build", "--out", tmp_path / "clean", *few, "--clean")
    counts = {
        name: Counter(pq.read_table(tmp_path / name / "truth" / "dirt")["kind"].to_pylist())
        for name in ("soiled", "clean")
    }
    assert counts["soiled"]["duplicate"] > 10
    assert not counts["clean"]


def test_the_shop_and_its_source_mean_the_same_audiences() -> None:
    offers, own = parameters.load().offers, yaml.safe_load((ROOT / "sources/simulator/params.yml").read_text())["shop"]
    assert offers.new_days == own["new_customer_days"]["value"]
    assert offers.lapsed_days == own["lapsed_after_days"]["value"]


@pytest.mark.parametrize("command", ["build", "step", "value", "truth", "loop"])
def test_help_says_what_every_option_means(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(command, "--help")
    assert ended.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    options = [part.split()[0] for part in said.split(" --")[1:]]
    assert options
    for default in {"build": ("20,000", "2,000", "180"), "loop": ("20,000", "180", "8")}.get(command, ()):
        assert f"default {default}" in said


def test_steps_and_values_follow_the_day(clean: Place, capsys: pytest.CaptureFixture[str]) -> None:
    run("value", "--out", clean.out, "--day", "2025-08-03")
    values = json.loads(capsys.readouterr().out)
    assert values["day"] == "2025-08-03"
    assert values["policy_value"] == values["nothing_value"] == 0
    assert values["oracle_value"] >= max(values["uniform_value"], values["propensity_value"], 0)
    before = contents(clean.truth / "world")
    with pytest.raises(BadInput, match="stands on the morning of 2025-08-03, not of 2025-08-09"):
        run("step", "--out", clean.out, "--day", "2025-08-09")
    with pytest.raises(BadInput, match="--days must be at least 1, not 0"):
        run("step", "--out", clean.out, "--days", "0")
    assert contents(clean.truth / "world") == before


def test_a_fault_is_one_sentence_and_an_exit_code(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    words = [sys.executable, "-m", "simulator", "build", "--out", str(tmp_path)]
    ended = subprocess.run(words, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    assert ended.returncode == BadInput.exit_code
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "is not empty and holds no simulated shop" in ended.stderr


def test_a_decision_through_a_channel_that_is_not_allowed_is_told_and_not_carried_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("build", "--out", tmp_path, "--customers", "200", "--products", "20", "--days", "5", "--clean")
    shop = world.load(Place(tmp_path).truth)
    app = shop.state.consents[: shop.registered(shop.next_day - 1), 0]
    regular, refuses = shop.people.customer_id[[app.argmax(), app.argmin()]].tolist()
    offer = active_offers(shop.known, shop.catalogue, shop.customers, shop.seed, shop.next_day)[0].offer_id
    lines = [f"{one},{offer},app" for one in (regular, refuses)]
    (tmp_path / "given.csv").write_text("\n".join(["customer_id,offer_id,channel", *lines]))
    capsys.readouterr()
    run("step", "--out", tmp_path, "--decisions", tmp_path / "given.csv", "--clean")
    said = capsys.readouterr().out
    assert "1 messages sent on 2025-06-09" in said
    assert "1 decisions not carried out: their customers do not allow the channel" in said
    written = pq.read_table(Place(tmp_path).shop / "exposures" / "day=2025-06-09" / "exposures.parquet")
    assert written["customer_id"].to_pylist() == [regular]
