#!/bin/sh
# What pip cannot install: Java 17+, Maven, npm and, for tests and screenshots, Chromium and an older Postgres.
# Run as root it installs them with apt; otherwise it prints what to install and stops.
set -eu

missing=""
command -v python3 >/dev/null && python3 -c 'import venv, ensurepip' 2>/dev/null || missing="$missing python3-venv"
if ! command -v java >/dev/null; then
    # Debian 12 has 17, later ones only newer; Kafka 4.1 and Spark 4.2 run on 17 and 21
    if apt-cache show openjdk-17-jre-headless >/dev/null 2>&1; then
        missing="$missing openjdk-17-jre-headless"
    else
        missing="$missing default-jre-headless"
    fi
fi
command -v mvn >/dev/null || missing="$missing maven"
command -v npm >/dev/null || missing="$missing npm"
command -v chromium >/dev/null || missing="$missing chromium"
fc-list 2>/dev/null | grep -q . || missing="$missing fonts-dejavu fontconfig"

# the oldest supported Postgres, for its test only; no server is started
if [ "$(id -u)" = 0 ] && [ ! -d /usr/lib/postgresql ] && apt-cache show postgresql-15 >/dev/null 2>&1; then
    missing="$missing postgresql-15"
    mkdir -p /etc/postgresql-common/createcluster.d
    echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/comptoir.conf
fi

[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >/dev/null
    # shellcheck disable=SC2086  # a list of packages is meant
    apt-get install -y -q --no-install-recommends $missing >/dev/null
else
    echo "Please install these Debian packages, then run make again:$missing" >&2
    echo "    sudo apt-get install --no-install-recommends$missing" >&2
    exit 1
fi
