"""The simulator's exchange behind the venue's real REST and WebSocket protocol, on loopback."""
