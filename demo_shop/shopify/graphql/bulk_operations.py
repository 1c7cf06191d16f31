"""Shopify's bulk operations: a query runs in the background and its result is a file of JSON lines.

Operations are kept in memory; the files of an earlier process are removed at the start.
Source: Shopify's documentation of bulk operations and of the BulkOperation object.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlencode

import msgspec
from graphql import DocumentNode, GraphQLError, GraphQLSchema

from demo_shop.shopify.graphql.bulk_query import BulkQueryError, Shape, bulk_shape, lines
from demo_shop.shopify.graphql.bulk_reader import BulkReader
from demo_shop.shopify.graphql.context import RequestContext, utc_time
from demo_shop.shopify.graphql.schema import execute_document, parse_document
from demo_shop.shopify.identifiers import gid

logger = logging.getLogger(__name__)

FIRST_NUMBER = 4_000_000_000_000
RESULTS_KEPT = 20  # Shopify keeps them for a week; a demo's disk is smaller
MAX_RUNNING = 5  # per app and shop, since API version 2026-01
SHORT_WAIT = 1.0  # seconds the mutation waits, so that a short operation is complete at the client's first poll


@dataclass
class BulkOperation:
    """One operation and its progress; fields as in Shopify's BulkOperation object."""

    number: int
    query: str
    created_at: datetime
    status: str = "CREATED"
    error_code: str | None = None
    completed_at: datetime | None = None
    object_count: int = 0  # lines written
    root_object_count: int = 0
    file_size: int | None = None  # bytes
    url: str | None = None
    partial_url: str | None = None  # of an operation that was cancelled or failed
    # the signature in the result URL
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    cancel_requested: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def is_running(self) -> bool:
        """Whether the operation has not ended yet."""
        return self.status in ("CREATED", "RUNNING", "CANCELING")

    def node(self) -> dict[str, Any]:
        """The operation as a GraphQL node."""
        return {
            "__typename": "BulkOperation",
            "id": gid("BulkOperation", self.number),
            "status": self.status,
            "errorCode": self.error_code,
            "createdAt": utc_time(self.created_at),
            "completedAt": utc_time(self.completed_at) if self.completed_at else None,
            "objectCount": str(self.object_count),
            "rootObjectCount": str(self.root_object_count),
            "fileSize": str(self.file_size) if self.file_size is not None else None,
            "url": self.url,
            "partialDataUrl": self.partial_url,
            "query": self.query,
            "type": "QUERY",
        }


class BulkOperations:
    """The bulk operations of one shop, each in a thread of its own. Their files are in `directory`, emptied first."""

    def __init__(self, schema: GraphQLSchema, directory: Path, base_url: str) -> None:
        self._schema, self._directory, self._base_url = schema, directory, base_url
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        self._operations: dict[str, BulkOperation] = {}
        self._lock = threading.Lock()
        # numbers start from the time, so that none is used twice after a restart
        self._next_number = FIRST_NUMBER + int(datetime.now(UTC).timestamp() * 1000) % FIRST_NUMBER

    def run(self, query: str, context: RequestContext) -> dict[str, Any]:
        """Start an operation. Returns the payload of `bulkOperationRunQuery`; a wrong query is in its `userErrors`."""
        document, errors = parse_document(self._schema, query)
        if document is None:
            return _refused("INVALID", "; ".join(error.message for error in errors))
        try:
            key, shape = bulk_shape(self._schema, document)
        except BulkQueryError as error:
            return _refused("INVALID", str(error))
        with self._lock:
            running = [name for name, operation in self._operations.items() if operation.is_running]
            if len(running) >= MAX_RUNNING:
                message = f"A bulk query operation for this app and shop is already in progress: {running[-1]}."
                return _refused("OPERATION_IN_PROGRESS", message, path=None)
            operation = BulkOperation(self._next_number, query, datetime.now(UTC))
            self._next_number += 1
            self._operations[gid("BulkOperation", operation.number)] = operation
            self._expire_old_results()
        created = operation.node()
        reading = replace(context, bulk=BulkReader())
        work = threading.Thread(target=self._work, args=(operation, document, key, shape, reading), daemon=True)
        work.start()
        operation.done.wait(SHORT_WAIT)
        return {"bulkOperation": created, "userErrors": []}

    def cancel(self, identifier: str) -> dict[str, Any]:
        """Ask an operation to stop; returns the payload of `bulkOperationCancel`."""
        operation = self._operations.get(identifier)
        if operation is None:
            return {
                "bulkOperation": None,
                "userErrors": [{"field": ["id"], "message": "Bulk operation does not exist"}],
            }
        if not operation.is_running:
            message = f"A bulk operation cannot be canceled when it is {operation.status.lower()}"
            return {"bulkOperation": operation.node(), "userErrors": [{"field": None, "message": message}]}
        operation.status = "CANCELING"
        operation.cancel_requested.set()
        return {"bulkOperation": operation.node(), "userErrors": []}

    def find(self, identifier: str) -> dict[str, Any] | None:
        """The node of the operation with this global id, or None."""
        operation = self._operations.get(identifier)
        return operation.node() if operation else None

    def current(self) -> dict[str, Any] | None:
        """The node of the operation that was started last, or None."""
        return next(reversed(self._operations.values())).node() if self._operations else None

    def result_file(self, number: int, secret: str) -> Path | None:
        """The file behind a result URL, or None when its number or secret is wrong or the file has expired."""
        operation = self._operations.get(gid("BulkOperation", number))
        is_right = operation is not None and secrets.compare_digest(operation.secret.encode(), secret.encode())
        path = self._path(number)
        return path if is_right and path.exists() else None

    def _work(
        self, operation: BulkOperation, document: DocumentNode, key: str, shape: Shape, context: RequestContext
    ) -> None:
        operation.status = "RUNNING"
        status, is_complete = "COMPLETED", True
        try:
            with self._path(operation.number).open("wb") as file:
                is_complete = self._write(operation, document, key, shape, context, file)
            status = "COMPLETED" if is_complete else "CANCELED"
        except Exception:
            logger.exception("bulk operation %s failed", operation.number)
            status, is_complete, operation.error_code = "FAILED", False, "INTERNAL_SERVER_ERROR"
        finally:
            context.store.close()
        operation.file_size = self._path(operation.number).stat().st_size
        # as in Shopify, an operation without any object has no result URL
        url = self._url(operation) if operation.object_count else None
        operation.url, operation.partial_url = (url, None) if is_complete else (None, url)
        operation.completed_at, operation.status = datetime.now(UTC), status
        operation.done.set()

    def _write(
        self,
        operation: BulkOperation,
        document: DocumentNode,
        key: str,
        shape: Shape,
        context: RequestContext,
        file: BinaryIO,
    ) -> bool:
        """Write all lines; False when it was asked to stop before the end. Raises GraphQLError when the query fails."""
        reader, encode = context.bulk, msgspec.json.Encoder().encode
        assert reader is not None

        def write(connection: dict[str, Any], with_self: bool) -> None:
            for line in lines(shape, connection, with_self=with_self):
                file.write(encode(line) + b"\n")
                operation.object_count += 1

        while reader.next_piece():
            if operation.cancel_requested.is_set():
                return False
            connection = self._read(document, key, context)
            if reader.unfinished and len(_nodes(connection)) > 1:
                reader.split()
                continue
            write(connection, with_self=True)
            operation.root_object_count += len(_nodes(connection))
            while reader.unfinished:
                if operation.cancel_requested.is_set():
                    return False
                reader.next_pass()
                write(self._read(document, key, context), with_self=False)
        return True

    def _read(self, document: DocumentNode, key: str, context: RequestContext) -> dict[str, Any]:
        result = execute_document(self._schema, document, context)
        if result.errors:
            raise GraphQLError("; ".join(error.message for error in result.errors))
        connection: dict[str, Any] = (result.data or {})[key]
        return connection

    def _expire_old_results(self) -> None:
        finished = [o for o in self._operations.values() if o.done.is_set() and o.status != "EXPIRED"]
        for operation in finished[:-RESULTS_KEPT]:
            operation.status, operation.url, operation.partial_url = "EXPIRED", None, None
            self._path(operation.number).unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return self._directory / f"bulk-{number}.jsonl"

    def _url(self, operation: BulkOperation) -> str:
        name = f"bulk-{operation.number}.jsonl"
        parameters = {
            "Signature": operation.secret,
            "response-content-disposition": f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}",
            "response-content-type": "application/jsonl",
        }
        return f"{self._base_url}/demo/bulk/{operation.number}?{urlencode(parameters)}"


def _nodes(connection: dict[str, Any]) -> list[Any]:
    nodes: list[Any] = connection.get("nodes") or connection.get("edges") or []
    return nodes


def _refused(code: str, message: str, path: tuple[str, ...] | None = ("query",)) -> dict[str, Any]:
    error = {"code": code, "field": list(path) if path else None, "message": message}
    return {"bulkOperation": None, "userErrors": [error]}
