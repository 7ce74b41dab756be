"""A port that nothing listens at."""

import socket


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """One of this computer; of TCP, unless told otherwise."""
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port
