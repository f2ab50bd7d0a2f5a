// Every page, looked at: accessible in both themes, wide and narrow, no text too small, nothing that makes the page
// scroll sideways, no English left over in Chinese, nothing that the browser complains about.

import { after } from 'node:test';

import { addService, firstOf } from './lib/acts.js';
import { Console } from './lib/console.js';
import { leftOver, stutters, tooSmall, tooWide, violations } from './lib/look.js';
import { DRAFTED, FIRST, GENERAL, OUTSIDE, REVISIONS, RUNNING, arrive, ofCluster, ofDirector, ofService, ofTwo } from './lib/places.js';
import { stage } from './lib/stage.js';
import { consoleForTests, inBrowser, visit } from './lib/visit.js';

const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 360, height: 740 };

/** Words that are the same in both languages: names, products, units, protocols, keywords of LVS. */
const SAME = ['^(Arapaima|arapaima|Piranha|admin|guide|empty|draft2?|web|both|vs1|vs2|real\\d|old-site|lo:\\d|eth\\d)\\b', '^[A-Z]{2,5}\\d?$', '^(wlc|rr)\\b', 'kB/s', '^(English|Ctrl K)$', '127\\.0\\.', '^(ipvsadm|lvs\\.cf)'];

const console = await consoleForTests();
const first = await Console.first();
after(() => first.close());
const ready = () => console;

inBrowser('before there is anybody', () => first, (open) => look(open, FIRST, { as: null }));

inBrowser('before logging in', ready, (open) => look(open, OUTSIDE, { as: null }));

inBrowser('a console with nothing in it', ready, (open) => look(open, GENERAL));

inBrowser('a cluster with nothing in it', ready, async (open) => {
  await console.importCluster('empty', 'serial_no = 1\nprimary = 127.0.0.1\nservice = lvs\n');
  await look(open, ofCluster(1));
});

let staged;
let found;
after(() => staged?.end());

inBrowser('a cluster that serves', ready, async (open) => {
  staged = await stage(console);
  const { cluster } = staged;
  const { page, close } = await visit(console);
  found = await firstOf(page, cluster);
  const { service, server } = found;
  await close();
  await look(open, [...ofCluster(cluster), ...ofService(cluster, service, server), ...RUNNING(cluster)]);
});

inBrowser('lists, directors and a draft that differs', ready, async (open) => {
  const { page, close } = await visit(console);
  await addService(page, staged.cluster, { name: 'draft', address: '127.0.0.40', ports: '8040' });
  await close();
  const { cluster } = staged;
  const lists = GENERAL.filter(({ name }) => ['overview', 'clusters', 'directors', 'director-new'].includes(name));
  await look(open, [...lists, ...ofCluster(cluster).filter(({ name }) => ['services', 'changes'].includes(name)), ...DRAFTED(cluster), ...ofDirector(1)]);
});

inBrowser('a history, and two people at one form', ready, async (open) => {
  const { cluster } = staged;
  await console.apply(cluster, 'With a draft');
  const { page, close } = await visit(console);
  await addService(page, cluster, { name: 'draft2', address: '127.0.0.41', ports: '8041' });
  await close();
  await look(open, [...ofCluster(cluster).filter(({ name }) => name === 'history'), ...REVISIONS(cluster), ofTwo(cluster, found.service)]);
});

/** Looks at every place in English, light on a desk and dark on a phone, and in Chinese, light on a phone. */
async function look(open, places, options) {
  const found = new Map();
  const english = await open({ ...options, size: [WIDE.width, WIDE.height] });
  const chinese = await open({ ...options, lang: 'zh-CN', size: [PHONE.width, PHONE.height] });
  for (const place of places) {
    const note = (how, list) => list.forEach((text) => found.set(text, [...(found.get(text) ?? []), `${place.name} (${how})`]));
    const { page } = english;
    await page.setViewportSize(WIDE);
    await page.emulateMedia({ colorScheme: 'light' });
    await arrive(english, place);
    note('light', await violations(page));
    note('wide', await tooWide(page));
    note('wide', await stutters(page));
    note('wide', await tooSmall(page));
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize(PHONE);
    note('dark, phone', await violations(page));
    note('phone', await tooWide(page));
    note('phone', await tooSmall(page));
    await arrive(chinese, place);
    note('Chinese, phone', await violations(chinese.page));
    note('Chinese, phone', await tooWide(chinese.page));
    note('Chinese, phone', await tooSmall(chinese.page));
    note('Chinese', await leftOver(chinese.page, SAME));
  }
  const said = [...found].map(([text, where]) => `${text}\n      on ${where.join(', ')}`);
  if (said.length > 0) throw new Error(`${said.length} found:\n  ${said.join('\n  ')}`);
}
