import pytest

from rulings.llm import Meter, OverBudget


def test_the_meter_stops_the_night():
    with pytest.raises(OverBudget):
        Meter(0.001).add(1000, 1000)
