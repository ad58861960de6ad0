import { describe, expect, it } from 'vitest';
import { readFilters, withFilter } from './url_state';

describe('readFilters', () => {
  const names = ['q', 'state'] as const;
  const values = { state: ['open', 'recovered'] };
  it('reads what is there', () =>
    expect(readFilters(new URLSearchParams('q=%20npm%20ci%20&state=open&x=1'), names, values)).toEqual({
      q: 'npm ci',
      state: 'open',
    }));
  it('drops what is empty or unknown', () =>
    expect(readFilters(new URLSearchParams('q=%20&state=sunk'), names, values)).toEqual({}));
});

describe('withFilter', () => {
  it('sets one and keeps the others', () =>
    expect(withFilter(new URLSearchParams('a=1'), 'b', ' x ').toString()).toBe('a=1&b=x'));
  it('removes what is empty', () =>
    expect(withFilter(new URLSearchParams('a=1&b=2'), 'b', ' ').toString()).toBe('a=1'));
  it('leaves its argument alone', () => {
    const params = new URLSearchParams('a=1');
    withFilter(params, 'a', null);
    expect(params.toString()).toBe('a=1');
  });
});
