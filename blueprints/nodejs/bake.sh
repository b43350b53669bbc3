#!/usr/bin/env bash
# Node.js from Debian with a sample application in /srv/app, behind Nginx. The user admin may change it; it runs as www-data.
set -euo pipefail
apt-get update -q
apt-get install -y -q --no-install-recommends nginx nodejs npm
mkdir -p /srv/app
cat > /srv/app/package.json <<'END'
{ "name": "app", "version": "1.0.0", "private": true, "main": "server.js" }
END
cat > /srv/app/server.js <<'END'
'use strict';
// After a change: sudo systemctl restart app
const http = require('node:http');
const os = require('node:os');

let visits = 0;
const page = () => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${os.hostname()}</title>
<style>
body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 20vh auto 0; padding: 0 1.5rem; color: #1c2733 }
h1 { font-size: 2rem; margin: 0 }
code { background: #eef2f6; padding: .1em .35em; border-radius: .3em }
</style>
</head>
<body>
<h1>${os.hostname()} is up</h1>
<p>Node.js ${process.version} counts ${visits} visits since it started.</p>
<p>Your application goes into <code>/srv/app</code>.</p>
</body>
</html>
`;

const server = http.createServer((request, response) => {
    if (request.url !== '/') {
        response.writeHead(404, { 'Content-Type': 'text/plain' });
        response.end('not found\n');
        return;
    }
    visits += 1;
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    response.end(page());
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => server.close(() => process.exit(0)));
END
chown -R admin:admin /srv/app
cat > /etc/systemd/system/app.service <<'END'
[Unit]
Description=The application in /srv/app
After=sloop-firstboot.service
Before=nginx.service

[Service]
WorkingDirectory=/srv/app
EnvironmentFile=/etc/app.env
ExecStart=/usr/bin/node server.js
# Nginx starts after it, when it listens. An application that takes longer than two seconds is not waited for.
ExecStartPost=/bin/bash -c 'for ((i = 0; i < 100; i++)); do (: </dev/tcp/127.0.0.1/$PORT) 2>/dev/null && break; sleep 0.02; done'
User=www-data
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target
END
cat > /etc/nginx/sites-available/app <<'END'
upstream app {
    server 127.0.0.1:3000;
    keepalive 16;
}
server {
    listen 80 default_server;
    client_max_body_size 32m;
    location / {
        proxy_pass http://app;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
    }
}
END
ln -sf ../sites-available/app /etc/nginx/sites-enabled/app
rm -f /etc/nginx/sites-enabled/default
systemctl enable app nginx
apt-get clean
rm -rf /var/lib/apt/lists/*
