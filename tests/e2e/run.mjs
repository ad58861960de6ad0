// Drives the real program through the main task of each part of the page.   node tests/e2e/run.mjs
// See support.mjs for the environment. The last line is "N passed, N failed, N skipped".
import { signedOut, signIn } from './session.mjs';
import { looks } from './looks.mjs';
import { failures } from './failures.mjs';
import { frame } from './frame.mjs';
import { log } from './log.mjs';
import { admin } from './admin.mjs';
import { env, finish, launch, test } from './support.mjs';

if (!env.url || (!env.link && !env.key)) {
  console.error('Set FM_E2E_URL and FM_E2E_LINK (or FM_E2E_KEY).');
  process.exit(2);
}

const browser = await launch();
try {
  await signedOut(browser);
  let state = null;
  await test('sign in', async () => {
    state = await signIn(browser);
  });
  if (state) {
    await looks(browser, state);
    await frame(browser, state);
    await failures(browser, state);
    await log(browser, state);
    // Last: it changes and finally removes the data.
    await admin(browser, state);
  }
} finally {
  await browser.close();
}
finish();
