#!/bin/sh
# The first page names the machine; it is the user's from then on.
set -eu
page=/var/www/html/index.html
[ -e "$page" ] || cat > "$page" << PAGE
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$(hostname)</title>
<style>
body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 20vh auto 0; padding: 0 1.5rem; color: #1c2733 }
h1 { font-size: 2rem; margin: 0 }
code { background: #eef2f6; padding: .1em .35em; border-radius: .3em }
</style>
</head>
<body>
<h1>$(hostname) is up</h1>
<p>Nginx serves <code>/var/www/html</code>: put your own page there.</p>
</body>
</html>
PAGE
chmod 644 "$page"
chown admin:admin "$page"
