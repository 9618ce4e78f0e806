from classifier.labels import LABELS, STREAM_OF, STREAMS, stream_of


def test_every_label_has_a_stream_and_every_stream_a_label() -> None:
    assert tuple(STREAM_OF) == LABELS
    assert {*STREAM_OF.values()} == {*STREAMS}


def test_a_label_that_nobody_knows_is_residual() -> None:
    assert stream_of("batteries") == "residual"
