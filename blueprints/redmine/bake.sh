#!/usr/bin/env bash
# Redmine from Debian, on Puma behind Nginx, with its database in PostgreSQL.
set -euo pipefail
apt-get update -q
# The server of the database first: the settings of Redmine's package make its database in it.
apt-get install -y -q --no-install-recommends postgresql postgresql-client nginx puma
debconf-set-selections <<'END'
redmine redmine/instances/default/dbconfig-install boolean true
redmine redmine/instances/default/database-type select pgsql
redmine redmine/default-language select en
END
apt-get install -y -q --no-install-recommends redmine redmine-pgsql
version=$(ls /etc/postgresql)
etc=/etc/postgresql/$version/main
# No connection leaves the machine; so there is no certificate either.
printf "listen_addresses = 'localhost'\nssl = off\n" > "$etc/conf.d/sloop.conf"
chown postgres:postgres "$etc/conf.d/sloop.conf"
rm -f /etc/ssl/private/ssl-cert-snakeoil.key /etc/ssl/certs/ssl-cert-snakeoil.pem
# Debian's wrapper looks only every other second whether the server is up; the server itself tells systemd at once.
mkdir -p "/etc/systemd/system/postgresql@$version-main.service.d" /etc/systemd/system/sloop-firstboot.service.d
cat > "/etc/systemd/system/postgresql@$version-main.service.d/sloop.conf" <<END
[Service]
Type=notify
User=postgres
PIDFile=
ExecStart=
ExecStart=/usr/lib/postgresql/$version/bin/postgres -D /var/lib/postgresql/$version/main -c config_file=$etc/postgresql.conf
ExecStop=
ExecReload=
ExecReload=/bin/kill -HUP \$MAINPID
KillMode=mixed
KillSignal=SIGINT
END
cat > /etc/systemd/system/sloop-firstboot.service.d/postgresql.conf <<END
[Unit]
After=postgresql@$version-main.service
Wants=postgresql@$version-main.service
END
cat > /etc/systemd/system/redmine.service <<END
[Unit]
Description=Redmine
After=sloop-firstboot.service postgresql@$version-main.service
Requires=sloop-firstboot.service

[Service]
User=www-data
WorkingDirectory=/usr/share/redmine
Environment=RAILS_ENV=production X_DEBIAN_SITEID=default LANG=C.UTF-8
RuntimeDirectory=redmine
ExecStart=/usr/bin/puma --environment production --threads 0:5 --bind unix:///run/redmine/puma.sock
# Rails takes seconds to load; Nginx starts when it answers. TimeoutStartSec bounds the wait.
ExecStartPost=/bin/sh -c 'until [ -S /run/redmine/puma.sock ]; do sleep 0.1; done'
TimeoutStartSec=180
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
END
cat > /etc/nginx/sites-available/redmine <<'END'
server {
    listen 80 default_server;
    client_max_body_size 32m;
    root /usr/share/redmine/public;
    location / {
        try_files $uri @redmine;
    }
    location @redmine {
        proxy_pass http://unix:/run/redmine/puma.sock;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
    }
}
END
ln -sf ../sites-available/redmine /etc/nginx/sites-enabled/redmine
rm -f /etc/nginx/sites-enabled/default
mkdir -p /etc/systemd/system/nginx.service.d
cat > /etc/systemd/system/nginx.service.d/sloop.conf <<'END'
[Unit]
# It answers when there is something to answer with.
After=redmine.service
END
systemctl daemon-reload
systemctl enable redmine nginx postgresql
apt-get clean
rm -rf /var/lib/apt/lists/*
