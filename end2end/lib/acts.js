// What an operator does on the console's pages.

import { until } from './wait.js';

/** Types into fields by their names; true and false tick boxes, values of menus are chosen. */
export async function fill(page, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = page.locator(`main [name="${name}"]`);
    if (typeof value === 'boolean') await field.setChecked(value);
    else if ((await field.evaluate((element) => element.tagName)) === 'SELECT') await field.selectOption(value);
    else await field.fill(value);
  }
}

/** Waits until it has the focus, which the browser gives with the next frame that it draws. */
export const focused = (locator) => until('it has the focus', () => locator.evaluate((element) => element === document.activeElement));

/** Presses the one primary button of the page's form. */
export async function submit(page) {
  await page.locator('main form.form .button.primary').click();
}

/** Fills in the login page. */
export async function logIn(page, { name, password }) {
  await page.goto('/login');
  await fill(page, { name, password });
  await submit(page);
}

/** Adds a virtual service; gives back its number. The list of its real servers is open then. */
export async function addService(page, cluster, values) {
  await page.goto(`/clusters/${cluster}/services/new`);
  await fill(page, values);
  await submit(page);
  await page.waitForURL(/\/services\/\d+\/servers$/);
  return Number(/services\/(\d+)\//.exec(page.url())[1]);
}

/** Adds a real server from the list of a virtual service's. */
export async function addServer(page, values) {
  await page.locator('main').getByRole('link', { name: 'Add real server' }).click();
  await fill(page, values);
  await submit(page);
  await page.waitForURL(/\/servers$/);
}

/** The numbers of a cluster's first virtual service and of that service's first real server. */
export async function firstOf(page, cluster) {
  const number = async (path) => {
    await page.goto(path);
    const href = await page.locator('main .row-link').first().getAttribute('href');
    return Number(href.split('/').pop());
  };
  const service = await number(`/clusters/${cluster}/services`);
  return { service, server: await number(`/clusters/${cluster}/services/${service}/servers`) };
}

/** Opens the changes and applies them. */
export async function apply(page, cluster, message) {
  await page.goto(`/clusters/${cluster}/changes`);
  await fill(page, { message });
  await submit(page);
  await page.locator('.notice.done').waitFor();
}

/** Waits until the page's islands live. */
export function awake(page) {
  return page.locator('html[data-awake]').waitFor();
}

/** Opens the live table and waits until it lives. */
export async function watch(page, cluster, query = '') {
  await page.goto(`/clusters/${cluster}/control${query}`);
  await page.locator('.live-status.live').waitFor();
}

const COLUMNS = ['name', 'state', 'since', 'active', 'inactive', 'rate', 'trend', 'in', 'out', 'address', 'forwarding', 'weight'];

/** The live table as text: an object per row, by name; a row that is not there is undefined. */
export async function table(page) {
  const rows = await page.locator('#live-rows tr').evaluateAll((rows) =>
    rows.map((row) => ({
      name: row.querySelector('.row-link').textContent,
      note: row.querySelector('.note')?.textContent ?? '',
      cells: [...row.cells].map((cell) => cell.textContent.trim()),
    })),
  );
  return Object.fromEntries(
    rows.map(({ name, note, cells }) => [name, { ...Object.fromEntries(COLUMNS.map((column, n) => [column, cells[n]])), name, note }]),
  );
}

/** Waits until a row of the live table has these cells. */
export async function shows(page, name, cells, within = 20_000) {
  const wanted = Object.entries(cells);
  let row;
  const there = async () => {
    row = (await table(page))[name];
    return row && wanted.every(([column, value]) => (value instanceof RegExp ? value.test(row[column]) : row[column] === String(value)));
  };
  try {
    await until(`row ${name}`, there, within);
  } catch {
    const said = wanted.map(([column, value]) => `${column} ${value}`).join(', ');
    throw new Error(`not within ${within / 1000} s: row ${name} shows ${said}; it shows ${JSON.stringify(row)}`);
  }
}
