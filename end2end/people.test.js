// The first run, people and what they may do, and where they are logged in.

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { fill, logIn, submit } from './lib/acts.js';
import { Console } from './lib/console.js';
import { stage } from './lib/stage.js';
import { consoleForTests, inBrowser } from './lib/visit.js';

const ready = consoleForTests();
const fresh = Console.first();
after(async () => (await fresh).close());

const { user } = Console;
let shop;
after(() => shop?.end());
const viewer = { name: 'zhang', password: 'Correct horse 8 battery' };

inBrowser('who has the printed code makes the first administrator', () => fresh, async (open) => {
  const console = await fresh;
  const { page, faults } = await open({ as: null });
  faults.expect('POST /setup answered 422');
  await page.goto('/');
  await page.waitForURL('**/setup');
  const first = { name: user.name, password: user.password, repeat: user.password };
  await fill(page, { code: 'aaaa-bbbb-cccc-dddd', ...first });
  await submit(page);
  await page.getByText('This is not the code that the console printed').first().waitFor();
  assert.equal(await page.inputValue('[name=name]'), user.name);
  await fill(page, { code: console.setupCode.toUpperCase(), ...first });
  await submit(page);
  await page.waitForURL((url) => url.pathname === '/');
  await page.goto('/setup');
  await page.waitForURL((url) => url.pathname === '/');
  const late = await open({ as: null });
  await late.page.goto('/setup');
  await late.page.waitForURL('**/login');
});

inBrowser('an administrator adds a viewer, who looks and cannot change', () => ready, async (open) => {
  const console = await ready;
  shop = await stage(console, 'shop');
  const { cluster } = shop;
  const { page } = await open();
  await page.goto('/users');
  await page.getByRole('link', { name: 'Add a user' }).click();
  await fill(page, { user_name: viewer.name, password: viewer.password });
  await page.getByLabel('No role').check();
  await submit(page);
  await page.getByText(`Added ${viewer.name}.`).waitFor();

  const theirs = await open({ as: null });
  await logIn(theirs.page, viewer);
  await theirs.page.getByText('No cluster for you yet').waitFor();

  await page.locator('main [name=add_cluster]').selectOption('shop');
  await page.locator('main [name=add_role]').selectOption('Viewer');
  await page.getByRole('button', { name: 'Save roles' }).click();
  await page.getByText(`${viewer.name} is now: Viewer of shop.`).waitFor();

  await theirs.page.reload();
  await theirs.page.locator('main').getByRole('link', { name: 'shop' }).click();
  await theirs.page.waitForURL('**/control');
  await theirs.page.locator('.cluster-header').getByText('You may look, not change').waitFor();
  assert.equal(await theirs.page.getByRole('link', { name: 'Stop', exact: true }).count(), 0);
  assert.equal(await theirs.page.getByRole('link', { name: 'Users' }).count(), 0);
  await theirs.page.goto(`/clusters/${cluster}/services/new`);
  assert.equal(await theirs.page.locator('main button[type=submit]').count(), 0);
  theirs.faults.expect(' 403');
  await theirs.page.goto('/users');
  await theirs.page.getByText('This needs the role “Administrator” for the whole console.').waitFor();
  await theirs.page.getByText(`An administrator can give it to you: ${user.name}.`).waitFor();
});

inBrowser('a role that is taken away ends the live table at once', () => ready, async (open) => {
  const console = await ready;
  const { page, faults } = await open({ as: viewer });
  await page.goto(`/clusters/${shop.cluster}/control`);
  await page.locator('.live-status.live').waitFor();
  await console.command(['user', 'role', viewer.name, 'none', '--cluster', String(shop.cluster)]);
  await page.getByText('Over: load the page again').waitFor();
  faults.expect(' 403');
  await page.reload();
  await page.getByText('This needs the role “Viewer” for this cluster.').waitFor();
});

inBrowser('one looks where one is logged in, and ends a session there', () => ready, async (open) => {
  const [here, there] = [await open({ as: null }), await open({ as: null })];
  for (const { page } of [here, there]) {
    await logIn(page, viewer);
    await page.waitForURL((url) => url.pathname === '/');
  }
  const { page } = here;
  await page.goto('/account');
  const row = page.getByRole('row').filter({ hasText: 'this one' });
  assert.match(await row.textContent(), /Chrome on Linux.*127\.0\.0\.1/);
  const others = page.getByRole('row').getByRole('button', { name: /^Log out/ });
  // Of this file's other windows there may be one more.
  while ((await others.count()) > 0) {
    await others.first().click();
    await page.getByText('That session is over.').waitFor();
  }
  await there.page.goto('/clusters');
  assert.equal(new URL(there.page.url()).pathname, '/login');
  await page.reload();
  await page.getByRole('heading', { name: 'Account' }).waitFor();
});

inBrowser('an administrator shuts somebody out', () => ready, async (open) => {
  const theirs = await open({ as: null });
  await logIn(theirs.page, viewer);
  await theirs.page.waitForURL((url) => url.pathname === '/');
  const { page } = await open();
  await page.goto('/users');
  await page.getByRole('link', { name: viewer.name }).click();
  await page.getByRole('button', { name: 'Disable' }).click();
  await page.getByText(`${viewer.name} can no longer log in`).waitFor();
  theirs.faults.expect('POST /login answered 403');
  await logIn(theirs.page, viewer);
  await theirs.page.getByText('This account is disabled.').waitFor();
  await page.getByRole('link', { name: 'Delete user' }).click();
  await page.getByRole('button', { name: `Delete user ${viewer.name}` }).click();
  await page.getByText(`Deleted user ${viewer.name}.`).waitFor();
});
