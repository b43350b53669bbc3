# What makes the root file system of a Linux with systemd that of a machine of Sloop; image.sh and foreign.sh read this.
# They set `user`, whom people log in as, and call make_work, which sets `work`.

say() { echo "${0##*/}: $*"; }
die() { echo "${0##*/}: $*" >&2; exit 1; }

needs() { # programs...
    ((EUID == 0)) || die "needs root: run the server as root, or build the image with one that is"
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || die "needs $program: apt-get install mmdebstrap squashfs-tools incus-client"
    done
}

# A folder of our own, in memory if there is enough of it, and in a mount namespace of our own, which takes all mounts away
# however we end.
make_work() { # folder for the results, this program, its arguments...
    local output=$1
    shift
    [[ -n ${SLOOP_OWN_MOUNTS-} ]] || SLOOP_OWN_MOUNTS=1 exec unshare --mount --propagation private "$@"
    work=$(mktemp -d -p "$output")
    if (($(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo) > 3000000)); then
        mount -t tmpfs -o size=2g sloop-image "$work"
    fi
    trap cleanup EXIT
    trap 'exit 130' INT TERM
}
cleanup() {
    umount --lazy --recursive "$work" 2>/dev/null || true
    rm -rf --one-file-system "$work"
}

write() { # path below the root, mode; the text comes on stdin
    mkdir -p "$work/files/${1%/*}"
    cat >"$work/files/$1"
    chmod "$2" "$work/files/$1"
}

# What differs from plain Debian, as files. Whatever a container cannot use stays away from the boot.
root_files() {
    write etc/ssh/sshd_config 644 <<-'END'
	# Written by Sloop, which plants the host key before the first boot and keeps its own access key apart from the user's.
	ListenAddress 0.0.0.0
	HostKey /etc/ssh/ssh_host_ed25519_key
	AuthorizedKeysFile /var/lib/sloop/keys/access .ssh/authorized_keys
	TrustedUserCAKeys /etc/ssh/sloop_ca.pub
	PermitRootLogin no
	PasswordAuthentication no
	KbdInteractiveAuthentication no
	# Without PAM a login takes half the time; nobody has a password to check.
	UsePAM no
	UseDNS no
	PrintMotd no
	MaxStartups 200
	Include /etc/ssh/sloop_environment
	Subsystem sftp internal-sftp
	END
    # In place of Debian's unit: it starts with the first units, and does not check its configuration twice.
    write etc/systemd/system/ssh.service 644 <<-'END'
	[Unit]
	Description=OpenBSD Secure Shell server
	DefaultDependencies=no
	After=local-fs.target
	Conflicts=shutdown.target
	Before=shutdown.target
	ConditionFileNotEmpty=/etc/ssh/ssh_host_ed25519_key

	[Service]
	Type=notify
	ExecStart=/usr/sbin/sshd -D
	ExecReload=/bin/kill -HUP $MAINPID
	KillMode=process
	Restart=on-failure
	RuntimeDirectory=sshd
	RuntimeDirectoryMode=0755
	RuntimeDirectoryPreserve=yes
	# What people run in their sessions counts as this unit's: none of it may take the way in with it.
	OOMPolicy=continue
	OOMScoreAdjust=-500
	TasksMax=infinity

	[Install]
	WantedBy=sysinit.target
	Alias=sshd.service
	END
    write etc/systemd/system/sloop-firstboot.service 644 <<-'END'
	[Unit]
	Description=What this machine makes for itself once: passwords, keys, names
	After=network.target
	# Of the blueprint's services, those that need what it makes are ordered after it by their own settings.
	ConditionPathExists=/usr/lib/sloop/firstboot.sh
	ConditionPathExists=!/var/lib/sloop/firstboot.done

	[Service]
	Type=oneshot
	RemainAfterExit=yes
	UMask=0077
	ExecStart=/usr/lib/sloop/firstboot
	StandardOutput=append:/var/lib/sloop/firstboot.log
	StandardError=inherit

	[Install]
	WantedBy=multi-user.target
	END
    write usr/lib/sloop/firstboot 755 <<-'END'
	#!/bin/sh
	# Runs the blueprint's firstboot.sh until it has succeeded once. What it makes goes to /var/lib/sloop/secrets.
	set -eu
	cd /
	export HOME=/root LANG=C.UTF-8
	/usr/lib/sloop/firstboot.sh
	sync
	: > /var/lib/sloop/firstboot.done
	END
    write usr/lib/sloop/secret 755 <<-'END'
	#!/bin/sh
	# Prints this machine's secret of that name; the first time it makes one, of 144 random bits, and keeps it.
	#   password=$(/usr/lib/sloop/secret database_password)
	set -eu
	umask 077
	kept=/var/lib/sloop/secrets
	value=$(sed -n "s/^$1=//p" "$kept" 2>/dev/null || :)
	if [ -z "$value" ]; then
	    value=$(head -c 18 /dev/urandom | base64 | tr +/ -_)
	    printf '%s=%s\n' "$1" "$value" >> "$kept"
	fi
	printf '%s\n' "$value"
	END
    write etc/systemd/system/sloop-service.service 644 <<-END
	[Unit]
	Description=The service of this machine's blueprint
	After=network.target
	ConditionFileNotEmpty=/usr/lib/sloop/service

	[Service]
	User=$user
	WorkingDirectory=/home/$user
	EnvironmentFile=/etc/sloop-environment
	ExecStart=/usr/lib/sloop/service
	AmbientCapabilities=CAP_NET_BIND_SERVICE
	Restart=on-failure
	StandardOutput=append:/var/lib/sloop/service.log
	StandardError=inherit

	[Install]
	WantedBy=multi-user.target
	END
    write etc/systemd/journald.conf.d/sloop.conf 644 <<-'END'
	[Journal]
	SystemMaxUse=64M
	RuntimeMaxUse=16M
	END
    write etc/sudoers.d/sloop 440 <<-END
	$user ALL=(ALL:ALL) NOPASSWD: ALL
	Defaults env_keep += "SLOOP_INSTANCE SLOOP_ADDRESS SLOOP_PORT_HTTP"
	# A launch script goes on when the connection that began it is gone.
	Defaults !use_pty
	END
    write etc/locale.conf 644 <<<'LANG=C.UTF-8'
    write etc/apt/apt.conf.d/60sloop 644 < <(
        echo 'APT::Install-Recommends "0";'
        # What the machine's own apt has to be told about the mirror, the instance's has to be told as well.
        apt-config dump | grep -E '^Acquire::(Check-(Valid-Until|Date)|https?::Proxy) ' || true
    )
}

# What Incus writes into a machine before it starts for the first time, from the machine's own configuration: thus there is no
# moment at which a machine has some of its files. Each is there already, empty, with its owner and mode, which it keeps.
planted=(
    "/etc/hostname host-name"
    "/etc/ssh/ssh_host_ed25519_key host-key"
    "/etc/ssh/ssh_host_ed25519_key.pub host-key-public"
    "/etc/ssh/sloop_ca.pub certificate-authority"
    "/var/lib/sloop/keys/access access-keys"
    "/home/$user/.ssh/authorized_keys authorized-keys"
)
templates() {
    local entry file key
    mkdir -p "$work/templates"
    echo "templates:"
    for entry in "${planted[@]}"; do
        read -r file key <<<"$entry"
        printf '{{ config_get("user.sloop.%s", "") }}\n' "$key" >"$work/templates/$key.tpl"
        printf '  %s: { when: [create], template: %s.tpl }\n' "$file" "$key"
    done
    printf '127.0.0.1 localhost\n::1 localhost\n{{ config_get("user.sloop.address", "127.0.1.1") }} {{ config_get("user.sloop.host-name", "localhost") }}\n' \
        >"$work/templates/hosts.tpl"
    # Without the line's end: empty stays empty.
    printf '{{ config_get("user.sloop.service", "") }}' >"$work/templates/service.tpl"
    printf 'SLOOP_INSTANCE={{ config_get("user.sloop.host-name", "") }}\nSLOOP_ADDRESS={{ config_get("user.sloop.address", "") }}\nSLOOP_PORT_HTTP=80\n' \
        >"$work/templates/environment.tpl"
    tr '\n' ' ' <"$work/templates/environment.tpl" | sed 's/^/SetEnv LANG=C.UTF-8 /; s/$/\n/' >"$work/templates/ssh-environment.tpl"
    printf '  %s: { when: [create], template: %s.tpl }\n' /usr/lib/sloop/service service \
        /etc/sloop-environment environment /etc/ssh/sloop_environment ssh-environment
    printf 'nameserver {{ config_get("user.sloop.nameserver", "127.0.0.1") }}\n' >"$work/templates/resolv.tpl"
    printf '  %s: { when: [create], template: %s.tpl }\n' /etc/hosts hosts /etc/resolv.conf resolv
}

# Runs with the new root as its argument, and WORK and LOGIN in its environment.
customize() {
    cat <<-'END'
	set -eu
	root=$1
	if chroot "$root" id "$LOGIN" >/dev/null 2>&1; then
	    chroot "$root" usermod --password '*' "$LOGIN"
	else
	    chroot "$root" useradd --create-home --uid 1000 --shell /bin/bash --password '*' "$LOGIN"
	fi
	chroot "$root" usermod --password '*' root
	cp -a --no-preserve=ownership "$WORK/files/." "$root/"
	[ -L "$root/etc/default/locale" ] || cp "$root/etc/locale.conf" "$root/etc/default/locale"
	# From 9.8 on sshd turns away for a while whoever was refused a few times, as each rotation has to be once.
	! grep -qi PerSourcePenalties "$root/usr/sbin/sshd" || echo 'PerSourcePenalties no' >> "$root/etc/ssh/sshd_config"
	rm -f "$root"/etc/ssh/ssh_host_* "$root"/etc/ssh/moduli
	mkdir -p "$root/var/lib/sloop/keys" "$root/var/lib/sloop/launch" "$root/home/$LOGIN/.ssh"
	chmod 700 "$root/var/lib/sloop/keys" "$root/var/lib/sloop/launch" "$root/home/$LOGIN/.ssh"
	for file in etc/ssh/ssh_host_ed25519_key var/lib/sloop/keys/access "home/$LOGIN/.ssh/authorized_keys"; do
	    : > "$root/$file"
	    chmod 600 "$root/$file"
	done
	: > "$root/etc/ssh/ssh_host_ed25519_key.pub"
	: > "$root/etc/ssh/sloop_ca.pub"
	: > "$root/etc/ssh/sloop_environment"
	: > "$root/etc/sloop-environment"
	: > "$root/usr/lib/sloop/service"
	chmod 755 "$root/usr/lib/sloop/service"
	chroot "$root" chown -R "$LOGIN:" /var/lib/sloop/keys /var/lib/sloop/launch "/home/$LOGIN/.ssh"
	systemctl() { chroot "$root" systemctl "$@" >/dev/null 2>&1 || true; }
	systemctl disable ssh.service ssh.socket sshd-keygen.service
	systemctl enable ssh.service sloop-firstboot.service sloop-service.service
	systemctl set-default multi-user.target
	# The address is there before init is: Incus sets it. networkd would wait for a udevd that containers do not have.
	systemctl disable systemd-networkd.service systemd-networkd.socket systemd-network-generator.service \
	    systemd-networkd-wait-online.service systemd-pstore.service e2scrub_reap.service remote-fs.target \
	    getty@tty1.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
	# A container has no consoles, no devices, no modules and no clock of its own.
	for unit in getty.target console-getty.service systemd-resolved.service systemd-timesyncd.service \
	    systemd-modules-load.service systemd-udevd.service systemd-udev-trigger.service \
	    systemd-hwdb-update.service systemd-binfmt.service systemd-pstore.service systemd-random-seed.service \
	    systemd-remount-fs.service systemd-firstboot.service systemd-sysusers.service systemd-boot-update.service \
	    systemd-tmpfiles-setup-dev.service systemd-tmpfiles-setup-dev-early.service systemd-update-utmp.service \
	    systemd-update-utmp-runlevel.service kmod-static-nodes.service ldconfig.service \
	    proc-sys-fs-binfmt_misc.automount dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
	    sys-kernel-config.mount sys-fs-fuse-connections.mount modprobe@configfs.service modprobe@dm_mod.service \
	    modprobe@drm.service modprobe@efi_pstore.service modprobe@fuse.service modprobe@loop.service \
	    systemd-journal-catalog-update.service systemd-update-done.service tmp.mount \
	    systemd-pcrphase.service systemd-pcrphase-sysinit.service systemd-pcrmachine.service systemd-tpm2-setup.service \
	    systemd-tpm2-setup-early.service systemd-user-sessions.service systemd-network-generator.service dev-mqueue.mount \
	    systemd-ask-password-console.path systemd-ask-password-wall.path systemd-initctl.socket; do
	    ln -sf /dev/null "$root/etc/systemd/system/$unit"
	done
	# These start when somebody calls them, and not before.
	[ ! -x "$root/usr/bin/dpkg" ] || for unit in systemd-logind.service dbus.service; do
	    wanted=$(chroot "$root" dpkg -L systemd dbus | grep "/multi-user.target.wants/$unit\$") || continue
	    chroot "$root" dpkg-divert --quiet --local --rename --divert "/usr/lib/sloop/not-wanted.$unit" --add "$wanted"
	done
	mkdir -p "$root/etc/systemd/system-generators"
	for generator in cryptsetup debug getty gpt-auto hibernate-resume integritysetup veritysetup bless-boot run system-update \
	    tpm2 ssh; do
	    ln -sf /dev/null "$root/etc/systemd/system-generators/systemd-$generator-generator"
	done
	# Empty, not missing: each machine gets its own id, and none takes this for the first boot of a fresh Debian.
	: > "$root/etc/machine-id"
	rm -f "$root/var/lib/dbus/machine-id"
	for file in hostname hosts resolv.conf fstab; do rm -f "$root/etc/$file"; : > "$root/etc/$file"; done
	rm -rf "$root"/etc/dpkg/dpkg.cfg.d/99mmdebstrap "$root"/var/log/* "$root"/var/cache/apt/*.bin "$root"/var/cache/debconf/*-old
	mkdir -p "$root/var/log/journal"
	END
}


# What Incus is told of the image.
describe() { # os, release
    cat >"$work/metadata.yaml" <<-END
	architecture: $(uname -m)
	creation_date: $(date +%s)
	properties:
	  os: $1
	  release: $2
	$(templates)
	END
}

# Leaves both parts in the folder.
pack() { # folder
    tar -C "$work" -cf "$1/metadata.tar" metadata.yaml templates
    mksquashfs "$work/root" "$1/rootfs.squashfs" -quiet -no-progress -comp zstd -Xcompression-level 6 -noappend
}
