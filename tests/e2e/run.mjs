// Drives the real program through the main task of each part of the page.   node tests/e2e/run.mjs [part …]
// Parts: signedOut looks frame failures log admin; all when none is named.
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

// admin is last: it changes and finally removes the data.
const parts = { looks, frame, failures, log, admin };
const wanted = process.argv.slice(2);
const isWanted = (name) => wanted.length === 0 || wanted.includes(name);

const browser = await launch();
try {
  if (isWanted('signedOut')) await signedOut(browser);
  let state = null;
  await test('sign in', async () => {
    state = await signIn(browser);
  });
  for (const [name, part] of Object.entries(parts)) {
    if (state && isWanted(name)) await part(browser, state);
  }
} finally {
  await browser.close();
}
finish();
