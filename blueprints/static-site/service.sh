#!/bin/sh
# Serves ~/site on the instance's own address. The first page is written once and is yours from then on.
set -eu
site=$HOME/site
mkdir -p "$site"
if ! [ -e "$site/index.html" ]; then
    cat > "$site/index.html.new" << PAGE
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$SLOOP_INSTANCE</title>
<style>
body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 20vh auto 0; padding: 0 1.5rem; color: #1c2733 }
h1 { font-size: 2rem; margin: 0 }
code { background: #eef2f6; padding: .1em .35em; border-radius: .3em }
</style>
</head>
<body>
<h1>$SLOOP_INSTANCE is up</h1>
<p>Put your own page into <code>~/site</code> on this instance, and it is here.</p>
</body>
</html>
PAGE
    mv "$site/index.html.new" "$site/index.html"
fi
# Not `python3 -m http.server`: it writes a line a request, which would fill the disk of a site that is read a lot.
exec python3 -S -c '
import functools, http.server, sys

class Site(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_): pass

class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client):
        if not isinstance(sys.exc_info()[1], ConnectionError): super().handle_error(request, client)

address, port, folder = sys.argv[1:]
Server((address, int(port)), functools.partial(Site, directory=folder)).serve_forever()
' "$SLOOP_ADDRESS" "$SLOOP_PORT_HTTP" "$site"
