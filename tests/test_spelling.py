from rag.spelling import also_meant

PASSAGES = {"按摩": 5, "摩椅": 5, "按": 9, "磨": 3, "椅": 5, "改革": 40}


def test_a_word_of_the_same_sound_is_searched_too() -> None:
    weights = {"按": 1.0, "磨": 1.0, "按磨": 1.0, "椅": 1.0}
    found = also_meant(weights, lambda token: PASSAGES.get(token, 0))
    assert found == weights | {"按摩": 0.7}


def test_what_reports_hold_is_not_doubted() -> None:
    weights = {"改": 1.0, "革": 1.0, "改革": 1.0, "2021": 1.0, "gdp": 1.0, "ab": 1.0}
    assert also_meant(weights, lambda token: PASSAGES.get(token, 0)) == weights


def test_a_word_that_no_report_holds_is_not_supposed() -> None:
    weights = {"按": 1.0, "磨": 1.0, "按磨": 1.0}
    assert also_meant(weights, lambda token: 0) == weights
