"""What the children find in their environment: the person's own settings, and what only `run.py` knows."""

import os
from collections.abc import Mapping

from launcher import addresses
from launcher.data_directory import DataDirectory
from launcher.options import Options


def for_children(
    options: Options, folder: DataDirectory, broker_url: str, own: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The person's own settings pass through and win; only what the command line says goes before them."""
    defaults = {
        "SORTWISE_EMBEDDED": "true",
        "SORTWISE_SECRET_KEY": folder.secret_key(),
        "SORTWISE_ALLOWED_HOSTS": addresses.allowed_hosts(options.host),
        "BROKER_URL": broker_url,
        "OMP_NUM_THREADS": "1",  # one a pool child; more would fight over the cores
        "PYTHONUNBUFFERED": "1",
    }
    given = {name: value for name, value in own.items() if value}
    fixed = {"SORTWISE_DATA_DIR": str(folder.path)}
    if options.tls:
        fixed["SORTWISE_TLS"] = "true"
    return defaults | given | fixed
