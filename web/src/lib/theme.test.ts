import { getContrastRatio } from '@mui/material/styles';
import { describe, expect, it } from 'vitest';
import { themeFor } from './theme';

describe.each([
  ['light', 4.5],
  ['dark', 4.5],
  ['contrast', 7],
] as const)('%s', (scheme, least) => {
  const { palette } = themeFor(scheme);
  const grounds = {
    page: palette.background.default,
    paper: palette.background.paper,
    sunken: palette.sunken,
  };
  const texts = {
    primary: palette.text.primary,
    secondary: palette.text.secondary,
    link: palette.primary.main,
    bad: palette.tones.bad.text,
    warn: palette.tones.warn.text,
    good: palette.tones.good.text,
  };
  for (const [groundName, ground] of Object.entries(grounds)) {
    it.each(Object.entries(texts))(`%s can be read on ${groundName}`, (_, text) =>
      expect(getContrastRatio(text, ground)).toBeGreaterThanOrEqual(least),
    );
  }
  it('has readable buttons', () =>
    expect(getContrastRatio(palette.primary.contrastText, palette.primary.main)).toBeGreaterThanOrEqual(
      least,
    ));
});
