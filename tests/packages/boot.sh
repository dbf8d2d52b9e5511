#!/usr/bin/env bash
# boot.sh ROOT PYTHON: the systemd of the Debian in ROOT as the first process of
# namespaces that it is called in (mounts, processes, network, names, control groups),
# as a container has it: without the right to set clocks or load modules, and with
# /proc/sys and /sys to be read. PYTHON, a folder with torch, is ROOT's /opt/python.
set -euo pipefail
root=$1 python=$2
mount --make-rprivate /
mount --bind "$root" "$root"
cd "$root"
mkdir -p opt/python .before
mount --bind "$python" opt/python
mount -o remount,bind,ro opt/python
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
# Of the newer kind, whichever the machine has, with the group of this process as its top.
mount -t cgroup2 cgroup2 sys/fs/cgroup
for place in dev run tmp; do mount -t tmpfs -o mode=755 tmpfs $place; done
chmod 1777 tmp
mkdir dev/pts dev/shm
for device in null zero full random urandom tty; do
  touch dev/$device
  mount --bind /dev/$device dev/$device
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
pivot_root . .before
umount -l /.before
exec env -i container=isoshape-test PATH=/usr/sbin:/usr/bin \
  setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio,-syslog \
  /lib/systemd/systemd --unit=multi-user.target --show-status=no --log-target=journal </dev/null
