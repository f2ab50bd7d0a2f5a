// The guide's cluster on loopback addresses: one director, one virtual service, two real servers that live and a third
// that is not active.

import { RealServer, ask, freePort } from './traffic.js';
import { until } from './wait.js';

const VIP = '127.0.0.2';
const SERVERS = [
  ['real1', '127.0.10.100'],
  ['real2', '127.0.10.101'],
];

/** Free ports for a virtual service and for its real servers, which masquerading keeps the same; these listen then. */
export async function ground() {
  for (let tries = 0; tries < 32; tries += 1) {
    const port = await freePort(VIP);
    const servers = await Promise.allSettled(SERVERS.map(([name, host]) => RealServer.start(name, host, port)));
    const made = servers.filter((server) => server.status === 'fulfilled').map((server) => server.value);
    if (made.length === SERVERS.length) return { vip: { host: VIP, port }, servers: made };
    await Promise.all(made.map((server) => server.stop()));
  }
  throw new Error(`no port is free on ${VIP} and on the real servers' addresses`);
}

/** The guide's lvs.cf for such a ground, with more virtual services after its own. */
export function guide({ vip, servers }, more = '') {
  const server = (name, host, active) => `
    server ${name} {
        address = ${host}
        active = ${active}
        weight = 1
    }`;
  return `serial_no = 1
primary = 127.0.0.1
service = lvs
backup_active = 1
backup = 127.0.0.3
heartbeat = 1
heartbeat_port = 539
keepalive = 2
deadtime = 5
network = nat
nat_router = 127.0.10.254 lo:0
nat_nmask = 255.255.255.0
virtual web {
    active = 1
    address = ${vip.host} lo:1
    vip_nmask = 255.255.255.255
    port = ${vip.port}
    persistent = 0
    load_monitor = none
    scheduler = wlc
    protocol = tcp
    timeout = 1
    reentry = 2
    quiesce_server = 0${servers.map(({ name, host }) => server(name, host, 1)).join('')}${server('real3', '127.0.10.103', 0)}
}
${more}`;
}

/** The guide's cluster, applied and serving on a director. */
export async function stage(console, name = 'guide') {
  const place = await ground();
  const cluster = await console.importCluster(name, guide(place));
  const director = await console.director('vs1', cluster);
  await console.apply(cluster);
  await until('the cluster serves', () => ask(place.vip));
  return { ...place, cluster, director, end: () => Promise.all(place.servers.map((server) => server.stop())) };
}
