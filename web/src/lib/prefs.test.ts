import { describe, expect, it } from 'vitest';
import { defaults, parsePrefs, resolveScheme } from './prefs';

describe('parsePrefs', () => {
  it('gives the defaults for nothing, damage and the wrong kind', () => {
    for (const text of [null, '', '{', '7', 'null']) expect(parsePrefs(text)).toEqual(defaults);
  });
  it('keeps what is valid and drops what is not', () =>
    expect(parsePrefs('{"theme":"dark","zone":"mars","wrap":true,"shortcuts":"yes"}')).toEqual({
      ...defaults,
      theme: 'dark',
      wrap: true,
    }));
});

describe('resolveScheme', () => {
  it('obeys a choice', () =>
    expect(resolveScheme('light', { dark: true, moreContrast: true })).toBe('light'));
  it('follows the system', () => {
    expect(resolveScheme('system', { dark: true, moreContrast: false })).toBe('dark');
    expect(resolveScheme('system', { dark: false, moreContrast: false })).toBe('light');
    expect(resolveScheme('system', { dark: false, moreContrast: true })).toBe('contrast');
  });
});
