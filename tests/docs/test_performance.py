"""docs/performance.md shows the newest measured result, unchanged."""

import bench_docs


def test_the_measured_section_is_the_newest_result() -> None:
    assert bench_docs.written() == bench_docs.DOC.read_text()


def test_every_ratio_reaches_what_it_should() -> None:
    import json

    ratios = json.loads(bench_docs.newest().read_text())["ratios"]
    assert ratios
    for name, ratio in ratios.items():
        assert ("reach" in ratio) is not ("goal" in ratio), name
        assert ratio["best"] >= ratio.get("reach", 0), name
