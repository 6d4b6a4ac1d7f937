"""The whole service on a PostgreSQL that fails over: three nodes under Patroni, two servers, screens, and orders that
are asked again until they are answered.

Nothing that was acknowledged may be lost, nothing doubled, nothing left on a screen that the database does not have.
cluster.py has the nodes and what can happen to them, orders.py the guests, faults.py the disasters, run.py one run.
"""
