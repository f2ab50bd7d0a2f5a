// Every page of the console, also as it looks after a mistake, for those who look at all of them.

import { fill, submit } from './acts.js';

/** Posts a page's form with these values. */
const posted = (values) => async (page) => {
  await fill(page, values);
  await submit(page);
  await page.locator('main [role=alert]').first().waitFor();
};

/** Tries to give the only administrator less. */
async function demoted(page) {
  await page.locator('main [name=role][value=viewer]').check();
  await page.locator('main form.form .button.primary').first().click();
  await page.locator('main [role=alert]').first().waitFor();
}

/** Opens every folded part of a form. */
export const unfolded = (page) => page.locator('details.folded').evaluateAll((parts) => parts.forEach((part) => (part.open = true)));

const BAD_SERVICE = { name: '', address: '10.0.0.300', ports: '99999', vip_nmask: '33', fwmark: '-1', persistent: 'x', timeout: '', reentry: 'soon' };
const BAD_SERVER = { server_name: '', server_address: 'real1', server_port: '0', weight: 'much', upper_threshold: '1', lower_threshold: '2' };
const BAD_SETTINGS = { primary: '10.0.0.300', network: 'gue', nat_router: '10.0.0.1', nat_nmask: '255.0.255.0', tcp_timeout: '-1' };
const BAD_REDUNDANCY = { backup_active: true, backup: '', keepalive: '20', syncdaemon: true, syncd_id: '999', syncd_ttl: '0' };
const BAD_CHECK = { send_program: '', expect: 'x'.repeat(256) };
const BAD_FILE = 'serial_no = 1\nprimary = 127.0.0.1\nservice = lvs\nvirtual web {\n  aktive = 1\n}\n';
const LOSSY_FILE = `serial_no = 1
primary = 127.0.0.1
service = lvs
rsh_command = ssh
virtual web {
  active = 1
  address = 127.0.0.20 eth0:1
  server real0 {
    address = 127.0.10.100
    active = 1
    weight = 1
  }
  port = 8080
  port = 99999
  send = "GET / HTTP/1.0\\r\\n\\r\\n"
  expect = "HTTP"
}
`;

const TABLE = `-A -t 127.0.0.80:443 -s sh -p 600 -b sh-port
-a -t 127.0.0.80:443 -r 10.0.0.1:443 -g -w 2
-a -t 127.0.0.80:443 -r 10.0.0.2:443 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum
-A -f 7 -6 -s wlc
`;

/** Before there is anybody. */
export const FIRST = [
  { name: 'setup', path: '/setup' },
  { name: 'setup-error', path: '/setup', act: posted({ code: 'aaaa-bbbb', name: '', password: 'short', repeat: '' }), faults: [' 422'] },
];

/** Before anybody has logged in. */
export const OUTSIDE = [
  { name: 'login', path: '/login' },
  { name: 'login-out', path: '/login?out=1' },
  { name: 'login-empty', path: '/login', act: posted({ name: '', password: '' }), faults: [' 422'] },
  { name: 'login-wrong', path: '/login', act: posted({ name: 'nobody', password: 'wrong password' }), faults: [' 422', ' 429'] },
];

/** Pages that belong to no cluster. */
export const GENERAL = [
  { name: 'overview', path: '/', live: true },
  { name: 'clusters', path: '/clusters' },
  { name: 'search', path: '/search?q=e' },
  { name: 'search-nothing', path: '/search?q=nowhere+to+be+found' },
  { name: 'help', path: '/help' },
  { name: 'help-chapter', path: '/help/virtual-servers' },
  { name: 'keys', path: '/account', act: (page) => page.keyboard.press('?') },
  { name: 'cluster-new', path: '/clusters/new' },
  { name: 'cluster-new-error', path: '/clusters/new', act: posted({ cluster_name: '' }), faults: [' 422'] },
  { name: 'import', path: '/clusters/import' },
  { name: 'import-refused', path: '/clusters/import', act: posted({ cluster_name: 'old', text: BAD_FILE }), faults: [' 422'] },
  { name: 'import-error', path: '/clusters/import', act: posted({ cluster_name: '', text: '' }), faults: [' 422'] },
  {
    name: 'import-review',
    path: '/clusters/import',
    async act(page) {
      await fill(page, { cluster_name: 'old-site', text: LOSSY_FILE });
      await submit(page);
      await page.locator('main input[name=source]').waitFor({ state: 'attached' });
    },
  },
  { name: 'import-table-refused', path: '/clusters/import', act: posted({ cluster_name: 'old', text: TABLE.replace('10.0.0.1:443', 'real1:https') }), faults: [' 422'] },
  {
    name: 'import-table-review',
    path: '/clusters/import',
    async act(page) {
      await fill(page, { cluster_name: 'old-table', text: TABLE });
      await submit(page);
      await page.locator('main input[name=source]').waitFor({ state: 'attached' });
    },
  },
  { name: 'directors', path: '/directors' },
  { name: 'director-new', path: '/directors/new' },
  { name: 'users', path: '/users' },
  { name: 'users-none', path: '/users?q=nobody' },
  { name: 'user-new', path: '/users/new' },
  { name: 'user-new-error', path: '/users/new', act: posted({ user_name: '', password: 'short' }), faults: [' 422'] },
  { name: 'user', path: '/users/1' },
  { name: 'user-last', path: '/users/1', act: (page) => demoted(page), faults: [' 409'] },
  {
    name: 'user-delete',
    path: '/users/new',
    async act(page) {
      await fill(page, { user_name: `guest-${Date.now()}` });
      await submit(page);
      await page.waitForURL(/\/users\/\d+$/);
      await page.goto(`${page.url()}/delete`);
      await page.locator('main .confirm').waitFor();
    },
  },
  { name: 'events', path: '/events' },
  { name: 'events-none', path: '/events?object=nobody&range=1h' },
  { name: 'events-wrong', path: '/events?from=yesterday' },
  { name: 'audit', path: '/audit' },
  { name: 'audit-none', path: '/audit?object=nobody' },
  { name: 'console-settings', path: '/settings' },
  { name: 'console-settings-error', path: '/settings', act: posted({ event_days: 'soon', audit_rows: '1' }), faults: [' 422'] },
  { name: 'about', path: '/settings/about' },
  { name: 'account', path: '/account' },
  { name: 'account-error', path: '/account', act: posted({ current: 'x', new: 'short', repeat: 'other' }), faults: [' 422'] },
  { name: 'not-found', path: '/nothing/here', faults: [' 404'] },
  {
    name: 'menu-theme',
    path: '/directors',
    async act(page) {
      await page.locator('.menu.theme > summary').click();
    },
  },
];

/** The pages of a cluster. */
export const ofCluster = (cluster) => [
  { name: 'control', path: `/clusters/${cluster}/control`, live: true },
  {
    name: 'control-look',
    path: `/clusters/${cluster}/control`,
    live: true,
    async act(page) {
      if (await page.locator('.menu.look').count()) await page.locator('.menu.look > summary').click();
    },
  },
  { name: 'control-text', path: `/clusters/${cluster}/control/text` },
  { name: 'services', path: `/clusters/${cluster}/services` },
  { name: 'service-new', path: `/clusters/${cluster}/services/new` },
  {
    name: 'service-new-error',
    path: `/clusters/${cluster}/services/new`,
    async act(page) {
      await unfolded(page);
      await posted(BAD_SERVICE)(page);
    },
    faults: [' 422'],
  },
  { name: 'machines', path: `/clusters/${cluster}/machines` },
  { name: 'settings', path: `/clusters/${cluster}/settings` },
  {
    name: 'settings-error',
    path: `/clusters/${cluster}/settings`,
    async act(page) {
      await unfolded(page);
      await posted(BAD_SETTINGS)(page);
    },
    faults: [' 422'],
  },
  { name: 'redundancy', path: `/clusters/${cluster}/redundancy`, act: unfolded },
  {
    name: 'redundancy-error',
    path: `/clusters/${cluster}/redundancy`,
    async act(page) {
      await unfolded(page);
      await posted(BAD_REDUNDANCY)(page);
    },
    faults: [' 422'],
  },
  { name: 'connections', path: `/clusters/${cluster}/connections` },
  { name: 'connections-networks', path: `/clusters/${cluster}/connections?view=networks&prefix=16` },
  { name: 'connections-servers', path: `/clusters/${cluster}/connections?view=servers` },
  {
    name: 'connections-error',
    path: `/clusters/${cluster}/connections?client=nobody&service=nothing&state=a+b`,
    faults: [' 422'],
  },
  { name: 'changes', path: `/clusters/${cluster}/changes` },
  { name: 'cluster-events', path: `/clusters/${cluster}/events` },
  { name: 'history', path: `/clusters/${cluster}/history` },
  { name: 'cluster-edit', path: `/clusters/${cluster}/edit` },
  { name: 'cluster-export', path: `/clusters/${cluster}/export` },
  { name: 'cluster-delete', path: `/clusters/${cluster}/delete` },
];

/** The pages of a virtual service of a cluster with `server` in it. */
export const ofService = (cluster, service, server) => {
  const base = `/clusters/${cluster}/services/${service}`;
  return [
    {
      name: 'service',
      path: base,
      act: unfolded,
    },
    { name: 'service-delete', path: `${base}/delete` },
    { name: 'service-copy', path: `${base}/copy` },
    { name: 'monitoring', path: `${base}/monitoring` },
    {
      name: 'monitoring-error',
      path: `${base}/monitoring`,
      async act(page) {
        await page.locator('main [name=check][value=program]').check();
        await posted(BAD_CHECK)(page);
      },
      faults: [' 422'],
    },
    {
      name: 'services-delete',
      path: `/clusters/${cluster}/services`,
      async act(page) {
        await page.locator('main td.tick input').first().check();
        await page.locator('#bulk [value=delete]').click();
        await page.locator('main .confirm').waitFor();
      },
    },
    {
      name: 'machine',
      path: `/clusters/${cluster}/machines`,
      async act(page) {
        await page.locator('main .row-link').first().click();
        await page.locator('main .machine').waitFor();
      },
    },
    {
      name: 'machine-error',
      path: `/clusters/${cluster}/machines`,
      async act(page) {
        await page.locator('main .row-link').first().click();
        await page.locator('main .machine').waitFor();
        await fill(page, { weight: 'much' });
        await page.locator('main [name=do][value=weight]').click();
        await page.locator('main [role=alert]').first().waitFor();
      },
      faults: [' 422'],
    },
    { name: 'servers', path: `${base}/servers` },
    {
      name: 'server-new-error',
      path: `${base}/servers/new`,
      async act(page) {
        await unfolded(page);
        await posted(BAD_SERVER)(page);
      },
      faults: [' 422'],
    },
    { name: 'server', path: `${base}/servers/${server}` },
    { name: 'server-delete', path: `${base}/servers/${server}/delete` },
  ];
};

/** Pages that only a cluster that runs, or whose draft differs, has. */
export const RUNNING = (cluster) => [{ name: 'stop', path: `/clusters/${cluster}/stop` }];
export const DRAFTED = (cluster) => [{ name: 'discard', path: `/clusters/${cluster}/discard` }];

/** The pages of a cluster with two generations or more. */
export const REVISIONS = (cluster) => [
  { name: 'revision', path: `/clusters/${cluster}/history/1` },
  { name: 'compare', path: `/clusters/${cluster}/history/compare?from=2&to=1` },
  { name: 'roll-back', path: `/clusters/${cluster}/history/1/rollback` },
  { name: 'roll-back-error', path: `/clusters/${cluster}/history/1/rollback`, act: posted({ message: 'x'.repeat(501) }), faults: [' 422'] },
];

/** Each arrival needs another edit to disagree with. */
let edits = 0;

/** A virtual service that two people have edited at once. */
export const ofTwo = (cluster, service) => ({
  name: 'merging',
  path: `/clusters/${cluster}/services/${service}`,
  async act(page) {
    const other = await page.context().newPage();
    edits += 1;
    const n = String(10 + edits);
    await other.goto(page.url());
    await fill(other, { scheduler: 'rr', timeout: n, reentry: n });
    await submit(other);
    await other.locator('.notice.done').waitFor();
    await other.close();
    await fill(page, { scheduler: 'sed', timeout: '5', sorry_server: '127.0.0.99' });
    await submit(page);
    await page.locator('.three-way').waitFor();
  },
  faults: [' 409'],
});

/** The pages of a director. */
export const ofDirector = (director) => [
  { name: 'director', path: `/directors/${director}` },
  {
    name: 'director-doctor',
    path: `/directors/${director}`,
    async act(page) {
      await page.locator('#doctor form.action button').last().click();
      await page.locator('#doctor .muted').first().waitFor();
    },
  },
  { name: 'director-revoke', path: `/directors/${director}/revoke` },
  {
    name: 'director-token',
    path: `/directors/${director}`,
    async act(page) {
      await page.getByRole('button', { name: /Make a new token|生成新令牌/ }).click();
      // The doctor's remedies can be copied too.
      await page.locator('.copy code', { hasText: '--token' }).waitFor();
    },
  },
];

/** Brings a page to the state that a place describes. */
export async function arrive({ page, faults }, place) {
  faults.expect(...(place.faults ?? []));
  await page.goto(place.path);
  if (place.live && (await page.locator('#live-rows').count())) await page.locator('.live-status.live').waitFor();
  await place.act?.(page);
  await page.evaluate(() => document.fonts.ready);
}
