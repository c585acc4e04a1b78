#!/bin/sh
# Start a machine for tests: nothing but port 22 is let in, from REACHED_FROM alone where it is set.
set -eu
iptables -P INPUT DROP
iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A INPUT -p tcp --dport 22 ${REACHED_FROM:+--source "${REACHED_FROM}"} -j ACCEPT
ssh-keygen -A >/dev/null
mkdir -p ~ci/.ssh
echo "${KEY}" >~ci/.ssh/authorized_keys
chown -R ci: ~ci/.ssh
# It may have been killed.
rm -rf /var/run/docker.pid /var/run/docker
dockerd >/var/log/dockerd.log 2>&1 &
exec /usr/sbin/sshd -D -e
