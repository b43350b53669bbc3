#!/bin/sh
# The site's own secret key, and an administrator with a password of its own.
set -eu
umask 027
echo "DJANGO_SECRET_KEY=$(/usr/lib/sloop/secret django_secret_key)" > /etc/site.env.new
chown root:www-data /etc/site.env.new
mv /etc/site.env.new /etc/site.env
password=$(/usr/lib/sloop/secret django_admin_password)
export password
set -a
. /etc/site.env
set +a
cd /srv/site
runuser -u www-data --preserve-environment -- /srv/site/manage.py shell << 'PYTHON'
import os
from django.contrib.auth.models import User
admin, _ = User.objects.get_or_create(username="admin", defaults={"is_staff": True, "is_superuser": True})
admin.set_password(os.environ["password"])
admin.save()
PYTHON
