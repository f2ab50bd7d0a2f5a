// What can be judged of a page by measuring it: accessibility by axe-core, its width, the size of its text.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The smallest text of the console, in pixels; style/10-tokens.css. */
const SMALLEST = 12;

/** Axe's rules: all of them, those that another theme can break, those that other words can break. */
export const RULES = {
  all: {},
  theme: { runOnly: ['color-contrast'] },
  words: { rules: { 'color-contrast': { enabled: false } } },
};

/** What axe finds wrong with the page as it is, a line each. */
export async function violations(page, rules = RULES.all) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(await axe);
  const found = await page.evaluate(async (rules) => {
    const result = await window.axe.run(document, { resultTypes: ['violations'], ...rules });
    return result.violations.map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.map((node) => `${node.target.join(' ')} — ${node.failureSummary.split('\n').slice(1).join('; ').trim()}`),
    }));
  }, rules);
  return found.map(({ id, help, nodes }) => `${id}: ${help}\n      ${nodes.slice(0, 5).join('\n      ')}`);
}

/** Whether the page's body scrolls sideways, and what sticks out. */
export function tooWide(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const scrolls = (element) => {
      for (let up = element.parentElement; up; up = up.parentElement) {
        if (getComputedStyle(up).overflowX !== 'visible') return true;
      }
      return false;
    };
    const out = [...document.body.querySelectorAll('*')].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 1 && !scrolls(element),
    );
    const named = out.slice(0, 4).map((element) => `${element.localName}.${element.className}`);
    return [`the page is ${scrollWidth} px wide in ${clientWidth}: ${named.join(', ')}`];
  });
}

/** Places that the breadcrumb names twice in a row. */
export function stutters(page) {
  return page.evaluate(() => {
    const words = [...document.querySelectorAll('.trail li')].map((place) => place.textContent);
    return words.filter((word, n) => word === words[n - 1]).map((word) => `the breadcrumb says "${word}" twice`);
  });
}

/** Text that is smaller than anybody should have to read. */
export function tooSmall(page) {
  return page.evaluate((smallest) => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const small = new Set();
    while (texts.nextNode()) {
      const { parentElement: element, textContent } = texts.currentNode;
      if (!textContent.trim() || element.closest('script, style, noscript') || !element.checkVisibility()) continue;
      const size = parseFloat(getComputedStyle(element).fontSize);
      if (size < smallest) small.add(`${size} px: "${textContent.trim().slice(0, 40)}" in ${element.localName}.${element.className}`);
    }
    return [...small];
  }, SMALLEST);
}

/** Latin words in a page that ought to be Chinese, but for names and what is the same in both languages. */
export function leftOver(page, known) {
  return page.evaluate((known) => {
    const texts = document.createTreeWalker(document.querySelector('body'), NodeFilter.SHOW_TEXT);
    const left = new Set();
    while (texts.nextNode()) {
      const { parentElement: element, textContent } = texts.currentNode;
      const text = textContent.trim();
      if (!/[A-Za-z]{3,}/.test(text) || /\p{Script=Han}/u.test(text)) continue;
      if (element.closest('script, style, noscript, code, kbd, pre, textarea, .mono, [lang=en]') || !element.checkVisibility()) continue;
      if (known.some((word) => new RegExp(word).test(text))) continue;
      left.add(`"${text.slice(0, 60)}" in ${element.localName}.${element.className}`);
    }
    return [...left];
  }, known);
}

/**
 * Takes a picture of the whole page, as `file`: at least as tall as the window's size, [width, height], at most as `tallest`, in pixels.
 * Its bytes.
 */
export async function picture(page, [width, height], tallest, file) {
  const whole = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height: Math.min(Math.max(whole, height), tallest) });
  const png = await page.screenshot({ path: file });
  await page.setViewportSize({ width, height });
  return png;
}
