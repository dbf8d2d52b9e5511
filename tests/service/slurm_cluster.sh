#!/usr/bin/env bash
# A Slurm cluster of two nodes, n1 and n2, on this host, with munge and a
# controller of its own, for slurm_test. It is the first process of a PID
# namespace (unshare --pid --fork --kill-child), so that its end ends every
# daemon, job step and task, whatever session they made for themselves.
#
# usage: slurm_cluster.sh FOLDER PORT   (PORT to PORT + 2 are free)
# Prints `ready` when both nodes are idle, or why they are not. Then it takes
# orders, a line each, until its input ends, and answers each with `done`:
#   kill NODE   SIGKILL to the node's daemon and all that it runs
#   start NODE  starts the daemon again
set -euo pipefail
dir=$1 port=$2
mkdir -p "$dir"/{state,spool,log}
chmod 755 "$dir"
export SLURM_CONF=$dir/slurm.conf

# Two GPUs a node, which Slurm wants to be devices: they are as /dev/null is. Jobs
# of partition `high` preempt those of `low`, which then are queued again.
write_configuration() {
  local host
  host=$(hostname -s)
  cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge.socket
CredType=cred/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd-%n.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=1,sched_min_interval=10000
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=10
ReturnToService=2
InactiveLimit=0
MailProg=/bin/true
SlurmdParameters=config_overrides
DebugFlags=NO_CONF_HASH
GresTypes=gpu
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=4 CoresPerSocket=4 RealMemory=2000 Gres=gpu:2
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=4 CoresPerSocket=4 RealMemory=2000 Gres=gpu:2
PartitionName=low Nodes=n1,n2 Default=YES State=UP PriorityTier=1 PreemptMode=REQUEUE GraceTime=2
PartitionName=high Nodes=n1,n2 State=UP PriorityTier=10 PreemptMode=OFF
CONF
  mknod "$dir/gpu0" c 1 3
  mknod "$dir/gpu1" c 1 3
  echo "NodeName=n[1-2] Name=gpu File=$dir/gpu[0-1]" >"$dir/gres.conf"
  echo 'CgroupAutomount=no' >"$dir/cgroup.conf"
}

start_node() {
  setsid slurmd -D -N "$1" >"$dir/log/$1.out" 2>&1 </dev/null &
  echo $! >"$dir/$1.pid"
  disown  # nothing is said when it is killed
}

# Tasks know their node by SLURMD_NODENAME; the step's daemon is their parent,
# and is killed first, since it would tell how they ended.
kill_node() {
  local process id parent steps=() tasks=()
  kill -KILL "$(cat "$dir/$1.pid")"
  for process in /proc/[0-9]*; do
    id=${process#/proc/}
    grep -qzx "SLURMD_NODENAME=$1" "$process/environ" 2>/dev/null || continue
    tasks+=("$id")
    parent=$(awk '/^PPid:/ { print $2 }' "$process/status" 2>/dev/null) || continue
    [[ $(cat "/proc/$parent/comm" 2>/dev/null) == slurmstepd ]] && steps+=("$parent")
  done
  for id in "${steps[@]}" "${tasks[@]}"; do kill -KILL "$id" 2>/dev/null || true; done
}

nodes_idle() { [[ $(sinfo -h -N -p low -t idle -o %N 2>/dev/null | wc -l) == 2 ]]; }

exec 7<> <(:)  # never has a line
tick() { read -rt .05 -u 7 || true; }

write_configuration
head -c 1024 /dev/urandom >"$dir/munge.key"
chmod 400 "$dir/munge.key"
munged --foreground --force --key-file="$dir/munge.key" --socket="$dir/munge.socket" \
  --pid-file="$dir/munged.pid" --log-file="$dir/log/munged.log" \
  --seed-file="$dir/munge.seed" >"$dir/log/munged.out" 2>&1 </dev/null &
munged=$!
while [[ ! -S $dir/munge.socket ]]; do
  kill -0 "$munged" 2>/dev/null || { echo "munged: $(cat "$dir"/log/munged.* | tail -n 1)"; exit 1; }
  tick
done
slurmctld -D -c >"$dir/log/slurmctld.out" 2>&1 </dev/null &
controller=$!
for node in n1 n2; do start_node "$node"; done
until nodes_idle; do
  kill -0 "$controller" 2>/dev/null || { echo "slurmctld: $(tail -n 1 "$dir/log/slurmctld.out")"; exit 1; }
  tick
done
echo ready
while read -r order node; do
  "${order}_node" "$node"
  echo 'done'
done
