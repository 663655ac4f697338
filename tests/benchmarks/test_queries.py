import csv
import gzip
import json
from pathlib import Path

import pytest

from benchmarks.quality.queries import MAX_LENGTH, QuerySets, listed

ROWS = {"tt1": 0, "tt2": 1, "tt3": 2, "tt4": 3}


def jsonl(directory: Path, name: str, *lines: dict) -> None:
    with gzip.open(directory / name, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


def table(directory: Path, name: str, *lines: dict) -> None:
    with gzip.open(directory / name, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)


def test_right_answers_are_rows_and_queries_without_any_are_left_out(tmp_path):
    jsonl(
        tmp_path,
        "typo_queries.hidden.jsonl.gz",
        {"query": "alein", "answers": ["tt2", "tt99"], "kind": "mined"},
        {"query": "unknown", "answers": ["tt99"], "kind": "mined"},
    )
    (query,) = QuerySets(tmp_path, "hidden", ROWS).typos()
    assert (query.text, query.gains, query.kind, query.among) == ("alein", {1: 1.0}, "mined", None)


def test_a_set_that_the_split_lacks_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"title_queries\.hidden\.jsonl\.gz"):
        QuerySets(tmp_path, "hidden", ROWS).titles()


def test_themes_rank_the_pool_only(tmp_path):
    table(tmp_path, "theme_pool.csv.gz", {"item_id": "tt3"}, {"item_id": "tt1"}, {"item_id": "tt99"})
    table(
        tmp_path,
        "theme_queries.dev.csv.gz",
        {"qid": "a", "query": "time travel", "kind": "single"},
        {"qid": "b", "query": "robots dystopia", "kind": "pair"},
    )
    table(
        tmp_path,
        "theme_qrels.dev.csv.gz",
        {"qid": "a", "item_id": "tt1", "grade": "3"},
        {"qid": "a", "item_id": "tt2", "grade": "1"},
        {"qid": "b", "item_id": "tt3", "grade": "1"},
    )
    sets = QuerySets(tmp_path, "dev", ROWS)
    (single,) = sets.themes("single")
    assert single.gains == {0: 7.0}
    assert single.among is not None
    assert single.among.tolist() == [0, 2]
    assert [query.text for query in sets.themes("pair")] == ["robots dystopia"]


def test_judged_films_are_a_closed_set_and_a_grade_of_one_gains_nothing(tmp_path):
    table(
        tmp_path,
        "theme_judged.dev.csv.gz",
        {"query": "heist", "item_id": "tt1", "grade": "1", "judges": "1"},
        {"query": "heist", "item_id": "tt2", "grade": "5", "judges": "2"},
    )
    (query,) = QuerySets(tmp_path, "dev", ROWS).themes_judged()
    assert query.gains == {1: 15.0}
    assert query.among is not None
    assert query.among.tolist() == [0, 1]


def test_a_whole_post_is_cut_where_the_engine_stops_reading(tmp_path):
    jsonl(tmp_path, "plot_queries.dev.jsonl.gz", {"short": "A film", "text": "x" * 5_000, "answers": ["tt1"]})
    sets = QuerySets(tmp_path, "dev", ROWS)
    assert sets.plot_headlines()[0].text == "A film"
    assert sets.plot_posts()[0].text.startswith("A film xxx")
    assert len(sets.plot_posts()[0].text) == MAX_LENGTH


def test_a_seed_is_no_answer(tmp_path):
    jsonl(
        tmp_path,
        "similar_queries.dev.jsonl.gz",
        {"seeds": ["tt1", "tt2"], "relevant": {"tt2": 2, "tt3": 1}},
        {"seeds": ["tt99"], "relevant": {"tt1": 2}},
        {"seeds": ["tt1"], "relevant": {"tt1": 2}},
    )
    (query,) = QuerySets(tmp_path, "dev", ROWS).similar()
    assert (query.seeds, query.gains) == ((0, 1), {2: 1.0})


@pytest.mark.parametrize(("name", "at_least"), [("nonsense", 80), ("sensible", 150)])
def test_the_lists_are_long_and_repeat_nothing(name, at_least):
    texts = [query.text for query in listed(name)]
    assert len(texts) == len(set(texts)) >= at_least
