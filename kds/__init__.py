"""Kitchen display system: PostgreSQL triggers announce orders, one aiohttp server relays them to every screen.

The story of one order, file by file: sql/rules.sql, sql/triggers.sql, kds/relay/listening/listener.py,
kds/relay/hub.py, kds/kitchen/display.py, kds/static/js/kitchen/state. kds/app.py wires them together.
"""

__version__ = "0.1.0"
