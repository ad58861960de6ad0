import { expect, it } from 'vitest';
import { requeueAll } from './requeue';

it('goes on after a failure, counts what worked and keeps the first error', async () => {
  const tried: string[] = [];
  const result = await requeueAll(['a', 'b', 'c', 'd'], async (id) => {
    tried.push(id);
    if (id === 'b' || id === 'c') throw new Error(id);
  });
  expect(tried).toEqual(['a', 'b', 'c', 'd']);
  expect(result.done).toBe(2);
  expect(result.error).toEqual(new Error('b'));
});
