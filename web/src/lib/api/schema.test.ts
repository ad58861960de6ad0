// @vitest-environment node
import { readFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import { expect, it } from 'vitest';

const description = new URL('../../../../src/api/openapi.json', import.meta.url);

it('schema.d.ts is what `npm run gen` makes of the API description', async () => {
  const committed = await readFile(new URL('./schema.d.ts', import.meta.url), 'utf8');
  const generated = astToString(await openapiTS(description));
  // The command puts a banner before it.
  expect(committed.endsWith(generated)).toBe(true);
});

it('every operation has words, a tag and answers for errors', async () => {
  const { paths } = JSON.parse(await readFile(description, 'utf8')) as {
    paths: Record<
      string,
      Record<
        string,
        { operationId?: string; summary?: string; description?: string; tags?: string[]; responses?: object }
      >
    >;
  };
  const ids = new Set<string>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (method === 'parameters') continue;
      const where = `${method} ${path}`;
      expect(operation.summary, where).toBeTruthy();
      expect(operation.description, where).toBeTruthy();
      expect(operation.tags, where).toHaveLength(1);
      expect(operation.responses, where).toHaveProperty('default');
      expect(ids, where).not.toContain(operation.operationId);
      ids.add(operation.operationId ?? '');
    }
  }
});
