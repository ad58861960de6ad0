// What the end-to-end tests share: a browser, a page that watches for faults, axe, screenshots, the tally.
//
// Environment: FM_E2E_URL   the program's address, e.g. http://127.0.0.1:8080
//              FM_E2E_LINK  the one-time set-up link, or FM_E2E_KEY an administrator's API key
//              FM_E2E_OUT   folder for screenshots (default build/e2e)
//              FM_CHROMIUM  the browser (default /usr/bin/chromium)
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const axeSource = require('axe-core').source;

export const env = {
  url: (process.env.FM_E2E_URL ?? '').replace(/\/$/, ''),
  link: process.env.FM_E2E_LINK ?? '',
  key: process.env.FM_E2E_KEY ?? '',
  out: process.env.FM_E2E_OUT ?? fileURLToPath(new URL('../../build/e2e', import.meta.url)),
  chromium: process.env.FM_CHROMIUM ?? '/usr/bin/chromium',
};

export const desktop = { name: 'desktop', viewport: { width: 1280, height: 800 } };
export const phone = { name: 'phone', viewport: { width: 360, height: 740 }, hasTouch: true };

const tally = { passed: 0, failed: 0, skipped: 0 };

/** Thrown by skip(): the thing to test is not there. */
class Skipped extends Error {}

export function skip(why) {
  throw new Skipped(why);
}

export function check(truth, what) {
  if (!truth) throw new Error(what);
}

export function equal(actual, expected, what) {
  check(actual === expected, `${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

export async function test(name, body) {
  const started = performance.now();
  const took = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  try {
    await body();
    tally.passed += 1;
    console.log(`ok    ${name} (${took()})`);
  } catch (error) {
    if (error instanceof Skipped) {
      tally.skipped += 1;
      console.log(`skip  ${name}: ${error.message}`);
      return;
    }
    tally.failed += 1;
    console.log(`FAIL  ${name} (${took()})\n      ${String(error?.stack ?? error).replaceAll('\n', '\n      ')}`);
  }
}

export function finish() {
  console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
  process.exitCode = tally.failed > 0 || tally.passed === 0 ? 1 : 0;
}

export async function launch() {
  await mkdir(env.out, { recursive: true });
  return chromium.launch({
    executablePath: env.chromium,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--hide-scrollbars'],
  });
}

/** A page that collects console errors, exceptions and policy violations; `faults()` gives them. */
export async function openPage(browser, { device = desktop, scheme = 'light', state, prefs, reducedMotion } = {}) {
  const context = await browser.newContext({
    baseURL: env.url,
    viewport: device.viewport,
    hasTouch: device.hasTouch ?? false,
    colorScheme: scheme,
    reducedMotion: reducedMotion ?? 'reduce',
    storageState: state,
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
  });
  const faults = [];
  await context.addInitScript(
    ([stored]) => {
      if (stored && !localStorage.getItem('firstmate.prefs')) localStorage.setItem('firstmate.prefs', stored);
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
      });
    },
    [prefs ? JSON.stringify(prefs) : null],
  );
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(env.url) && !/^(data|blob):/.test(request.url())) faults.push(`foreign request: ${request.url()}`);
  });
  return { context, page, faults, close: () => context.close() };
}

export function noFaults(faults, allowed = []) {
  const bad = faults.filter((fault) => !allowed.some((pattern) => pattern.test(fault)));
  check(bad.length === 0, `the page complained:\n${bad.join('\n')}`);
}

/** Fails on any finding of axe. */
export async function axe(page) {
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => {
    const result = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return result.violations.map((violation) => ({
      id: violation.id,
      help: violation.help,
      nodes: violation.nodes.slice(0, 4).map((node) => `${node.target.join(' ')} — ${node.failureSummary?.split('\n').slice(1, 3).join(' ').trim()}`),
    }));
  });
  check(
    violations.length === 0,
    `axe:\n${violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.join('\n  ')}`).join('\n')}`,
  );
}

/** Nothing makes the page scroll sideways. */
export async function fitsWidth(page) {
  const { scroll, client } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    client: document.documentElement.clientWidth,
  }));
  check(scroll <= client, `the page is ${scroll} px wide in a window of ${client} px`);
}

export async function shot(page, name, options = {}) {
  await page.screenshot({ path: join(env.out, `${name}.png`), ...options });
}

/** Content has arrived: no place holder, no progress bar. */
export async function settled(page) {
  await page.locator('h1').first().waitFor();
  await page.waitForFunction(
    () => !document.querySelector('.MuiSkeleton-root, [role="progressbar"].MuiLinearProgress-indeterminate'),
  );
}

/** GET through the page's session. */
export async function api(page, path) {
  const answer = await page.request.get(`${env.url}/api/v1${path}`);
  check(answer.ok(), `GET ${path} answered ${answer.status()}`);
  return answer.json();
}
