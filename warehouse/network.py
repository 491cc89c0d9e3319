"""What may travel unencrypted: only what does not leave the machine."""

from ipaddress import ip_address


def is_local(host: str) -> bool:
    """Whether an address is this machine: loopback, or the folder of a Unix socket.

    >>> [is_local(host) for host in ("localhost", "127.0.0.1", "::1", "/run/postgresql")]
    [True, True, True, True]
    >>> [is_local(host) for host in ("db.example.com", "10.0.0.5", "localhost.example.com")]
    [False, False, False]
    """
    if host == "localhost" or host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
