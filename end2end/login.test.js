// Who gets in, who does not, and that somebody who left is gone.

import assert from 'node:assert/strict';

import { fill, focused, logIn, submit } from './lib/acts.js';
import { Console } from './lib/console.js';
import { consoleForTests, inBrowser } from './lib/visit.js';

const ready = consoleForTests();
const { user } = Console;

inBrowser('a wrong password is refused, and the name stays typed', () => ready, async (open) => {
  const { page, faults } = await open({ as: null });
  faults.expect('POST /login answered 422');
  await logIn(page, { ...user, password: 'Tr0ub4dor&3' });
  await page.getByText('User name and password do not match.').waitFor();
  assert.equal(await page.inputValue('[name=name]'), user.name);
  assert.equal(await page.inputValue('[name=password]'), '');
  await fill(page, { password: user.password });
  await submit(page);
  await page.waitForURL((url) => url.pathname === '/');
});

inBrowser('empty fields are named, and their summary leads to them', () => ready, async (open) => {
  const { page, faults } = await open({ as: null });
  faults.expect('POST /login answered 422');
  await logIn(page, { name: '', password: '' });
  const summary = page.getByRole('alert');
  await summary.getByRole('heading', { name: '2 entries need another look' }).waitFor();
  await summary.getByRole('link', { name: 'Password' }).click();
  await focused(page.locator('[name=password]'));
});

inBrowser('a page that needs a session leads back to itself', () => ready, async (open) => {
  const { page } = await open({ as: null });
  await page.goto('/directors?x=1');
  assert.equal(new URL(page.url()).pathname, '/login');
  await fill(page, user);
  await submit(page);
  await page.waitForURL('**/directors?x=1');
});

inBrowser('after logging out nothing is left to go back to', () => ready, async (open) => {
  const { page, context } = await open({ as: null });
  await logIn(page, user);
  await page.waitForURL((url) => url.pathname === '/');
  const cookie = (await context.cookies()).find((cookie) => cookie.httpOnly);
  assert.equal(cookie?.sameSite, 'Strict');
  await page.goto('/account');
  await page.locator('.menu.account > summary').click();
  await page.getByRole('button', { name: 'Log out', exact: true }).click();
  await page.getByText('You are logged out.').waitFor();
  await page.goBack();
  await page.waitForURL('**/login**');
  assert.equal(await page.getByText('Change password').count(), 0);
  // A copy of the cookie is worth nothing either.
  await context.addCookies([cookie]);
  await page.goto('/clusters');
  assert.equal(new URL(page.url()).pathname, '/login');
});

inBrowser('a session survives the console', () => ready, async (open) => {
  const console = await ready;
  const { page } = await open();
  await page.goto('/clusters');
  await console.stop();
  await console.serve();
  await page.goto('/account');
  await page.getByRole('heading', { name: 'Account' }).waitFor();
});

inBrowser('a new password ends the other sessions and opens the next', () => ready, async (open) => {
  const console = await ready;
  const other = { name: 'zhang', password: 'Correct horse 8 battery' };
  await console.person(other);
  const [mine, elsewhere] = [await open({ as: null }), await open({ as: null })];
  for (const { page } of [mine, elsewhere]) {
    await logIn(page, other);
    await page.waitForURL((url) => url.pathname === '/');
  }
  const { page, faults } = mine;
  faults.expect('POST /account answered 422');
  await page.goto('/account');
  const next = 'Correct horse 9 battery';
  await fill(page, { current: 'wrong', new: next, repeat: next });
  await submit(page);
  await page.getByText('This is not your current password.').first().waitFor();
  await fill(page, { current: other.password, new: next, repeat: next });
  await submit(page);
  await page.getByText('Password changed.').waitFor();
  await elsewhere.page.goto('/clusters');
  assert.equal(new URL(elsewhere.page.url()).pathname, '/login');
  await logIn(elsewhere.page, { name: other.name, password: next });
  await elsewhere.page.waitForURL((url) => url.pathname === '/');
});
