"""Who asks: one address for each client, whichever proxies stand before us; proxies.py begins."""
