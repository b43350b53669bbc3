#!/bin/sh
# The machine's own database user; root of the database is root of the machine, without a password.
set -eu
password=$(/usr/lib/sloop/secret database_password)
mariadb << SQL
CREATE DATABASE IF NOT EXISTS app CHARACTER SET utf8mb4;
CREATE OR REPLACE USER app@localhost IDENTIFIED BY '$password';
GRANT ALL ON app.* TO app@localhost;
CREATE TABLE IF NOT EXISTS app.visits (number INT NOT NULL);
INSERT INTO app.visits SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM app.visits);
SQL
umask 027
cat > /etc/lamp.ini.new << INI
database = app
user = app
password = "$password"
INI
chown root:www-data /etc/lamp.ini.new
mv /etc/lamp.ini.new /etc/lamp.ini
