"""How close the allocator comes to the best there is, how fast, and in how much memory; the peer is HiGHS.

The shop is made up from a seed: tastes, depths and responses drawn at random, values and costs of either sign.
"""

import json
import os
import resource
import subprocess
import sys
import time

from benchmarks.allocation_peer import solve_by_peer
from benchmarks.allocation_shop import Shop, every_limit, make_shop, one_budget
from benchmarks.figures import Figure
from ml.allocation import prepare, solve
from warehouse import settings
from warehouse.errors import NotAvailable

PEER_CUSTOMERS = int(os.environ.get("PROMOLIFT_BENCHMARK_PEER_CUSTOMERS") or 20_000)
PEER_SECONDS = float(os.environ.get("PROMOLIFT_BENCHMARK_PEER_SECONDS") or 600)
CUSTOMERS = int(os.environ.get("PROMOLIFT_BENCHMARK_CUSTOMERS") or 1_000_000)
FULL_CUSTOMERS = 1_000_000  # the limits in seconds are meant for that many
SECONDS_LIMIT = {5: 10.0, 20: 60.0}
GAP_LIMIT = {"one budget": 0.0001, "every limit": 0.005}
SPEED_UP_WANTED = 100.0
MEMORY_LIMIT_MIB = 6144.0
KINDS = {"one budget": one_budget, "every limit": every_limit}


def run() -> list[Figure]:
    """Gaps and times against HiGHS, then time and memory of the full size in processes of their own."""
    figures = [figure for kind in KINDS for figure in against_peer(kind)]
    return figures + [figure for offers in SECONDS_LIMIT for kind in KINDS for figure in at_full_size(kind, offers)]


def against_peer(kind: str, offers: int = 20) -> list[Figure]:
    """Value missed of what HiGHS proves possible, and how many times longer HiGHS takes on one processor."""
    shop = KINDS[kind](make_shop(PEER_CUSTOMERS, offers))
    started = time.process_time()
    solution = allocate(shop)
    own_seconds = time.process_time() - started
    peer = solve_by_peer(shop, PEER_SECONDS)
    how = f"{PEER_CUSTOMERS:,} × {offers}, {kind}; HiGHS {peer.status}, {peer.seconds:.0f} s to {peer.gap:.1e}"
    limit = GAP_LIMIT[kind]
    missed = (peer.bound - solution) / abs(peer.bound)
    times = peer.seconds / own_seconds
    value = f"{how}; value {solution:,.2f}, HiGHS {peer.value:,.2f}"
    return [
        Figure(
            f"value missed, {kind}", missed, "share of HiGHS' bound", target=limit, is_up_good=False, how_measured=value
        ),
        Figure(
            f"speed, {kind}", times, "× HiGHS", target=SPEED_UP_WANTED, how_measured=f"{how}; own {own_seconds:.2f} s"
        ),
    ]


def allocate(shop: Shop) -> float:
    prepared = prepare(shop.customer, shop.offer, shop.offers_per_customer, shop.rules, shop.is_alone)
    return solve(prepared, shop.value, shop.resources).value


def at_full_size(kind: str, offers: int) -> list[Figure]:
    """Seconds of the allocation, and largest memory of its process, the making of the shop included."""
    words = [sys.executable, "-m", "benchmarks.allocation", kind, str(CUSTOMERS), str(offers)]
    done = subprocess.run(words, cwd=settings.ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotAvailable(f"the allocation of {CUSTOMERS:,} × {offers} ended with exit code {done.returncode}")
    figures = json.loads(done.stdout.splitlines()[-1])
    name, limit = f"{CUSTOMERS:,} × {offers}, {kind}", SECONDS_LIMIT[offers] if CUSTOMERS >= FULL_CUSTOMERS else None
    how = f"processor time {figures['processor_seconds']:.1f} s, gap {figures['gap']:.1e}"
    return [
        Figure(f"time, {name}", figures["seconds"], "s", target=limit, is_up_good=False, how_measured=how),
        Figure(f"memory, {name}", figures["mib"], "MiB", target=MEMORY_LIMIT_MIB, is_up_good=False),
    ]


def main(kind: str, customers: str, offers: str) -> None:
    """Allocate one shop and print its figures as JSON."""
    shop = KINDS[kind](make_shop(int(customers), int(offers)))
    started, processor = time.monotonic(), time.process_time()
    prepared = prepare(shop.customer, shop.offer, shop.offers_per_customer, shop.rules, shop.is_alone)
    solution = solve(prepared, shop.value, shop.resources)
    figures = {
        "seconds": time.monotonic() - started,
        "processor_seconds": time.process_time() - processor,
        "gap": solution.gap,
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
