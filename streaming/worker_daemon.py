"""The daemon that forks Spark's Python workers: PySpark's own, with what a worker needs imported (and the
scores compiled, or read from numba's cache) before the fork.

`spark.python.daemon.module` names it. A new worker is ready at once, and shares the modules' memory with the others.
PySpark imports after the fork, because some libraries start threads when they are imported; those here start none
(numpy's linear algebra is told so by spark.py). Frozen modules are not searched for garbage, which PySpark collects
after every task: with numba loaded that takes longer than a small batch.
"""

from __future__ import annotations

import gc
import importlib

from pyspark.daemon import manager

from recommendations.warm_up import warm_up_numba

PRELOADED = ("pyspark.worker", "streaming.counter", "streaming.product_events")


def main() -> None:
    """Import, freeze, serve. Raises ImportError when the code was not shipped to this machine."""
    for name in PRELOADED:
        importlib.import_module(name)
    warm_up_numba()
    gc.collect()
    gc.freeze()
    manager()


if __name__ == "__main__":
    main()
