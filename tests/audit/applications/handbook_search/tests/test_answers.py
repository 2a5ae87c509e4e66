from handbook.answers import DAY


def test_answers_are_kept_for_a_day():
    assert DAY == 86400
