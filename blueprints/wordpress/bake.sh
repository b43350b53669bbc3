#!/usr/bin/env bash
# WordPress from Debian, with Apache, PHP and MariaDB. Debian keeps it up to date by apt; plugins and themes are the user's.
set -euo pipefail
apt-get update -q
apt-get install -y -q --no-install-recommends apache2 libapache2-mod-php php-mysql php-gd php-curl php-xml php-mbstring php-zip \
    php-intl mariadb-server mariadb-client wordpress wordpress-theme-twentytwentythree
# For plans with little memory; a bigger machine may raise it.
cat > /etc/mysql/mariadb.conf.d/60-sloop.cnf <<'END'
[mysqld]
innodb_buffer_pool_size = 64M
performance_schema = off
END
cat > /etc/apache2/conf-available/sloop.conf <<'END'
ServerName localhost
END
cat > /etc/apache2/sites-available/wordpress.conf <<'END'
<VirtualHost *:80>
    DocumentRoot /usr/share/wordpress
    Alias /wp-content /var/lib/wordpress/wp-content
    <Directory /usr/share/wordpress>
        Options FollowSymLinks
        AllowOverride Limit Options FileInfo
        DirectoryIndex index.php
        Require all granted
    </Directory>
    <Directory /var/lib/wordpress/wp-content>
        Options FollowSymLinks
        AllowOverride Limit Options FileInfo
        Require all granted
    </Directory>
    # What is uploaded is never run.
    <Directory /var/lib/wordpress/wp-content/uploads>
        php_admin_flag engine off
    </Directory>
</VirtualHost>
END
printf 'upload_max_filesize = 32M\npost_max_size = 32M\n' > /etc/php/sloop.ini
for folder in /etc/php/*/apache2/conf.d; do mv /etc/php/sloop.ini "$folder/60-sloop.ini"; done
a2enconf -q sloop
a2dissite -q 000-default
a2ensite -q wordpress
a2enmod -q rewrite
install -d -o www-data -g www-data /var/lib/wordpress/wp-content/uploads
chown -R www-data:www-data /var/lib/wordpress/wp-content
mkdir -p /etc/systemd/system/sloop-firstboot.service.d /etc/systemd/system/apache2.service.d
cat > /etc/systemd/system/sloop-firstboot.service.d/mariadb.conf <<'END'
[Unit]
After=mariadb.service
Wants=mariadb.service
END
cat > /etc/systemd/system/apache2.service.d/sloop.conf <<'END'
[Unit]
# Nobody else may find an installation to complete.
After=sloop-firstboot.service mariadb.service
Requires=sloop-firstboot.service
END
systemctl enable apache2 mariadb
apt-get clean
rm -rf /var/lib/apt/lists/*
