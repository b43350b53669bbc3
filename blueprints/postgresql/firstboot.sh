#!/bin/sh
# A database "app" whose owner, of the same name, has this machine's own password; admin is superuser, on the machine itself.
set -eu
password=$(/usr/lib/sloop/secret postgresql_password)
cd /
runuser -u postgres -- psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 << SQL
SET password_encryption = 'scram-sha-256';
SELECT 'CREATE ROLE app LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') \gexec
SELECT 'CREATE ROLE admin LOGIN SUPERUSER' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'admin') \gexec
ALTER ROLE app PASSWORD '$password';
SELECT 'CREATE DATABASE app OWNER app' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'app') \gexec
SELECT 'CREATE DATABASE admin OWNER admin' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'admin') \gexec
SQL
