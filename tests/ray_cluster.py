"""A Ray cluster for the tests of a module: a head, and two node processes of one processor each."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import ray
from ray.cluster_utils import Cluster

from cluster.joining import RayCluster

_NODE = {
    "num_cpus": 1,
    "object_store_memory": 80 * 1024 * 1024,
    "include_dashboard": False,
    # Ray takes 127.0.0.1 for the machine's address in the network, and this one as it is.
    "node_ip_address": "127.0.0.2",
}
_TESTS = Path(__file__).parent


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with pytest.MonkeyPatch.context() as patch:
        # Where the nodes find the trials of tests. The repository first: tests/ has folders of its names.
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, (_TESTS.parent, _TESTS, _TESTS / "benchmarks"))))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        cluster = Cluster(initialize_head=True, head_node_args=_NODE | {"num_cpus": 0})
        with_two_nodes(cluster)
        yield cluster
    ray.shutdown()
    cluster.shutdown()


@pytest.fixture(scope="module")
def joined(cluster: Cluster) -> RayCluster:
    return RayCluster.join(cluster.address)


def with_two_nodes(cluster: Cluster) -> None:
    """Have two nodes that work beside the head, which does not: a test may have killed one."""
    while len(cluster.worker_nodes) < 2:
        cluster.add_node(**_NODE)
