"""Kitchen display system: PostgreSQL triggers announce orders, one aiohttp server relays them to every screen.

The story of one order, file by file: sql/rules.sql, sql/announce.sql, kds/listener.py, kds/hub.py,
kds/handlers/display.py, kds/static/js/board. kds/app.py wires them together.
"""

__version__ = "0.1.0"
