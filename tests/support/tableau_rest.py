"""A Tableau server on loopback, as far as its REST API is spoken when a workbook is published.

Signing in by a personal access token, finding a project, taking a workbook whole or in parts: Tableau's REST reference.
"""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

ANSWER = '<?xml version="1.0"?><tsResponse xmlns="http://tableau.com/api">{}</tsResponse>'
SITE, PROJECT, SESSION = "9a8b7c6d-0000-4000-8000-000000000001", "9a8b7c6d-0000-4000-8000-000000000002", "session-token"


class TableauRest(ThreadingHTTPServer):
    """Knows one token and one project; keeps what is published by its name, `published`, and how."""

    def __init__(self, token: tuple[str, str, str], project: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.token, self.project = token, project
        self.published: dict[str, bytes] = {}
        self.queries: list[dict[str, list[str]]] = []
        self.uploads: dict[str, bytes] = {}
        self.parts = 0  # of all uploads
        self.sessions = 0  # signed in and not yet out

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: TableauRest

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        if path.path.endswith("/serverInfo"):
            self._answer(200, "<serverInfo><productVersion build='1'>2026.1</productVersion>"
                              "<restApiVersion>3.27</restApiVersion></serverInfo>")  # fmt: skip
        elif path.path == f"/api/3.27/sites/{SITE}/projects" and self._is_signed_in():
            wanted = parse_qs(path.query)["filter"] == [f"name:eq:{self.server.project}"]
            found = f"<project id='{PROJECT}' name='{self.server.project}'/>" if wanted else ""
            self._answer(200, f"<pagination pageNumber='1' pageSize='100' totalAvailable='{int(wanted)}'/>"
                              f"<projects>{found}</projects>")  # fmt: skip

    def do_POST(self) -> None:
        path, body = urlsplit(self.path), self.rfile.read(int(self.headers["content-length"]))
        if path.path.endswith("/auth/signin"):
            self._sign_in(body.decode())
        elif path.path == "/api/3.27/auth/signout" and self._is_signed_in():
            self.server.sessions -= 1
            self._answer(204, None)
        elif path.path == f"/api/3.27/sites/{SITE}/fileUploads" and self._is_signed_in():
            self.server.uploads["upload"] = b""
            self._answer(201, "<fileUpload uploadSessionId='upload' fileSize='0'/>")
        elif path.path == f"/api/3.27/sites/{SITE}/workbooks" and self._is_signed_in():
            self._publish(parse_qs(path.query), self._parts(body))

    def do_PUT(self) -> None:
        parts = self._parts(self.rfile.read(int(self.headers["content-length"])))
        self.server.uploads["upload"] += parts["tableau_file"]
        self.server.parts += 1
        self._answer(200, "<fileUpload uploadSessionId='upload' fileSize='1'/>")

    def _sign_in(self, body: str) -> None:
        given = tuple(re.search(rf'{name}="([^"]*)"', body)[1] for name in (  # type: ignore[index]
            "personalAccessTokenName", "personalAccessTokenSecret", "contentUrl"))  # fmt: skip
        if given != self.server.token:
            self._answer(401, "<error code='401001'><summary>Signin Error</summary>"
                              "<detail>The personal access token is not valid.</detail></error>")  # fmt: skip
            return
        self.server.sessions += 1
        self._answer(200, f"<credentials token='{SESSION}'><site id='{SITE}' contentUrl='{given[2]}'/>"
                          "<user id='u'/></credentials>")  # fmt: skip

    def _publish(self, query: dict[str, list[str]], parts: dict[str, bytes]) -> None:
        request = parts["request_payload"].decode()
        name = re.search(r'<workbook[^>]* name="([^"]*)"', request)[1]  # type: ignore[index]
        assert f'id="{PROJECT}"' in request
        self.server.queries.append(query)
        self.server.published[name] = (
            self.server.uploads.pop(query["uploadSessionId"][0])
            if "uploadSessionId" in query
            else parts["tableau_workbook"]
        )
        page = f"{self.server.url}/#/site/shop/workbooks/1"
        self._answer(201, f"<workbook id='w' name='{name}' contentUrl='{name}' webpageUrl='{page}'>"
                          f"<project id='{PROJECT}' name='Comptoir'/><owner id='u'/></workbook>")  # fmt: skip

    def _parts(self, body: bytes) -> dict[str, bytes]:
        head = f"content-type: {self.headers['content-type']}\r\n\r\n".encode()
        parts = message_from_bytes(head + body, policy=policy.HTTP).iter_parts()
        return {
            str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True) for part in parts
        }

    def _is_signed_in(self) -> bool:
        return self.headers["x-tableau-auth"] == SESSION and self.server.sessions > 0

    def _answer(self, status: int, content: str | None) -> None:
        body = b"" if content is None else ANSWER.format(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/xml")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing on the terminal."""
