#!/usr/bin/env bash
# Nginx from Debian, serving /var/www/html, which the user admin may write.
set -euo pipefail
apt-get update -q
apt-get install -y -q --no-install-recommends nginx
chown -R admin:admin /var/www/html
rm -f /var/www/html/*
mkdir -p /etc/systemd/system/nginx.service.d
cat > /etc/systemd/system/nginx.service.d/sloop.conf <<'END'
[Unit]
# It answers when there is something to answer with.
After=sloop-firstboot.service
END
systemctl enable nginx
apt-get clean
rm -rf /var/lib/apt/lists/*
