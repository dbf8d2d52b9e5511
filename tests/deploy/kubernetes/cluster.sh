#!/usr/bin/env bash
# cluster.sh KUBERNETES FOLDER COMMAND …: a Kubernetes of one node while
# COMMAND runs, whose exit code is this one's: etcd, the control plane and kubelet of
# KUBERNETES/bin (tools/kubernetes/build.sh), Debian's containerd, runc and CNI
# plugins, and dnsmasq, which answers for the one Service that pods call by name.
# COMMAND has KUBECONFIG and CONTAINERD_ADDRESS.
#
# It starts itself again as the first process of namespaces of its own, as root:
# PIDs, so that its end ends every daemon, shim and pod; mounts, so that /run,
# /var/lib and /var/log are empty and its own; control groups, so that those of pods
# are below one that is removed at the end; and a network that has loopback and pods
# and leads nowhere. All else is written to FOLDER.
set -euo pipefail
here=${BASH_SOURCE[0]}
kubernetes=$(realpath "$1") folder=$2
groups=isoshape-fleet-$$
limit=${ISOSHAPE_FLEET_LIMIT:-1800}  # seconds, for a machine that has much else to do

# The control groups of the first version, by the folders where they are mounted.
hierarchies() { awk '$3 == "cgroup" && $2 ~ "^/sys/fs/cgroup/" {print $2}' /proc/self/mounts; }
remove_groups() {
  local top
  for top in $(hierarchies); do
    find "$top/$groups" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
}
# enter_groups: this process, and what it starts, in groups of its own.
enter_groups() {
  local top file
  for top in $(hierarchies); do
    mkdir -p "$top/$groups"
    for file in cpuset.cpus cpuset.mems; do  # empty, they let nobody in
      [ ! -e "$top/$file" ] || cat "$top/$file" >"$top/$groups/$file"
    done
    echo "$BASHPID" >"$top/$groups/cgroup.procs"
  done
}
if [ -z "${ISOSHAPE_FLEET:-}" ]; then
  export ISOSHAPE_FLEET=inside
  mkdir -p "$folder"
  trap remove_groups EXIT
  code=0
  (
    enter_groups
    exec timeout --kill-after=20 "$limit" unshare --mount --net --pid --cgroup --fork \
      --kill-child --mount-proc bash "$here" "$@"
  ) || code=$?
  [ "$code" -ne 124 ] || echo "cluster.sh: not done within $limit s" >&2
  # Nobody will look for why; logs stay.
  [ "$code" -ne 0 ] || rm -rf --one-file-system "${folder:?}"/{etcd,containerd,kubelet,store}
  exit "$code"
fi

folder=$(realpath "$folder")
shift 2
bin=$kubernetes/bin
node=192.0.2.2  # of TEST-NET-1 (RFC 5737), which nobody has
services=192.0.2.128/25 pods=198.51.100.0/24
rm -rf --one-file-system "${folder:?}"/{etcd,pki,containerd,kubelet,cni,log}
mkdir -p "$folder"/{pki,cni,log,kubelet}
for place in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 tmpfs "$place"; done
# The Service that is called by name, from the node as well; gRPC asks the names'
# server for more than the address, and waits for it.
printf '127.0.0.1 localhost\n192.0.2.200 isoshape\n' >"$folder/hosts"
echo "nameserver $node" >"$folder/resolv.conf"
for file in hosts resolv.conf; do mount --bind "$folder/$file" "/etc/$file"; done
# runc wants control groups of one version; of these it sees what is below ours.
umount /sys/fs/cgroup/unified 2>/dev/null || true
for top in $(hierarchies); do
  options=$(awk -v top="$top" '$2 == top {print $4}' /proc/self/mounts)
  umount "$top"
  case $options in
  *name=*) mount -t cgroup -o "none,${options##*,}" cgroup "$top" ;;
  *) mount -t cgroup -o "${top##*/}" cgroup "$top" ;;
  esac
done

ip link set lo up
ip link add node0 type veth peer name node1
ip addr add "$node/32" dev node0
ip link set node0 up
ip link set node1 up
ip route add default dev node0  # for what asks which address goes out
echo 1 >/proc/sys/net/ipv4/ip_forward

exec 7<> <(:)  # never has a line
tick() { read -rt .1 -u 7 || true; }
# start NAME COMMAND …: a daemon whose output is FOLDER/log/NAME.log.
declare -A daemons=()
start() {
  local name=$1
  shift
  "$@" >"$folder/log/$name.log" 2>&1 </dev/null &
  daemons[$name]=$!
}
# until_true WHAT COMMAND …: tries it until it is true, while all daemons run.
until_true() {
  local what=$1 name
  shift
  until "$@" >/dev/null 2>&1; do
    for name in "${!daemons[@]}"; do
      kill -0 "${daemons[$name]}" 2>/dev/null ||
        { echo "cluster.sh: $name has ended, before $what:" >&2
          tail -n 5 "$folder/log/$name.log" >&2; exit 1; }
    done
    tick
  done
}

openssl genrsa -out "$folder/pki/accounts.key" 2048 2>/dev/null
authority() {  # of this run alone
  openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=isoshape-fleet \
    -keyout "$folder/pki/ca.key" -out "$folder/pki/ca.crt"
  openssl req -newkey rsa:2048 -nodes -subj /O=system:masters/CN=kube-apiserver \
    -keyout "$folder/pki/client.key" -out "$folder/pki/client.csr"
  openssl x509 -req -days 1 -in "$folder/pki/client.csr" -CA "$folder/pki/ca.crt" \
    -CAkey "$folder/pki/ca.key" -CAcreateserial -out "$folder/pki/client.crt"
}
authority 2>"$folder/log/openssl.log"
token=$(openssl rand -hex 16)
echo "$token,admin,admin,\"system:masters\"" >"$folder/pki/tokens.csv"
export KUBECONFIG=$folder/kubeconfig CONTAINERD_ADDRESS=/run/containerd.sock
cat >"$KUBECONFIG" <<CONFIG
apiVersion: v1
kind: Config
clusters: [{name: fleet, cluster: {server: "https://127.0.0.1:6443", insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: "$token"}}]
contexts: [{name: fleet, context: {cluster: fleet, user: admin}}]
current-context: fleet
CONFIG

start etcd etcd --data-dir "$folder/etcd" --listen-client-urls http://127.0.0.1:2379 \
  --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380 \
  --initial-advertise-peer-urls http://127.0.0.1:2380 \
  --initial-cluster default=http://127.0.0.1:2380 --log-level warn --unsafe-no-fsync
start kube-apiserver "$bin/kube-apiserver" --etcd-servers http://127.0.0.1:2379 \
  --bind-address 127.0.0.1 --secure-port 6443 --cert-dir "$folder/pki/apiserver" \
  --token-auth-file "$folder/pki/tokens.csv" --client-ca-file "$folder/pki/ca.crt" \
  --authorization-mode RBAC --service-account-issuer https://isoshape.test \
  --service-account-key-file "$folder/pki/accounts.key" \
  --service-account-signing-key-file "$folder/pki/accounts.key" \
  --service-cluster-ip-range "$services" --advertise-address "$node" \
  --endpoint-reconciler-type none --kubelet-preferred-address-types InternalIP \
  --kubelet-client-certificate "$folder/pki/client.crt" \
  --kubelet-client-key "$folder/pki/client.key"

cat >"$folder/cni/10-pods.conflist" <<CONFIG
{"cniVersion": "1.0.0", "name": "pods", "plugins": [
  {"type": "ptp", "ipam": {"type": "host-local", "dataDir": "/run/cni",
    "ranges": [[{"subnet": "$pods"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
CONFIG
cat >"$folder/containerd.toml" <<CONFIG
version = 2
root = "$folder/containerd"
state = "/run/containerd"
[grpc]
  address = "$CONTAINERD_ADDRESS"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "isoshape.test/pause:1"
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$folder/cni"
CONFIG
start containerd containerd --config "$folder/containerd.toml"
cat >"$folder/kubelet.yaml" <<CONFIG
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $node
readOnlyPort: 0
authentication: {anonymous: {enabled: false}, x509: {clientCAFile: $folder/pki/ca.crt}}
authorization: {mode: AlwaysAllow}
containerRuntimeEndpoint: unix://$CONTAINERD_ADDRESS
podLogsDir: $folder/log/pods
resolvConf: ""
clusterDNS: [$node]
clusterDomain: cluster.local
# A container, which this may be, has no groups of the second version to give away.
failCgroupV1: false
cgroupDriver: cgroupfs
cgroupsPerQOS: false
cgroupRoot: /
enforceNodeAllocatable: []
localStorageCapacityIsolation: false
makeIPTablesUtilChains: false
failSwapOn: false
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
nodeStatusUpdateFrequency: 3s
# Secrets and settings that change are brought at once.
syncFrequency: 10s
CONFIG
until_true "the API answers" "$bin/kubectl" get --raw /readyz
start kube-controller-manager "$bin/kube-controller-manager" --kubeconfig "$KUBECONFIG" \
  --leader-elect=false --service-account-private-key-file "$folder/pki/accounts.key" \
  --bind-address 127.0.0.1 --cert-dir "$folder/pki/controller-manager"
start kube-scheduler "$bin/kube-scheduler" --kubeconfig "$KUBECONFIG" --leader-elect=false \
  --bind-address 127.0.0.1 --cert-dir "$folder/pki/scheduler"
until_true "containerd answers" ctr version
start kubelet "$bin/kubelet" --config "$folder/kubelet.yaml" --kubeconfig "$KUBECONFIG" \
  --root-dir "$folder/kubelet" --cert-dir "$folder/pki/kubelet" --hostname-override node \
  --node-ip "$node"
start kube-proxy "$bin/kube-proxy" --kubeconfig "$KUBECONFIG" --proxy-mode iptables \
  --cluster-cidr "$pods" --hostname-override node --healthz-bind-address "" \
  --metrics-bind-address 127.0.0.1 --conntrack-max-per-core 0
start dnsmasq dnsmasq --keep-in-foreground --log-facility=- --no-resolv --no-hosts --bind-interfaces \
  --listen-address "$node" --pid-file= --user=root \
  --address "/isoshape.isoshape.svc.cluster.local/192.0.2.200" --local=/#/
until_true "the node is ready" sh -c "'$bin/kubectl' get node node -o \
  'jsonpath={.status.conditions[?(@.type==\"Ready\")].status}' | grep -qx True"
echo "a node of Kubernetes is ready after $SECONDS s"
PATH=$bin:$PATH "$@"
