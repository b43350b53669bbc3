#!/usr/bin/env bash
# Apache, MariaDB and PHP from Debian. The site is /var/www/html, which the user admin may write.
set -euo pipefail
apt-get update -q
apt-get install -y -q --no-install-recommends apache2 libapache2-mod-php php-mysql mariadb-server mariadb-client
# For plans with little memory; a bigger machine may raise it.
cat > /etc/mysql/mariadb.conf.d/60-sloop.cnf <<'END'
[mysqld]
innodb_buffer_pool_size = 64M
performance_schema = off
END
echo "ServerName localhost" > /etc/apache2/conf-available/sloop.conf
a2enconf -q sloop
rm -f /var/www/html/*
cat > /var/www/html/index.php <<'END'
<?php
// A page that asks the database. The settings are out of the web's reach, in /etc/lamp.ini.
$settings = parse_ini_file('/etc/lamp.ini');
$database = new mysqli('localhost', $settings['user'], $settings['password'], $settings['database']);
$database->query('UPDATE visits SET number = number + 1');
$row = $database->query('SELECT number, VERSION() AS version FROM visits')->fetch_assoc();
?>
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title><?= htmlspecialchars(gethostname()) ?></title>
<style>
body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 20vh auto 0; padding: 0 1.5rem; color: #1c2733 }
h1 { font-size: 2rem; margin: 0 }
code { background: #eef2f6; padding: .1em .35em; border-radius: .3em }
</style>
</head>
<body>
<h1><?= htmlspecialchars(gethostname()) ?> is up</h1>
<p>MariaDB <?= htmlspecialchars($row['version']) ?> counts <?= (int) $row['number'] ?> visits; PHP <?= PHP_VERSION ?> tells you so.</p>
<p>Put your own site into <code>/var/www/html</code>.</p>
</body>
</html>
END
chown -R admin:admin /var/www/html
mkdir -p /etc/systemd/system/sloop-firstboot.service.d /etc/systemd/system/apache2.service.d
cat > /etc/systemd/system/sloop-firstboot.service.d/mariadb.conf <<'END'
[Unit]
After=mariadb.service
Wants=mariadb.service
END
cat > /etc/systemd/system/apache2.service.d/sloop.conf <<'END'
[Unit]
# It answers when there is something to answer with.
After=sloop-firstboot.service mariadb.service
END
systemctl enable apache2 mariadb
apt-get clean
rm -rf /var/lib/apt/lists/*
