"""The HTTP and WebSocket edge: one module for each kind of client."""
