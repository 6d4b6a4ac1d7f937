"""Customers: the menu, placing an order, tracking it, and the board that says what can be fetched."""
