"""A repo with a stack like a tutorial's: an API, two workers, a queue and a database."""

from pathlib import Path

from helpers.model.repo import Repo
from tests.builders import commit_all, make_runnable_dir, write_files

_REQUIREMENTS = Path(__file__).parent / "integration" / "stack_requirements.txt"

API = """\
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2
import redis

QUEUE = redis.Redis("queue")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        with psycopg2.connect(os.environ["DATABASE"]) as base, base.cursor() as cursor:
            cursor.execute("select text, worker from notes order by text")
            self.answer(cursor.fetchall())

    def do_POST(self):
        QUEUE.lpush("notes", self.rfile.read(int(self.headers["Content-Length"])))
        self.answer("queued")

    def answer(self, found):
        content = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"""
WORKER = """\
import os
import sys

import psycopg2
import redis

base = psycopg2.connect(os.environ["DATABASE"])
base.autocommit = True
cursor = base.cursor()
if sys.argv[1:] == ["migrate"]:
    cursor.execute("create table if not exists notes (text text, worker text)")
    sys.exit()
queue = redis.Redis("queue")
while True:
    _, note = queue.brpop("notes")
    cursor.execute("insert into notes values (%s, %s)", [note.decode(), os.environ["NAME"]])
"""
POSTGRES = """\
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql \\
    && rm -rf /var/lib/apt/lists/*
USER postgres
ENV PATH=/usr/lib/postgresql/17/bin:/usr/lib/postgresql/15/bin:${PATH}
RUN initdb -D /tmp/data --auth=trust \\
    && echo "host all all all trust" >> /tmp/data/pg_hba.conf \\
    && mv /tmp/data /var/lib/postgresql/own
CMD ["postgres", "-D", "/var/lib/postgresql/own", "-c", "listen_addresses=*"]
"""
REDIS = """\
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
RUN apt-get update && apt-get install --yes --no-install-recommends redis-server \\
    && rm -rf /var/lib/apt/lists/*
USER redis
CMD ["redis-server", "--bind", "0.0.0.0", "--protected-mode", "no", "--save", "", "--dir", "/tmp"]
"""
FILE = """\
x-often: &often {interval: 1s, start_interval: 200ms, start_period: 9s}
x-worker: &worker
  init: true
  labels: {helpers.dir: projects/worker}
  environment: &database
    DATABASE: ${DATABASE}
services:
  api:
    init: true
    labels: {helpers.dir: projects/api}
    environment: *database
    ports: ["127.0.0.1:${API_PORT}:8000"]
    depends_on: {tables: {condition: service_completed_successfully}}
  tables:
    <<: *worker
    command: [migrate]
    depends_on: {database: {condition: service_healthy}}
  first:
    <<: *worker
    environment: {DATABASE: "${DATABASE}", NAME: first}
    depends_on: [queue, tables]
    restart: on-failure
  second:
    <<: *worker
    environment: {DATABASE: "${DATABASE}", NAME: second}
    depends_on: [queue, tables]
    restart: on-failure
  queue:
    build: {context: ., dockerfile: redis.Dockerfile, args: {BASE_IMAGE: "${HELPERS_BASE_IMAGE}"}}
    healthcheck: {<<: *often, test: [CMD, redis-cli, ping]}
  database:
    build: {context: ., dockerfile: db.Dockerfile, args: {BASE_IMAGE: "${HELPERS_BASE_IMAGE}"}}
    healthcheck: {<<: *often, test: [CMD, pg_isready]}
    volumes: ["kept:/var/lib/postgresql/own"]
volumes: {kept: }
"""
TESTS = """\
import json
import time
import urllib.request

URL = "http://api:8000"


def ask(data=None):
    with urllib.request.urlopen(URL, data) as answer:
        return json.load(answer)


def test_what_is_posted_is_there_after_a_worker_took_it():
    assert ask() == []
    assert ask(b"hello") == "queued"
    for _ in range(100):
        if ask():
            break
        time.sleep(0.05)
    assert [text for text, _ in ask()] == ["hello"]
"""
_HEALTH = """\
entrypoint: [python, -m, api]
health_check: [python, -c, "import urllib.request; urllib.request.urlopen('http://localhost:8000')"]
health_times: {interval: 1, retries: 5}
"""


def write_stack(repo: Repo, port: int, *, file: str = FILE) -> None:
    """Write and commit the two dirs, the stack's file and its `.env`."""
    requirements = _REQUIREMENTS.read_text()
    make_runnable_dir(
        repo,
        "projects/api",
        {
            "requirements.txt": requirements,
            "pytest.ini": "[pytest]\n",
            "devops/config.yaml": _HEALTH,
            "api/__main__.py": API,
            "tests/stack/test_stack.py": TESTS,
        },
    )
    make_runnable_dir(
        repo,
        "projects/worker",
        {
            "requirements.txt": requirements,
            "devops/config.yaml": "entrypoint: [python, -m, worker]\n",
            "worker/__main__.py": WORKER,
        },
    )
    write_files(
        repo.root,
        {
            "deploy/local.yml": file,
            "deploy/redis.Dockerfile": REDIS,
            "deploy/db.Dockerfile": POSTGRES,
            "deploy/.env": f"API_PORT={port}\nDATABASE=postgres://postgres@database/postgres\n",
        },
    )
    commit_all(repo.root)
