"""What was there before the first test is not looked through again whenever Python looks for garbage."""

import gc


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
