"""The listening endpoint: accepts clients, offers TLS, checks passwords, starts one thread a session."""

from __future__ import annotations

import hmac
import secrets
import socket
import ssl
import sys
import threading
import traceback

from sandbox.backend import RedshiftError
from sandbox.redshift import wire
from sandbox.redshift.channel import Channel, ClientGone
from sandbox.redshift.engine import Engine, EngineLost
from sandbox.redshift.lexer import literal
from sandbox.redshift.querylog import QueryLog
from sandbox.redshift.session import Session
from sandbox.redshift.settings import Settings
from sandbox.redshift.users import Users, matches_sha256, md5_answer

MAX_CLIENTS = 150
SERVER_VERSION = "8.0.2"
# Start-up parameters that mean something; redshift_connector's own (driver_version, …) are dropped.
CLIENT_SETTINGS = {"application_name", "client_encoding", "DateStyle", "datestyle", "TimeZone", "timezone"}
REPORTED = {
    "server_version": SERVER_VERSION,
    "server_encoding": "UTF8",
    "client_encoding": "UTF8",
    "DateStyle": "ISO, MDY",
    "TimeZone": "UTC",
    "integer_datetimes": "on",
}


class Server:
    """The endpoint on 127.0.0.1. `serve` returns after `stop`."""

    def __init__(self, settings: Settings, port: int = 0) -> None:
        self.settings = settings
        self.listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self.port: int = self.listener.getsockname()[1]
        self.tls = tls_context(settings)
        self.users = Users(settings)
        self.log = QueryLog(settings)
        self.sessions: dict[tuple[int, int], Session] = {}
        self.lock = threading.Lock()
        self.is_stopping = threading.Event()

    def serve(self) -> None:
        threading.Thread(target=self.watch_status, daemon=True).start()
        while not self.is_stopping.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                break
            threading.Thread(target=self.handle, args=(connection,), daemon=True).start()

    def stop(self) -> None:
        self.is_stopping.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        finally:
            self.listener.close()
        self.close_sessions("57P01", "terminating connection due to administrator command")
        self.log.close()

    def watch_status(self) -> None:
        """Close every session soon after the cluster is no longer available."""
        while not self.is_stopping.wait(0.3):
            if self.sessions and not self.settings.cluster_status().startswith("available"):
                self.close_sessions("57P01", "terminating connection: the cluster is paused")

    def close_sessions(self, sqlstate: str, text: str) -> None:
        for session in list(self.sessions.values()):
            try:
                session.channel.socket.sendall(wire.error_response(sqlstate, text, severity="FATAL"))
                session.engine.cancel()
            except OSError:
                continue
            finally:
                session.channel.close()

    def handle(self, connection: socket.socket) -> None:
        """Serve one connection from its first byte to its last."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        channel = Channel(connection)
        try:
            channel, startup = self.negotiate(channel)
            if startup is not None:
                self.run_session(channel, startup)
        except RedshiftError as error:
            refuse(channel, error)
        except wire.ProtocolError as error:
            refuse(channel, RedshiftError("08P01", str(error)))
        except (ClientGone, EngineLost, OSError):
            pass
        except Exception:
            traceback.print_exc(file=sys.stderr)
            refuse(channel, RedshiftError("XX000", "internal error of the sandbox; its log has the traceback"))
        finally:
            channel.close()

    def negotiate(self, channel: Channel) -> tuple[Channel, wire.StartupMessage | None]:
        """Answer SSLRequest and CancelRequest; return the StartupMessage, None after a cancel."""
        while True:
            first = channel.receive_startup()
            if isinstance(first, wire.StartupMessage):
                return channel, first
            if isinstance(first, wire.CancelRequest):
                session = self.sessions.get((first.process_id, first.secret_key))
                if session:
                    session.engine.cancel()
                return channel, None
            is_offered = self.tls is not None and not first.is_gss
            channel.socket.sendall(b"S" if is_offered else b"N")
            if is_offered and self.tls:
                channel = Channel(self.tls.wrap_socket(channel.socket, server_side=True))

    def run_session(self, channel: Channel, startup: wire.StartupMessage) -> None:
        user = startup.parameters.get("user", "").lower()
        database = startup.parameters.get("database", "") or self.settings.database
        self.check_available()
        self.authenticate(channel, user)
        engine = self.open_engine(user, database, startup.parameters)
        key = (engine.process_id, secrets.randbits(32))
        session = Session(channel, engine, user, database, self.settings, self.log)
        with self.lock:
            self.sessions[key] = session
        try:
            channel.send(wire.authentication(0))
            is_superuser = "on" if self.users.is_superuser(user) else "off"
            shown = {**REPORTED, "session_authorization": user, "is_superuser": is_superuser}
            for name, value in shown.items():
                channel.send(wire.parameter_status(name, value))
            channel.send(wire.backend_key_data(*key))
            session.serve()
        finally:
            del self.sessions[key]
            engine.close()

    def check_available(self) -> None:
        status = self.settings.cluster_status()
        if not status.startswith("available"):
            raise RedshiftError("57P03", f"the database system is not available: the cluster is {status}")
        if len(self.sessions) >= MAX_CLIENTS:
            raise RedshiftError("53300", "connection limit exceeded")

    def authenticate(self, channel: Channel, user: str) -> None:
        """Ask for the password: as md5 where md5 is stored, else in clear. Raises: RedshiftError 28000."""
        stored = self.users.password(user)
        is_md5 = stored is None or stored.startswith("md5")
        salt = secrets.token_bytes(4)
        channel.send(wire.authentication(5, salt) if is_md5 else wire.authentication(3))
        channel.flush()
        answer = channel.receive()
        if not isinstance(answer, wire.PasswordMessage):
            raise wire.ProtocolError("expected a PasswordMessage")
        if stored is None or not is_right(answer.password, stored, salt):
            raise RedshiftError("28000", f'password authentication failed for user "{user}"')

    def open_engine(self, user: str, database: str, parameters: dict[str, str]) -> Engine:
        """A connection to the engine that acts as the user."""
        wanted = {name: value for name, value in parameters.items() if name in CLIENT_SETTINGS}
        started = {**ENGINE_SETTINGS, **wanted, "rs.login_user": user}
        settings = self.settings
        try:
            engine = Engine(settings.engine_host, settings.engine_port, settings.engine_superuser, database, started)
        except RedshiftError as error:
            if error.sqlstate == "3D000":
                raise RedshiftError("3D000", f'database "{database}" does not exist') from error
            raise
        for name, value in self.users.parameters(user):
            engine.run(f"SELECT set_config({literal(name)}, {literal(value)}, false)")
        engine.run(f"""SET SESSION AUTHORIZATION "{user.replace('"', '""')}" """)
        return engine


ENGINE_SETTINGS = {
    "search_path": '"$user", public, rs, pg_catalog',
    "client_encoding": "UTF8",
    "DateStyle": "ISO, MDY",
    "TimeZone": "UTC",
    "standard_conforming_strings": "on",
    "bytea_output": "hex",
    "extra_float_digits": "0",
    "md5_password_warnings": "off",
}


def is_right(answer: str, stored: str, salt: bytes) -> bool:
    """Whether a PasswordMessage proves the stored password."""
    if stored.startswith("md5"):
        return hmac.compare_digest(answer, md5_answer(stored, salt))
    return matches_sha256(answer, stored)


def refuse(channel: Channel, error: RedshiftError) -> None:
    try:
        channel.send(wire.error_response(error.sqlstate, error.message, error.detail, severity="FATAL"))
        channel.flush()
    except OSError:
        return


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(settings.tls_cert, settings.tls_key)
    return context
