"""The README shows what the demo prints, as it prints it."""

import demo_docs


def test_the_readme_shows_the_demo_as_it_is() -> None:
    assert demo_docs.written(demo_docs.printed()) == demo_docs.PAGE.read_text(), (
        "run python tools/demo_docs.py"
    )
