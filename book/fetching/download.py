"""Downloads one image, from public machines only, within limits of size and time. The only module that uses the network.

A host name is looked up once, all its addresses must be public, and the connection goes to one of these addresses; so a name that
resolves to another machine a moment later gains nothing. Redirects are checked in the same way. A proxy from the environment is
asked to connect to the checked address, never to the name.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import NoReturn
from urllib.parse import quote, unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from msgspec import Struct, field

from book.assemble.remote import address_of
from book.fetching.public import is_public
from book.problems import printable
from book.style.links.whatwg import Address

REDIRECTS = 5
STATUS_OF_REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""RFC 9110 §15.4."""
PORTS = frozenset({80, 443})
"""Permitted ports below 1024; the others belong to services that are not web servers."""
FIRST_OPEN_PORT = 1024
LONGEST_HEAD = 65_536
"""The most bytes of a proxy's answer."""
CHUNK = 65_536
HEADERS = {
    "Accept": "image/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "Handbound (book fetch)",
}
SAVE_IT = "save the image into the book's folder and write its path"


class NotFetched(Exception):
    """The reason why an image was not fetched, and how to fix it."""

    def __init__(self, message: str, fix: str = SAVE_IT) -> None:
        """Store both lines."""
        super().__init__(message)
        self.message, self.fix = message, fix


def _looked_up(host: str, port: int) -> tuple[str, ...]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))


class Network(Struct, kw_only=True):
    """How to connect, and which machines may be asked."""

    public: Callable[[str], bool] = is_public
    """Returns whether an IP address may be asked."""
    look_up: Callable[[str, int], tuple[str, ...]] = _looked_up
    """Returns the IP addresses of a host."""
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    patience: float = 10
    """The most seconds without a byte."""
    longest: float = 60
    """The most seconds for one image, including redirects."""
    _watches: set[_Watch] = field(default_factory=set)

    def fetch(self, address: Address, limit: int) -> tuple[bytes, str]:
        """Return the bytes at *address*, at most *limit*, and the media type from the server.

        Raises:
            NotFetched: it cannot be fetched, or may not be.
        """
        watch = _Watch(self.longest)
        self._watches.add(watch)
        try:
            for _ in range(REDIRECTS + 1):
                answer = self._request(address, limit, watch)
                if not isinstance(answer, Address):
                    return answer
                address = answer
            raise NotFetched(f"more than {REDIRECTS} redirects", "write the address that they lead to")
        finally:
            watch.cancel()
            self._watches.discard(watch)

    def stop(self) -> None:
        """End all running requests."""
        for watch in tuple(self._watches):
            watch.ring()

    def _request(self, address: Address, limit: int, watch: _Watch) -> tuple[bytes, str] | Address:
        """Return the answer of one server: bytes and media type, or the target of a redirect."""
        port = _port(address)
        connection = http.client.HTTPConnection("handbound.invalid")  # never looked up: already connected
        host_name = printable(address.host)
        try:
            connection.sock = self._connected(address, port, watch)
            target = quote(f"{address.path or '/'}{f'?{address.query}' if address.query else ''}", safe=_ASCII)
            host = address.host + (f":{address.port}" if address.port else "")
            connection.request("GET", target, headers={"Host": host, **HEADERS})
            with contextlib.closing(connection.getresponse()) as response:
                if response.status in STATUS_OF_REDIRECTS:
                    return _redirected(address, response.getheader("Location", ""))
                return _received(response, limit, watch)
        except NotFetched:
            raise
        except ssl.SSLCertVerificationError as error:
            raise NotFetched(f"the certificate of {host_name} is not valid: {error.verify_message}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            if watch.rung:
                _too_slow(self.longest)
            if isinstance(error, TimeoutError):
                raise NotFetched(
                    f"{host_name} did not answer for {self.patience:g} seconds", "try again later"
                ) from error
            why = printable(str(error)) or type(error).__name__
            raise NotFetched(
                f"the connection to {host_name} failed: {why}", f"try again later, or {SAVE_IT}"
            ) from error
        finally:
            connection.close()

    def _connected(self, address: Address, port: int, watch: _Watch) -> socket.socket:
        """Return a connection to a public machine of *address*, over TLS for https."""
        bare = address.host.strip("[]")
        try:
            ips = self.look_up(bare, port)
        except (OSError, UnicodeError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise NotFetched(f"there is no host {printable(bare)}: {why}", "check the address") from error
        if inner := next((ip for ip in ips if not self.public(ip)), None):
            host = f"{inner} is" if bare == str(inner) else f"{printable(bare)} is {inner},"
            message = f"{host} an address of a private network or of this machine; it is not asked"
            raise NotFetched(message)
        connection = self._opened(address.scheme, bare, ips, port, watch)
        if address.scheme != "https":
            return connection
        secure = self.context.wrap_socket(connection, server_hostname=bare, do_handshake_on_connect=False)
        watch.guard(secure)
        try:
            secure.do_handshake()
        except BaseException:
            secure.close()
            raise
        return secure

    def _opened(self, scheme: str, host: str, ips: tuple[str, ...], port: int, watch: _Watch) -> socket.socket:
        """Return a connection to the first of the machines *ips* that accepts one, directly or through the proxy of the environment."""
        proxy = _proxy(scheme, host)
        last: OSError = OSError("it has no address")
        for ip in ips:
            try:
                place = (proxy.host, proxy.port) if proxy else (ip, port)
                connection = socket.create_connection(place, timeout=self.patience)
            except OSError as error:
                last = error
                continue
            watch.guard(connection)
            try:
                if proxy:
                    proxy.tunnel(connection, ip, port)
            except BaseException:
                connection.close()
                raise
            return connection
        raise last


_ASCII = "".join(chr(code) for code in range(0x21, 0x7F))


def _port(address: Address) -> int:
    """Return the port of *address*.

    Raises:
        NotFetched: the address has credentials, or a port that may not be asked.
    """
    if address.credentials:
        raise NotFetched("the address contains a user name or a password; it is not sent", SAVE_IT)
    port = int(address.port or {"http": 80, "https": 443}[address.scheme])
    if port < FIRST_OPEN_PORT and port not in PORTS:
        raise NotFetched(f"port {port} is not one of a web server")
    return port


def _redirected(address: Address, location: str) -> Address:
    """Return the target of a redirect from *address*."""
    target = address_of(urljoin(str(address), location)) if location else None
    if target is None:
        raise NotFetched(f"it redirects to {printable(location)!r}, which is no web address")
    if address.scheme == "https" and target.scheme == "http":
        raise NotFetched(f"it redirects from https to {printable(str(target))!r}, which is not encrypted")
    return target


def _received(response: http.client.HTTPResponse, limit: int, watch: _Watch) -> tuple[bytes, str]:
    """Return the body of *response* and its media type."""
    if response.status != http.HTTPStatus.OK:
        reason = printable(f"{response.status} {response.reason}".strip())
        raise NotFetched(f"the server answers {reason}", "check the address")
    if (coding := response.getheader("Content-Encoding", "identity").strip().lower()) != "identity":
        raise NotFetched(f"the server sends it packed ({printable(coding)}), which was not asked for")
    length = response.length
    data = bytearray()
    while (length or 0) <= limit and len(data) <= limit and (chunk := response.read(CHUNK)):
        data += chunk
        if watch.rung:
            break
    if watch.rung:
        _too_slow(watch.seconds)
    if (length or 0) > limit or len(data) > limit:
        fix = f"make it smaller, raise limits.image_bytes in handbound.toml, or {SAVE_IT}"
        raise NotFetched(f"it is larger than the {limit:,} bytes that an image may have", fix)
    if length is not None and len(data) < length:
        raise NotFetched(f"the answer ends after {len(data):,} of {length:,} bytes", "try again later")
    return bytes(data), response.getheader("Content-Type", "").partition(";")[0].strip().lower()


def _too_slow(seconds: float) -> NoReturn:
    raise NotFetched(f"it takes longer than {seconds:g} seconds", f"try again later, or {SAVE_IT}")


class _Watch:
    """Shuts a connection down when its time is up, even if the other side keeps sending slowly."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.rung = False
        self._connection: socket.socket | None = None
        self._timer = threading.Timer(seconds, self.ring)
        self._timer.daemon = True
        self._timer.start()

    def guard(self, connection: socket.socket) -> None:
        """Watch *connection* from now on."""
        self._connection = connection
        if self.rung:
            self.ring()

    def ring(self) -> None:
        """Shut the connection down."""
        self.rung = True
        if self._connection is not None:
            with contextlib.suppress(OSError):
                # Not the TLS connection, which another thread is reading.
                socket.socket.shutdown(self._connection, socket.SHUT_RDWR)

    def cancel(self) -> None:
        """Stop watching."""
        self._connection = None
        self._timer.cancel()


class _Proxy(Struct, frozen=True, kw_only=True):
    """An HTTP proxy from the environment."""

    host: str
    port: int
    credentials: str

    def tunnel(self, connection: socket.socket, ip: str, port: int) -> None:
        """Ask the proxy to connect to the machine *ip* (RFC 9110 §9.3.6)."""
        place = f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
        key = base64.b64encode(self.credentials.encode()).decode()
        login = f"Proxy-Authorization: Basic {key}\r\n" if self.credentials else ""
        connection.sendall(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n{login}\r\n".encode())
        head = b"".join(_head(connection))
        words = head.split(b"\r\n", 1)[0].split(maxsplit=2)
        if len(words) < 2 or words[1] != b"200":
            answer = printable(b" ".join(words[1:]).decode("latin-1"))
            raise NotFetched(f"the proxy {printable(self.host)} does not connect to {place}: {answer}")


def _head(connection: socket.socket) -> Iterator[bytes]:
    """Yield the head of an answer byte by byte, because what follows belongs to the tunnel."""
    last = b""
    for _ in range(LONGEST_HEAD):
        byte = connection.recv(1)
        if not byte:
            raise ConnectionError("the proxy ended the connection")
        yield byte
        last = (last + byte)[-4:]
        if last == b"\r\n\r\n":
            return
    raise ConnectionError("the proxy answers without end")


def _proxy(scheme: str, host: str) -> _Proxy | None:
    """Return the proxy for *host*, None if the environment names none."""
    proxies = getproxies()
    address = proxies.get(scheme) or proxies.get("all")
    if not address or proxy_bypass(host):
        return None
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        port = parts.port or 80
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme != "http" or not parts.hostname:
        raise NotFetched(
            f"the proxy for {scheme} in the environment is no http:// address", f"correct {scheme}_proxy, or unset it"
        )
    credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
    return _Proxy(host=parts.hostname, port=port, credentials=credentials)
