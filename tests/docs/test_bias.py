"""docs/simulation.md shows the bias of the fill models as it ships."""

import bias_docs


def test_the_page_shows_the_table_that_ships() -> None:
    assert bias_docs.written() == bias_docs.PAGE.read_text(), "run python tools/bias_docs.py"
