// Consoles in the states that a page must look right in. Each gives the places to look at.

import { guide, ground, stage } from './stage.js';
import { fill, firstOf, submit } from './acts.js';
import { DRAFTED, GENERAL, OUTSIDE, REVISIONS, RUNNING, ofCluster, ofDirector, ofService, ofTwo, unfolded } from './places.js';
import { RealServer, hold, stream } from './traffic.js';
import { until } from './wait.js';
import { visit } from './visit.js';

const named = (places, ...names) => places.filter(({ name }) => names.includes(name));

/** Nothing in it; then a cluster with nothing in it. */
export async function nothing(console) {
  const outside = OUTSIDE.map((place) => ({ ...place, as: null }));
  return { places: [...outside, ...GENERAL] };
}

export async function empty(console) {
  const cluster = await console.importCluster('empty', 'serial_no = 1\nprimary = 127.0.0.1\nservice = lvs\n');
  await console.command(['director', 'add', 'vs1', '--cluster', String(cluster)]);
  return { places: [...named(GENERAL, 'overview', 'clusters', 'directors', 'director-new'), ...ofCluster(cluster), ...named(ofDirector(1), 'director', 'director-token')] };
}

/** The guide's cluster of four machines: two directors, two real servers, with traffic. */
export async function four(console) {
  const staged = await stage(console, 'shop');
  const { cluster, vip } = staged;
  await console.director('vs2', cluster, 'simulated');
  const traffic = stream(vip, 3);
  const held = await hold(vip, 5);
  const { service, server } = await first(console, cluster);
  await edited(console, `/clusters/${cluster}/services/${service}`, { timeout: '2', persistent: '300' });
  await console.apply(cluster, 'Clients stay with their server for five minutes, as the shop wants it');
  await edited(console, `/clusters/${cluster}/services/${service}/servers/${server}`, { weight: '3' });
  return {
    places: [
      ...named(GENERAL, 'overview', 'clusters', 'directors', 'events', 'audit', 'console-settings'),
      ...ofCluster(cluster),
      ...RUNNING(cluster),
      ...DRAFTED(cluster),
      ...REVISIONS(cluster),
      ofTwo(cluster, service),
      ...ofService(cluster, service, server),
      ...ofDirector(1),
    ],
    // Long enough for the last sixty seconds to have a shape.
    settle: 20_000,
    async end() {
      held.end();
      await traffic.end();
      await staged.end();
    },
  };
}

/** 300 virtual services with long names and IPv6, some of them failing. */
export async function many(console) {
  const start = (host) => Promise.all([1, 2].map((n) => RealServer.start(`many${n}`, host)));
  const [four, six] = await Promise.all([start('127.0.0.1'), start('::1')]);
  const cluster = await console.importCluster('Frankfurt-production-edge-cluster-with-a-rather-long-name', 'serial_no = 1\nprimary = 127.0.0.1\nservice = lvs\n');
  const { context, close } = await visit(console);
  const post = async (path, form) => {
    const answer = await context.request.post(path, { form, maxRedirects: 0 });
    if (answer.status() !== 303) throw new Error(`POST ${path} answered ${answer.status()}: ${/role="alert".*?<\/section>/s.exec(await answer.text())?.[0]}`);
    return answer.headers().location;
  };
  for (let n = 1; n <= 300; n += 1) {
    const v6 = n % 3 !== 0;
    const name = n % 7 === 0 ? `web-${n}` : `customer-${n}-production-frontend-api-gateway-eu-central-${n}`;
    const address = v6 ? `2001:db8:85a3:1234:5678:8a2e:370:${n.toString(16)}` : `10.20.${n >> 8}.${n & 255}`;
    const list = await post(`/clusters/${cluster}/services/new`, {
      name,
      protocol: 'tcp',
      address,
      ports: '443',
      scheduler: n % 4 ? 'wlc' : 'sed',
      timeout: '6',
      reentry: '15',
      active: n % 13 ? 'on' : '',
      load_monitor: 'none',
      marking: 'director',
      pe: '',
    });
    for (const [m, { host, port }] of (v6 ? six : four).entries()) {
      await post(`${list}/new`, {
        server_name: `real-server-${n}-${m + 1}`,
        server_address: host,
        // Now and then one that nobody listens on.
        server_port: String(m === 1 && n % 17 === 0 ? 1 : port),
        weight: String((m + 1) * 10),
        server_active: m === 1 && n % 19 === 0 ? '' : 'on',
        forwarding: 'masquerading',
        tunnel_csum: 'nocsum',
      });
    }
  }
  await close();
  await console.director('director-frankfurt-1.example.net', cluster, 'simulated');
  const { service, server: real } = await first(console, cluster);
  const before = named(ofCluster(cluster), 'changes').map((place) => ({ ...place, name: 'changes-first' }));
  return {
    places: [
      ...before,
      { once: () => console.apply(cluster) },
      ...named(GENERAL, 'overview', 'clusters', 'directors', 'events', 'audit', 'search'),
      ...ofCluster(cluster),
      ...RUNNING(cluster),
      ...named(REVISIONS(cluster), 'revision'),
      ...ofService(cluster, service, real),
      ...named(ofDirector(1), 'director'),
    ],
    settle: 12_000,
    end: () => Promise.all([...four, ...six].map((server) => server.stop())),
  };
}

/** Thirty clusters of all kinds: serving, degraded, failing, stopped, never applied, without their director. */
export async function thirty(console) {
  const place = await ground();
  const dead = { vip: { host: place.vip.host, port: 0 }, servers: place.servers };
  const kinds = ['serving', 'serving', 'degraded', 'failing', 'stopped', 'never', 'lonely'];
  const named30 = Array.from({ length: 30 }, (_, n) => ({ kind: kinds[n % kinds.length], n }));
  for (const { kind, n } of named30) {
    const name = n % 4 === 3 ? `eu-central-production-edge-cluster-with-a-long-name-${n + 1}` : `site-${n + 1}`;
    const port = 20_000 + n;
    const lives = (alive) => place.servers.map(({ host }, m) => `
    server real${m + 1} {
        address = ${host}
        port = ${alive(m) ? place.vip.port : 1}
        active = 1
        weight = 1
    }`);
    const alive = { degraded: (m) => m === 0, failing: () => false }[kind] ?? (() => true);
    const text = guide({ vip: { ...dead.vip, port }, servers: [] }).replace('quiesce_server = 0', `quiesce_server = 0${lives(alive).join('')}`).replace(/\n {4}server real3 \{[^}]*\}/, '');
    const cluster = await console.importCluster(name, text);
    if (kind === 'never') continue;
    if (kind !== 'lonely') await console.director(`vs${n + 1}`, cluster, 'simulated');
    await console.apply(cluster);
    if (kind !== 'stopped') continue;
    const { context, close } = await visit(console);
    await context.request.post(`/clusters/${cluster}/stop`, { form: {} });
    await close();
  }
  return { places: named(GENERAL, 'overview', 'clusters'), settle: 15_000, end: () => Promise.all(place.servers.map((server) => server.stop())) };
}

/** One of two directors is away. */
export async function away(console) {
  const staged = await stage(console, 'shop');
  const second = await console.director('vs2', staged.cluster, 'simulated');
  await second.stop();
  await until('the console has noticed', async () => {
    const { page, close } = await visit(console);
    await page.goto('/directors');
    const text = await page.locator('main').textContent();
    await close();
    return text.includes('Away');
  });
  return {
    places: [...named(GENERAL, 'overview', 'clusters', 'directors', 'events'), ...named(ofCluster(staged.cluster), 'control', 'control-text', 'services', 'machines', 'connections', 'connections-servers', 'changes', 'history', 'cluster-events'), ...RUNNING(staged.cluster), ...named(ofDirector(2), 'director', 'director-revoke', 'director-token')],
    end: staged.end,
  };
}

/** An apply that half failed: this machine does not have one of the addresses. */
export async function half(console) {
  const place = await ground();
  const elsewhere = `virtual elsewhere {
    active = 1
    address = 192.0.2.10 eth0:1
    port = 80
    scheduler = rr
    protocol = tcp
    timeout = 1
    reentry = 2
    server real1 {
        address = 127.0.10.100
        active = 1
        weight = 1
    }
}
`;
  const cluster = await console.importCluster('shop', guide(place, elsewhere));
  await console.director('vs1', cluster);
  await console.apply(cluster, 'With an address that is not here');
  return {
    places: [...named(GENERAL, 'overview', 'clusters', 'directors', 'events'), ...named(ofCluster(cluster), 'control', 'control-text', 'services', 'machines', 'connections', 'changes', 'history', 'cluster-events'), ...named(ofDirector(1), 'director')],
    settle: 4_000,
    end: () => Promise.all(place.servers.map((server) => server.stop())),
  };
}

async function first(console, cluster) {
  const { page, close } = await visit(console);
  const found = await firstOf(page, cluster);
  await close();
  return found;
}

/** Changes something in the draft by its form. */
async function edited(console, path, values) {
  const { page, close } = await visit(console);
  await page.goto(path);
  await unfolded(page);
  await fill(page, values);
  await submit(page);
  await page.locator('.notice.done').waitFor();
  await close();
}
