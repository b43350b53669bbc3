#!/bin/sh
# The machine's own database password and salts, and a completed installation with an administrator of its own.
set -eu
secret() { /usr/lib/sloop/secret "$1"; }
database_password=$(secret database_password)
admin_password=$(secret wordpress_admin_password)
mariadb << SQL
CREATE DATABASE IF NOT EXISTS wordpress CHARACTER SET utf8mb4;
CREATE OR REPLACE USER wordpress@localhost IDENTIFIED BY '$database_password';
GRANT ALL ON wordpress.* TO wordpress@localhost;
SQL
umask 027
{
    cat << PHP
<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'wordpress');
define('DB_PASSWORD', '$database_password');
define('DB_HOST', 'localhost');
define('DB_CHARSET', 'utf8mb4');
define('FS_METHOD', 'direct');
// The site answers under every name and address that leads to it. With a name of its own, say it here:
// define('WP_HOME', 'https://example.org'); define('WP_SITEURL', WP_HOME);
if (!defined('WP_HOME') && preg_match('/^[a-z0-9.:\[\]-]{1,253}$/i', \$_SERVER['HTTP_HOST'] ?? '')) {
    define('WP_HOME', (empty(\$_SERVER['HTTPS']) || \$_SERVER['HTTPS'] == 'off' ? 'http://' : 'https://') . \$_SERVER['HTTP_HOST']);
    define('WP_SITEURL', WP_HOME);
}
PHP
    for salt in AUTH_KEY SECURE_AUTH_KEY LOGGED_IN_KEY NONCE_KEY AUTH_SALT SECURE_AUTH_SALT LOGGED_IN_SALT NONCE_SALT; do
        echo "define('$salt', '$(head -c 48 /dev/urandom | base64 -w 0)');"
    done
} > /etc/wordpress/config-default.php.new
chown root:www-data /etc/wordpress/config-default.php.new
mv /etc/wordpress/config-default.php.new /etc/wordpress/config-default.php
export admin_password
title=$(hostname) runuser -u www-data --preserve-environment -- php << 'PHP'
<?php
$_SERVER['HTTP_HOST'] = 'localhost';
define('WP_INSTALLING', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
require '/usr/share/wordpress/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
// There is nobody to write to, and nothing to ask over the net yet.
function wp_new_blog_notification($title, $url, $user, $password) {}
add_filter('pre_http_request', function () { return new WP_Error('offline'); });
if (!is_blog_installed()) {
    wp_install(getenv('title'), 'admin', 'admin@localhost.localdomain', true, '', getenv('admin_password'));
}
wp_set_password(getenv('admin_password'), username_exists('admin'));
PHP
