#!/usr/bin/env bash
# PostgreSQL from Debian. It answers on the private network with a password, and on the machine itself to its users.
set -euo pipefail
apt-get update -q
apt-get install -y -q --no-install-recommends postgresql postgresql-client postgresql-contrib
version=$(ls /etc/postgresql)
etc=/etc/postgresql/$version/main
cat > "$etc/conf.d/sloop.conf" <<'END'
listen_addresses = '*'
password_encryption = 'scram-sha-256'
END
cat > "$etc/pg_hba.conf" <<'END'
# Users of the machine are users of the database of the same name.
local   all   all                 peer
# Everybody else has a password: this machine, and its neighbours on the private network.
host    all   all   127.0.0.1/32  scram-sha-256
host    all   all   ::1/128       scram-sha-256
hostssl all   all   samenet       scram-sha-256
END
chown postgres:postgres "$etc/conf.d/sloop.conf" "$etc/pg_hba.conf"
chmod 640 "$etc/pg_hba.conf"
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
# The snakeoil certificate of Debian was made with this image: each machine makes its own, before its server starts.
rm -f /etc/ssl/private/ssl-cert-snakeoil.key /etc/ssl/certs/ssl-cert-snakeoil.pem
cat > /etc/systemd/system/sloop-snakeoil.service <<END
[Unit]
Description=A certificate of this machine's own
Before=postgresql@$version-main.service
ConditionPathExists=!/etc/ssl/private/ssl-cert-snakeoil.key

[Service]
Type=oneshot
Environment=DEBIAN_FRONTEND=noninteractive
ExecStart=/usr/sbin/make-ssl-cert generate-default-snakeoil --force-overwrite

[Install]
WantedBy=multi-user.target
RequiredBy=postgresql@$version-main.service
END
systemctl enable sloop-snakeoil.service postgresql
apt-get clean
rm -rf /var/lib/apt/lists/*
