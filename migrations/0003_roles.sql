-- What a machine is in its cluster: a director balances; a real server's agent sees to what that machine needs to serve (VIPs on
-- loopback, ARP, tunnels). Chosen when the machine is added, and never changed: another role is another enrolment.
alter table directors add column role text not null default 'director' check (role in ('director', 'real-server'));
