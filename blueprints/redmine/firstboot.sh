#!/bin/sh
# This machine's own database password, session secret and administrator's password.
set -eu
database_password=$(/usr/lib/sloop/secret database_password)
admin_password=$(/usr/lib/sloop/secret redmine_admin_password)
session_secret=$(head -c 64 /dev/urandom | od -An -tx1 | tr -d ' \n')
salt=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
sha1() { printf %s "$1" | sha1sum | cut -d' ' -f1; }
etc=/etc/redmine/default
user=$(sed -n 's/^ *username: *"\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' $etc/database.yml)
database=$(sed -n 's/^ *database: *"\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' $etc/database.yml)
cd /
runuser -u postgres -- psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 "$database" << SQL
ALTER ROLE "$user" PASSWORD '$database_password';
UPDATE users SET salt = '$salt', hashed_password = '$(sha1 "$salt$(sha1 "$admin_password")")', must_change_passwd = false
    WHERE login = 'admin';
SQL
# Written over in place, so that owner and mode stay.
replace() { # file, sed's command
    sed "$2" "$1" > "$1.new"
    cat "$1.new" > "$1"
    rm "$1.new"
}
umask 077
replace $etc/database.yml "s/^\( *password:\).*/\1 \"$database_password\"/"
replace /etc/dbconfig-common/redmine/instances/default.conf "s/^dbc_dbpass=.*/dbc_dbpass='$database_password'/"
printf '%s' "$session_secret" > $etc/secret_key.txt
