#!/bin/bash
# Prints what ipvsadm and the kernel say to each other, one datagram per line: "> hex" from ipvsadm, "< hex" from the kernel,
# below a line "# command". Made conversation.txt:
#
#     cargo xtask lab run -- bash crates/ipvs/tests/it/capture.sh > crates/ipvs/tests/it/conversation.txt
#
# Wants root, a kernel with IPVS, ipvsadm and strace, and a network namespace of its own: it empties the table at its end.
set -u
out=$(mktemp)
trap 'rm -f "$out"' EXIT
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
ip addr add 192.168.10.1/24 dev v0
ip -6 addr add 2001:db8::1/64 dev v0 nodad

run() {
    echo "# $*"
    strace -e trace=sendmsg,recvmsg -e read=3 -e write=3 -o "$out" "$@" >/dev/null 2>&1
    # strace shows each datagram's bytes after its call; those only looked at (MSG_PEEK) come again. The search for the family
    # is left out but for the first time.
    awk -v first="${first:-}" '
        function flush() {
            family = substr(hex, 9, 4)
            # An acknowledgement holds the head of the message it is for.
            if (family == "0200") family = substr(hex, 49, 4)
            if (hex != "" && !peek && (family != "1000" || first == "")) print sign " " hex
            hex = ""
        }
        /^sendmsg/ { flush(); sign = ">"; peek = 0 }
        /^recvmsg/ { flush(); sign = "<"; peek = /MSG_PEEK/ }
        /^ \| / { line = substr($0, 11, 49); gsub(/ /, "", line); hex = hex line }
        END { flush() }' "$out"
    first=no
}

# The kernel refuses sync daemons while a destination is not of its service's family: they come first.
run ipvsadm --start-daemon master --mcast-interface v0 --syncid 7 --sync-maxlen 1000 --mcast-group 224.0.0.82 --mcast-port 8849 --mcast-ttl 2
run ipvsadm --start-daemon backup --mcast-interface v0 --syncid 8 --mcast-group ff02::7
run ipvsadm -Ln --daemon
run ipvsadm --stop-daemon master
run ipvsadm --stop-daemon backup
run ipvsadm -A -t 10.0.0.2:80 -s wlc -p 600 -M 255.255.255.0
run ipvsadm -a -t 10.0.0.2:80 -r 192.168.10.100:8080 -m -w 3 -x 100 -y 50
run ipvsadm -a -t 10.0.0.2:80 -r 192.168.10.101 -g -w 0
run ipvsadm -e -t 10.0.0.2:80 -r 192.168.10.101 -i -w 7 --tun-type gue --tun-port 6080 --tun-csum
run ipvsadm -a -t 10.0.0.2:80 -r 192.168.10.104 -i --tun-type gue --tun-port 6080 --tun-remcsum
run ipvsadm -A -u [2001:db8::2]:5060 -s rr -p 60 --pe sip
run ipvsadm -A -u [2001:db8::2]:53 -s sh -b sh-fallback,sh-port -o
run ipvsadm -a -u [2001:db8::2]:53 -r 192.168.10.102:53 -i --tun-type gre --tun-csum
run ipvsadm -A --sctp-service 10.0.0.2:99 -s mh -b mh-port
run ipvsadm -A -f 7 -s rr
run ipvsadm -A -f 8 -6 -s wrr -p 300 -M 64
run ipvsadm -a -f 7 -r 192.168.10.103 -i
run ipvsadm -a -f 7 -r 192.168.10.1 -m
run ipvsadm -E -t 10.0.0.2:80 -s rr
run ipvsadm --set 901 121 301
run ipvsadm -Ln
run ipvsadm -Ln --timeout
run ipvsadm -Z -f 7
run ipvsadm -A -t 10.0.0.2:80 -s rr
run ipvsadm -A -t 10.0.0.3:80 -s nope
run ipvsadm -d -t 10.0.0.2:80 -r 192.168.10.101
run ipvsadm -D -f 7
run ipvsadm -C
