"""Locks as this repository holds them, and a package index on localhost that has moved on."""

import base64
import hashlib
import io
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from packaging.markers import Marker
from packaging.utils import canonicalize_name, parse_wheel_filename

NEWER = "9999"
"""The version that the index offers of everything, beside the locked one."""

_LOCKED = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[^ ;]+)( ; (?P<marker>.+?))? \\")


class Locked(NamedTuple):
    """A package as a lock names it, and the lines that do."""

    name: str
    version: str
    marker: str | None
    lines: str

    def is_for(self, python: str) -> bool:
        """Whether a Python such as 3.12 needs it on this machine."""
        environment = {"python_version": python, "python_full_version": f"{python}.0"}
        return self.marker is None or Marker(self.marker).evaluate(environment)


def locked(lock: Path) -> dict[str, Locked]:
    """The packages of a lock by name."""
    parts = re.split(r"^(?=[a-z])", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = [(_LOCKED.match(part), part) for part in parts[1:]]
    assert all(head for head, _ in found), "a line that is not understood"
    packages = [
        Locked(*head.group("name", "version", "marker"), part) for head, part in found if head
    ]
    return {package.name: package for package in packages}


def download(requirements: str, folder: Path, python: str) -> list[Path]:
    """Fetch what these lines name, for a Python such as 3.12, by the machine's own settings."""
    folder.mkdir()
    asked = folder.with_suffix(".txt")
    asked.write_text(requirements, encoding="utf-8")
    command = (
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
        "--no-deps", "--require-hashes", "--only-binary", ":all:", "--python-version", python,
        "--dest", folder, "--requirement", asked,
    )  # fmt: skip
    subprocess.run(command, check=True)
    return sorted(folder.iterdir())


def empty_wheel(name: str) -> tuple[str, bytes]:
    """A newer release with nothing in it, and with a need that nothing meets; its file's name."""
    stem = f"{name.replace('-', '_')}-{NEWER}"
    members = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {NEWER}\n"
        "Requires-Dist: there-is-no-such-package==1\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as wheel:
        for member, text in members.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
            path = f"{stem}.dist-info/{member}"
            record += f"{path},sha256={digest.decode().rstrip('=')},{len(text)}\n"
            wheel.writestr(path, text)
        wheel.writestr(f"{stem}.dist-info/RECORD", f"{record}{stem}.dist-info/RECORD,,\n")
    return f"{stem}-py3-none-any.whl", content.getvalue()


@contextmanager
def moved_on(wheels: Iterable[Path]) -> Iterator[str]:
    """Serve these wheels, and beside each a newer release; the address of the index."""
    files: dict[str, bytes] = {}
    projects: dict[str, list[str]] = {}
    for wheel in wheels:
        name = canonicalize_name(parse_wheel_filename(wheel.name)[0])
        newer, content = empty_wheel(name)
        files |= {wheel.name: wheel.read_bytes(), newer: content}
        projects[name] = [wheel.name, newer]

    class Answers(BaseHTTPRequestHandler):
        """Pages of links to files, and the files."""

        def do_GET(self):
            folder, name = self.path.strip("/").split("/", 1)
            links = "".join(f'<a href="/files/{x}">{x}</a>' for x in projects.get(name, ()))
            content = links.encode() if folder == "simple" else files.get(name, b"")
            self.send_response(200 if content else 404)
            self.send_header("Content-Type", "text/html" if links else "application/zip")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/simple"
        finally:
            server.shutdown()
            thread.join()
