// The log of a run: marks, permalinks, folds, search, what is new, download, and that a long one scrolls.
import { api, check, equal, noFaults, openPage, phone, settled, shot, skip, test } from './support.mjs';

/** The stored occurrence with the longest log among the latest of each failure. */
async function longest(page) {
  const { items } = await api(page, '/failures?limit=100');
  let best = null;
  for (const item of items) {
    if (!item.latest_occurrence_id) continue;
    const run = await api(page, `/occurrences/${item.latest_occurrence_id}`);
    if (run.log_state === 'stored' && (!best || run.log_lines > best.log_lines)) best = run;
  }
  return best ?? skip('no log is stored');
}

async function open(browser, state, options) {
  const opened = await openPage(browser, { state, ...options });
  const run = await longest(opened.page);
  return { ...opened, run };
}

const marksOf = (run) => run.blocks.filter((block) => block.kind !== 'context');

export async function log(browser, state) {
  await test('log: opens at the first mark; n and p jump', async () => {
    const { page, faults, close, run } = await open(browser, state);
    const marks = marksOf(run);
    if (marks.length === 0) skip('the longest log has no marks');
    await page.goto(`/occurrences/${run.id}`);
    await settled(page);
    await page.locator(`[data-line="${marks[0].start}"][data-mark]`).waitFor();
    await page.keyboard.press('n');
    await page.getByText(/^Mark \d+ of/).waitFor();
    await page.keyboard.press('p');
    await page.getByText(`Mark ${marks.length} of ${marks.length}`).or(page.getByText(/^Mark \d+ of/)).first().waitFor();
    await page.getByRole('region', { name: 'Log' }).scrollIntoViewIfNeeded();
    await shot(page, 'log-desktop-light');
    noFaults(faults);
    await close();
  });

  for (const device of [undefined, phone]) {
    await test(`log: a line has a permalink that opens at it, ${device?.name ?? 'desktop'}`, async () => {
      const { page, faults, close, run } = await open(browser, state, { device, scheme: 'dark' });
      const n = Math.max(1, Math.floor(run.log_lines / 2));
      await page.goto(`/occurrences/${run.id}#L${n}`);
      await settled(page);
      const line = page.locator(`[data-line="${n}"]`);
      await line.waitFor();
      equal(await line.getAttribute('data-selected'), 'true', 'the line is marked');
      await page.waitForFunction(
        (number) => {
          const box = document.querySelector(`[data-line="${number}"]`)?.getBoundingClientRect();
          return box && box.top > 0 && box.bottom < innerHeight;
        },
        n,
      );
      await shot(page, `permalink-${device?.name ?? 'desktop'}-dark`);
      const next = page.locator(`[data-line="${n + 1}"] a`);
      await next.click();
      await page.waitForURL(`**/occurrences/${run.id}#L${n + 1}`);
      await page.locator(`[data-line="${n}"] a`).click({ modifiers: ['Shift'] });
      await page.waitForURL(`**/occurrences/${run.id}#L${n}-L${n + 1}`);
      noFaults(faults);
      await close();
    });
  }

  await test('log: search finds and steps', async () => {
    const { page, faults, close, run } = await open(browser, state);
    const wanted = await api(page, `/occurrences/${run.id}/log?from=${Math.ceil(run.log_lines / 3)}&limit=50`);
    const word = wanted.lines.map((line) => /[A-Za-z]{5,}/.exec(line.text)?.[0]).find(Boolean);
    if (!word) skip('no word to look for');
    await page.goto(`/occurrences/${run.id}`);
    await settled(page);
    await page.locator('[data-line]').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(word);
    await page.getByText(/ of [\d,]+$/).filter({ hasNotText: 'Mark' }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.locator('mark.now').first().waitFor();
    await shot(page, 'log-search-desktop-light');
    noFaults(faults);
    await close();
  });

  await test('log: only what is new leaves out what passed too', async () => {
    const { page, faults, close, run } = await open(browser, state);
    if (!run.passing_run_id) skip('the longest log has nothing to compare with');
    const fresh = await api(page, `/occurrences/${run.id}/log?only=new&limit=1`);
    await page.goto(`/occurrences/${run.id}`);
    await settled(page);
    await page.locator('[data-line]').first().waitFor();
    await page.keyboard.press('d');
    await page.getByText(/as in the passing run/).first().waitFor();
    if (fresh.lines[0]) await page.locator(`[data-line="${fresh.lines[0].n}"]`).first().waitFor();
    await shot(page, 'log-new-desktop-light');
    await page.keyboard.press('d');
    await page.getByText(/as in the passing run/).first().waitFor({ state: 'detached' });
    noFaults(faults);
    await close();
  });

  await test('log: steps fold', async () => {
    const { page, faults, close, run } = await open(browser, state);
    const { steps } = await api(page, `/occurrences/${run.id}/log?limit=1`);
    if (steps.length === 0) skip('the longest log has no steps');
    await page.goto(`/occurrences/${run.id}`);
    await settled(page);
    await page.locator('[data-line]').first().waitFor();
    await page.getByRole('button', { name: 'Fold all steps' }).click();
    // Lines between steps belong to none and stay.
    await page.waitForFunction(
      (folded) =>
        [...document.querySelectorAll('[data-line]')]
          .map((line) => Number(line.getAttribute('data-line')))
          .every((n) => folded.every((step) => n < step.start || n > step.end)),
      steps,
    );
    await page.getByRole('region', { name: 'Log' }).evaluate((element) => element.scrollTo(0, 0));
    await page.locator('button[aria-expanded="false"]').filter({ hasText: steps[0].name.trim() }).first().click();
    await page.locator(`[data-line="${steps[0].start}"]`).waitFor();
    noFaults(faults);
    await close();
  });

  await test('log: downloads whole as text', async () => {
    const { page, close, run } = await open(browser, state);
    await page.goto(`/occurrences/${run.id}`);
    await settled(page);
    const href = await page.getByRole('link', { name: 'Download' }).getAttribute('href');
    const answer = await page.request.get(new URL(href, page.url()).href);
    check(/^text\/plain/.test(answer.headers()['content-type'] ?? ''), 'it is text');
    const lines = (await answer.text()).replace(/\n$/, '').split('\n').length;
    equal(lines, run.log_lines, 'lines');
    await close();
  });

  await test('log: a long one scrolls smoothly', async () => {
    const { page, faults, close, run } = await open(browser, state);
    if (run.log_lines < 20_000) skip(`the longest log has ${run.log_lines} lines`);
    await page.goto(`/occurrences/${run.id}#L1`);
    await settled(page);
    await page.getByRole('button', { name: /fold all steps/i }).first().waitFor();
    if (await page.getByRole('button', { name: 'Fold all steps' }).count()) {
      await page.getByRole('button', { name: 'Fold all steps' }).click();
    }
    await page.getByRole('button', { name: 'Unfold all steps' }).click();
    // Beside it, frames of the same page at rest: a busy machine or a slow screen is not the page's doing.
    const frames = await page.getByRole('region', { name: 'Log' }).evaluate(async (element) => {
      const measure = async (step) => {
        const gaps = [];
        let last = performance.now();
        for (let i = 0; i < 120; i += 1) {
          step();
          await new Promise(requestAnimationFrame);
          const now = performance.now();
          gaps.push(now - last);
          last = now;
        }
        gaps.sort((a, b) => a - b);
        return { median: gaps[60], p95: gaps[114] };
      };
      const rest = await measure(() => undefined);
      return { rest, scroll: await measure(() => (element.scrollTop += 400)) };
    });
    const { rest, scroll } = frames;
    const inDocument = await page.locator('[data-line]').count();
    console.log(`      ${run.log_lines} lines: frame ${scroll.median.toFixed(0)} ms median, ${scroll.p95.toFixed(0)} ms p95 (at rest ${rest.median.toFixed(0)} and ${rest.p95.toFixed(0)}); ${inDocument} lines in the document`);
    check(inDocument < 400, `${inDocument} lines are in the document`);
    check(scroll.median <= Math.max(50, 3 * rest.median), `a frame takes ${scroll.median.toFixed(0)} ms`);
    noFaults(faults);
    await close();
  });
}
