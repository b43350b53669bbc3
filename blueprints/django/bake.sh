#!/usr/bin/env bash
# Django from Debian with a small project in /srv/site, which the user admin may change, behind Gunicorn and Nginx.
set -euo pipefail
apt-get update -q
apt-get install -y -q --no-install-recommends nginx python3-django gunicorn libjs-jquery sqlite3
mkdir -p /srv/site/site_settings /srv/site/pages/migrations /srv/site/data
cd /srv/site
cat > manage.py <<'END'
#!/usr/bin/python3
import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings.settings")
execute_from_command_line(sys.argv)
END
chmod +x manage.py
touch site_settings/__init__.py pages/__init__.py pages/migrations/__init__.py
cat > site_settings/settings.py <<'END'
import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
# From /etc/site.env, which this machine has made for itself.
SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
DEBUG = False
# The machine's addresses change with what is attached to it; name your domains here once you have some.
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "pages",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "site_settings.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
WSGI_APPLICATION = "site_settings.wsgi.application"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "data" / "site.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"
USE_TZ = True
END
cat > site_settings/urls.py <<'END'
from django.contrib import admin
from django.urls import path

from pages.views import front

urlpatterns = [path("", front), path("admin/", admin.site.urls)]
END
cat > site_settings/wsgi.py <<'END'
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings.settings")
application = get_wsgi_application()
END
cat > pages/models.py <<'END'
from django.db import models


class Visit(models.Model):
    path = models.CharField(max_length=200, unique=True)
    number = models.PositiveIntegerField(default=0)
END
cat > pages/admin.py <<'END'
from django.contrib import admin

from .models import Visit

admin.site.register(Visit)
END
mkdir -p pages/templates
cat > pages/templates/front.html <<'END'
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{ host }}</title>
<style>
body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 20vh auto 0; padding: 0 1.5rem; color: #1c2733 }
h1 { font-size: 2rem; margin: 0 }
code { background: #eef2f6; padding: .1em .35em; border-radius: .3em }
</style>
</head>
<body>
<h1>{{ host }} is up</h1>
<p>Django {{ version }} counts {{ visits }} visits. The administration is at <a href="/admin/">/admin/</a>.</p>
<p>Your project goes into <code>/srv/site</code>.</p>
</body>
</html>
END
cat > pages/views.py <<'END'
import socket

import django
from django.db.models import F
from django.shortcuts import render

from .models import Visit


def front(request):
    visit, _ = Visit.objects.get_or_create(path="/")
    Visit.objects.filter(pk=visit.pk).update(number=F("number") + 1)
    visit.refresh_from_db()
    context = {"host": socket.gethostname(), "version": django.get_version(), "visits": visit.number}
    return render(request, "front.html", context)
END
export DJANGO_SECRET_KEY=only-while-baking
python3 manage.py makemigrations --verbosity 0 pages
python3 manage.py migrate --verbosity 0
python3 manage.py collectstatic --verbosity 0 --noinput
chown -R admin:admin /srv/site
# www-data writes the database and nothing else.
chown -R www-data:www-data /srv/site/data
chmod 750 /srv/site/data
# As in: sudo -u www-data site-manage shell
cat > /usr/local/bin/site-manage <<'END'
#!/bin/sh
set -a
. /etc/site.env
exec /srv/site/manage.py "$@"
END
chmod 755 /usr/local/bin/site-manage
cat > /etc/systemd/system/site.socket <<'END'
[Unit]
Description=Where Nginx finds the site

[Socket]
ListenStream=/run/site.sock
SocketUser=www-data
SocketMode=0600

[Install]
WantedBy=sockets.target
END
cat > /etc/systemd/system/site.service <<'END'
[Unit]
Description=The Django project in /srv/site
Requires=site.socket
After=sloop-firstboot.service

[Service]
Type=notify
WorkingDirectory=/srv/site
EnvironmentFile=/etc/site.env
ExecStart=/usr/bin/gunicorn --workers 2 --preload site_settings.wsgi
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
User=www-data
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target
END
cat > /etc/nginx/sites-available/site <<'END'
server {
    listen 80 default_server;
    client_max_body_size 32m;
    location /static/ {
        alias /srv/site/static/;
    }
    location / {
        proxy_pass http://unix:/run/site.sock;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
    }
}
END
ln -sf ../sites-available/site /etc/nginx/sites-enabled/site
rm -f /etc/nginx/sites-enabled/default
systemctl enable site.socket site.service nginx
apt-get clean
rm -rf /var/lib/apt/lists/*
