#!/bin/sh
# The application's environment, with a secret of its own for what it signs.
set -eu
umask 027
cat > /etc/app.env.new << ENV
NODE_ENV=production
PORT=3000
SESSION_SECRET=$(/usr/lib/sloop/secret session_secret)
ENV
chown root:www-data /etc/app.env.new
mv /etc/app.env.new /etc/app.env
