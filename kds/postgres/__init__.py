"""Everything below the tables: how to reach PostgreSQL, the pool, the statements of sql/queries, and `kds migrate`.

This room knows no order and no client. url/ reads addresses as libpq does, migrate/ brings a database to the schema of
this code, and embedded.py brings a PostgreSQL of its own for the demo and the tests.
"""
