#!/usr/bin/env bash
# in_systemd.sh: what systemd_test.sh does in its Debian, where systemd is the first
# process, the .debs are installed, and nothing of them has been started.
set -euo pipefail
fail() {
  echo "FAILED: $*"
  systemctl --no-pager --failed || true
  journalctl --no-pager -n 40 || true
  exit 1
}
trap 'echo "FAILED: line $LINENO: $BASH_COMMAND"' ERR
# shellcheck source=tests/packages/until_true.sh
source "$(dirname "${BASH_SOURCE[0]}")/until_true.sh"
# shown PART PROPERTY: of the unit, as systemd has it now.
shown() { systemctl show -P "$2" "isoshape-$1"; }
is_not() { [ "$(shown "$1" "$2")" != "$3" ]; }
is() { [ "$(shown "$1" "$2")" = "$3" ]; }
must() { is "$@" || fail "isoshape-$1: $2 is $(shown "$1" "$2"), expected $3"; }
healthy() { isoshape worker list; }
trials() { isoshape trial list "$1" -o json | grep -c "\"state\": *\"$2\""; }

until_true "systemd answers" systemctl show -P Version
timeout 60 systemctl is-system-running --wait >/dev/null || true
for part in coordinator worker backup; do
  must $part ActiveState inactive
  must $part NRestarts 0
done

# The coordinator, confined as its unit says.
systemctl enable --quiet --now isoshape-coordinator || fail "the coordinator does not start"
must coordinator ActiveState active
until_true "the coordinator is healthy" healthy
pid=$(shown coordinator MainPID)
[ "$(stat -c %U "/proc/$pid")" = isoshape-coordinator ] || fail "it is $(stat -c %U "/proc/$pid")'s"
for line in "NoNewPrivs:	1" "Seccomp:	2" "CapBnd:	0000000000000000" "CapEff:	0000000000000000"; do
  grep -qx "$line" "/proc/$pid/status" || fail "not '$line': $(cat "/proc/$pid/status")"
done
[ "$(stat -c %a /var/lib/isoshape-coordinator)" = 750 ] || fail "others may read its folder"
isoshape campaign create --id c1 --data synthetic:markov --shapes 1x16,2x16 --budgets 4e9 >/dev/null 2>&1

# After SIGKILL it is there again, with what it knew.
systemctl kill --signal=KILL isoshape-coordinator
until_true "it is started again" is_not coordinator MainPID "$pid"
until_true "it is healthy again" healthy
must coordinator NRestarts 1
[ "$(trials c1 pending)" = 2 ] || fail "its campaign has gone"
echo "coordinator: started, confined, and again after SIGKILL, with its campaign"

# Wrong settings, which no restart mends.
cp -p /etc/isoshape/coordinator.yaml /tmp/right.yaml
echo "adress: 127.0.0.1:1" >>/etc/isoshape/coordinator.yaml
systemctl restart isoshape-coordinator || true
until_true "it ends by its settings" is coordinator ActiveState failed
must coordinator ExecMainStatus 2
must coordinator NRestarts 0
journalctl -u isoshape-coordinator | grep -q "adress" || fail "the journal does not say which"
cp -p /tmp/right.yaml /etc/isoshape/coordinator.yaml
systemctl reset-failed isoshape-coordinator
systemctl start isoshape-coordinator
until_true "it is healthy with the right ones" healthy

# The worker trains, with LibTorch of this machine.
echo ISOSHAPE_TORCH_DIR=/opt/python/torch >>/etc/isoshape/worker.env
systemctl enable --quiet --now isoshape-worker || fail "the worker does not start"
both_succeeded() { [ "$(trials c1 succeeded)" = 2 ]; }
until_true "both trials have succeeded" both_succeeded
# Stopped in the middle of a trial: 75 is no failure, and the trial waits again.
isoshape campaign create --id c2 --data synthetic:markov --shapes 1x16 --budgets 1e15 >/dev/null 2>&1
# By the process that runs now, of which its name tells.
it_trains() {
  [ "$(trials c2 leased)" = 1 ] &&
    isoshape trial list c2 -o json | grep -q "\"worker\": *\"[^\"]*-$(shown worker MainPID)\""
}
until_true "a trial is trained" it_trains
systemctl stop isoshape-worker
must worker ExecMainStatus 75
must worker ActiveState inactive
must worker Result success
[ "$(trials c2 pending)" = 1 ] || fail "its trial does not wait"
listed=$(isoshape trial list c2 -o json)
[[ ! $listed =~ \"lost_leases\":\ *[1-9] ]] || fail "a lease was lost"
# Killed, it is started again.
systemctl start isoshape-worker
until_true "it is trained again" it_trains
systemctl kill --signal=KILL isoshape-worker
until_true "the worker is started again" is worker NRestarts 1
until_true "the worker runs" is worker ActiveState active
echo "worker: trained two trials, stopped by 75 without a loss, and again after SIGKILL"

# All is stopped, as when the machine goes down: the worker first, so that it can
# hand its trial back.
until_true "it is trained once more" it_trains
printf '[Unit]\nRequires=basic.target\nAfter=basic.target\nAllowIsolate=yes\n' \
  >/etc/systemd/system/alone.target
systemctl daemon-reload
systemctl isolate alone.target
until_true "the coordinator has ended" is coordinator ActiveState inactive
must worker ExecMainStatus 75
must worker Result success
must coordinator Result success
[ "$(shown worker InactiveEnterTimestampMonotonic)" -le \
  "$(shown coordinator ActiveExitTimestampMonotonic)" ] || fail "the coordinator was stopped first"
systemctl isolate multi-user.target
until_true "both are there" healthy
until_true "the trial was handed back" it_trains

# Drained, it stays away.
name=$(isoshape worker list -o json | grep -o "workers/[^\"]*-$(shown worker MainPID)" | head -n 1)
isoshape campaign cancel c2 --yes >/dev/null
isoshape worker drain "${name#workers/}" >/dev/null
until_true "the drained worker ends" is worker ActiveState inactive
must worker ExecMainStatus 0
must worker Result success
echo "both: stopped in order, started together; a drained worker stays away"

# The timer: the next hour as it is installed, and each second to see it start.
systemctl enable --quiet --now isoshape-backup.timer || fail "no timer"
next=$(systemctl show -P NextElapseUSecRealtime isoshape-backup.timer)
left=$(($(date -d "$next" +%s) - $(date +%s)))
if [ "$left" -lt -5 ] || [ "$left" -gt 3900 ]; then fail "the next backup is in $left s"; fi
mkdir /etc/systemd/system/isoshape-backup.timer.d
printf '[Timer]\nOnCalendar=\nOnCalendar=*:*:*\nRandomizedDelaySec=0\nAccuracySec=1ms\n' \
  >/etc/systemd/system/isoshape-backup.timer.d/often.conf
systemctl daemon-reload
systemctl restart isoshape-backup.timer
until_true "the timer makes a copy" sh -c 'ls /var/lib/isoshape-backup/hour-*.db'
systemctl stop isoshape-backup.timer
until_true "the last copy is made" is backup ActiveState inactive
must backup Result success
for copy in /var/lib/isoshape-backup/hour-*.db; do
  isoshape restore "$copy" --db "/tmp/${copy##*/}" >/dev/null || fail "the copy does not restore"
done
[ "$(stat -c %U:%a "$copy")" = isoshape-coordinator:600 ] || fail "others may read the copy"
echo "backup: the timer starts it, and what it makes restores"

# For other machines: the settings that are commented out, and files whose owners
# are those that docs/deploy/packages.md gives them. Root's alone are refused.
isoshape token create me --role admin --file /etc/isoshape/tokens >/root/me.token 2>/dev/null
cp /root/key.pem /root/cert.pem /etc/isoshape/
sed -i 's/^address:.*//; s/^# \(address\|tokens\|tls-cert\|tls-key\):/\1:/' /etc/isoshape/coordinator.yaml
systemctl restart isoshape-coordinator || true
until_true "files of root's are refused" is coordinator ActiveState failed
for file in tokens key.pem cert.pem; do
  chown root:isoshape-coordinator /etc/isoshape/$file && chmod 640 /etc/isoshape/$file
done
systemctl reset-failed isoshape-coordinator
systemctl restart isoshape-coordinator
! healthy >/dev/null 2>&1 || fail "it answers without TLS and a token"
export ISOSHAPE_TLS_CA=/root/cert.pem ISOSHAPE_TOKEN_FILE=/root/me.token
until_true "it answers with both" healthy
echo "coordinator: for other machines, with TLS and tokens"

# An upgrade restarts what runs and nothing else; removed, nothing is left running.
pid=$(shown coordinator MainPID)
dpkg -i /root/isoshape*.deb >/tmp/dpkg.log 2>&1 || fail "$(cat /tmp/dpkg.log)"
is_not coordinator MainPID "$pid" || fail "the upgrade did not restart it"
until_true "it is healthy after the upgrade" healthy
must worker ActiveState inactive
both_succeeded || fail "the upgrade lost results"
dpkg --remove isoshape-worker isoshape >/tmp/dpkg.log 2>&1 || fail "$(cat /tmp/dpkg.log)"
running=$(grep -ls '^isoshape' /proc/[0-9]*/comm) || true
[ -z "$running" ] || fail "something still runs: $running"
[ ! -e /etc/systemd/system/multi-user.target.wants/isoshape-coordinator.service ] || fail "still enabled"
echo "upgraded with a restart, and removed"
systemctl poweroff
