"""Where a fault is tried: on both databases, unless its module says that PostgreSQL is enough."""

import pytest

ON_SQLITE = pytest.mark.parametrize("site", ["embedded"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("site", ["postgresql"], indirect=True)
