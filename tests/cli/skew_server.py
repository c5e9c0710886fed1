# SPDX-License-Identifier: Apache-2.0
# skew_server.py DIR: agents' and Prometheus' documents, out of the files of
# DIR: edges.csv, and METRIC.json for an instant query. Its port is written to
# DIR/port. A file that begins with a line "status N" is an answer with that
# status, and with the rest.
import http.server
import os
import sys
import urllib.parse


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query).get("query", [""])[0]
        name = "edges.csv" if url.path == "/edges.csv" else query + ".json"
        status, body = 404, b"no such thing"
        path = os.path.join(sys.argv[1], os.path.basename(name))
        if os.path.exists(path):
            with open(path, "rb") as f:
                status, body = 200, f.read()
        if body.startswith(b"status "):
            line, _, body = body.partition(b"\n")
            status = int(line.split()[1])
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(os.path.join(sys.argv[1], "port.new"), "w") as f:
    f.write(str(server.server_port))
os.rename(os.path.join(sys.argv[1], "port.new"),
          os.path.join(sys.argv[1], "port"))
server.serve_forever()
