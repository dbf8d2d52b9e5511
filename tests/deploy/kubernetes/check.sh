#!/usr/bin/env bash
# check.sh KUBERNETES FOLDER: whether this machine can run ./dev fleet kubernetes.
# Prints a line for each thing that it lacks, and ends with 1 if there is one.
# KUBERNETES is what tools/kubernetes/build.sh has built or will build, FOLDER where
# the cluster will have its files.
set -euo pipefail
kubernetes=$1 folder=$2
lacks=0
lack() { echo "lacking: $*"; lacks=1; }
# existing FOLDER: it, or the nearest one above it that is there.
existing() {
  local place=$1
  until [ -d "$place" ]; do place=$(dirname "$place"); done
  echo "$place"
}
# room GIGABYTES FOLDER WHAT
room() {
  local free
  free=$(($(df --output=avail -B 1000000000 "$(existing "$2")" | tail -n 1)))
  [ "$free" -ge "$1" ] || lack "$1 GB of disk for $3 in $2, which has $free GB"
}

if [ "$(id -u)" -ne 0 ]; then
  lack "root: a node mounts, routes and starts containers"
else
  # shellcheck disable=SC2016  # the inner shell's
  unshare --mount --net --pid --fork --kill-child --mount-proc sh -c \
    'mount -t tmpfs tmpfs /run && { ! command -v ip || ip link add node0 type veth peer name node1; } && echo 1 >/proc/sys/net/ipv4/ip_forward' \
    >/dev/null 2>&1 ||
    lack "namespaces of mounts, processes and network: a container has them if it is privileged"
  groups=/sys/fs/cgroup/memory
  [ -d "$groups" ] || groups=/sys/fs/cgroup
  if mkdir "$groups/isoshape-check-$$" 2>/dev/null; then rmdir "$groups/isoshape-check-$$"
  else lack "control groups that can be written, in $groups"
  fi
fi
command -v apt-get >/dev/null ||
  { command -v containerd && command -v etcd && command -v runc && command -v dnsmasq; } >/dev/null ||
  lack "apt-get, or what tools/fleet-packages.txt lists"
if [ ! -s "$kubernetes/bin/kube-apiserver.built-for" ]; then
  command -v go >/dev/null || lack "go, 1.21 or newer, which builds Kubernetes"
  room 5 "$kubernetes" "Kubernetes and what it is built from"
fi
room 4 "$folder" "images and what containers write"
memory=$(($(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1000000))
[ "$memory" -ge 4 ] || lack "4 GB of memory that is free; there are $memory"
exit "$lacks"
