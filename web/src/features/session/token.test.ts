import { expect, it } from 'vitest';
import { tokenOf } from './token';

it.each([
  ['#token=fms_abc', 'fms_abc'],
  ['#x=1&token=fms_abc', 'fms_abc'],
  ['token=a%2Bb', 'a+b'],
  ['', null],
  ['#', null],
  ['#token=', null],
  ['#token=%20', null],
  ['#L12', null],
])('%j holds %j', (hash, token) => expect(tokenOf(hash)).toBe(token));
