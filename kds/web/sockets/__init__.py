"""Step 5's common ground: one accepted WebSocket, its rules and its end; client_socket.py begins."""
