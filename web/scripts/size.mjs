// Checks what a browser has to load, gzipped: the entry (with all it imports) and what each lazy route adds.
//   npm run build && npm run size
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const entryLimit = 250_000;
const routeLimit = 120_000;

const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, 'utf8'));
const sizes = new Map();

function sizeOf(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(dist + file), { level: 9 }).length);
  return sizes.get(file);
}

/** The files of a chunk and of everything that it imports at once. */
function filesOf(name, seen = new Set()) {
  const chunk = manifest[name];
  if (!chunk || seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  chunk.css?.forEach((file) => seen.add(file));
  chunk.imports?.forEach((other) => filesOf(other, seen));
  return seen;
}

const sum = (files) => [...files].reduce((total, file) => total + sizeOf(file), 0);
const report = (name, bytes, limit) => {
  const over = bytes > limit;
  console.log(
    `${over ? 'OVER' : 'ok  '}  ${(bytes / 1000).toFixed(1).padStart(6)} kB of ${limit / 1000}  ${name}`,
  );
  return over;
};

const entries = Object.keys(manifest).filter((name) => manifest[name].isEntry);
const loaded = new Set(entries.flatMap((name) => [...filesOf(name)]));
let failed = entries.length === 0 || report('entry', sum(loaded), entryLimit);
for (const name of Object.keys(manifest).filter((key) => manifest[key].isDynamicEntry)) {
  const added = [...filesOf(name)].filter((file) => !loaded.has(file));
  failed = report(name, sum(added), routeLimit) || failed;
}
process.exit(failed ? 1 : 0);
