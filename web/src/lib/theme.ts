// Colours and shapes. Three schemes; every text colour has at least 4.5:1 on its ground, in contrast at least 7:1.
import { alpha, createTheme, type Theme } from '@mui/material/styles';
import type { Scheme } from './prefs';

export interface Tones {
  /** Ground and text of a tinted chip or mark. */
  ground: string;
  text: string;
  edge: string;
}

declare module '@mui/material/styles' {
  interface Palette {
    tones: { bad: Tones; warn: Tones; good: Tones; calm: Tones; accent: Tones };
    sunken: string;
  }
  interface PaletteOptions {
    tones?: Palette['tones'];
    sunken?: string;
  }
}

interface Colours {
  mode: 'light' | 'dark';
  ground: string;
  paper: string;
  sunken: string;
  divider: string;
  text: string;
  dim: string;
  accent: string;
  onAccent: string;
  bad: string;
  warn: string;
  good: string;
  /** What grounds are tinted with; brighter than the text on them. None in high contrast. */
  tints: { bad: string; warn: string; good: string; accent: string; share: number } | null;
}

const schemes: Record<Scheme, Colours> = {
  light: {
    mode: 'light',
    ground: '#f5f7f9',
    paper: '#ffffff',
    sunken: '#f8fafb',
    divider: '#d7dee5',
    text: '#16212c',
    dim: '#4d5d6c',
    accent: '#0b5a7a',
    onAccent: '#ffffff',
    bad: '#a8201a',
    warn: '#7a4d00',
    good: '#17603a',
    tints: { bad: '#e5484d', warn: '#f5a524', good: '#2fa864', accent: '#1d8fc0', share: 0.12 },
  },
  dark: {
    mode: 'dark',
    ground: '#0d141c',
    paper: '#131c26',
    sunken: '#0a1017',
    divider: '#263341',
    text: '#dfe7ee',
    dim: '#9aabbb',
    accent: '#6cb8dc',
    onAccent: '#06202d',
    bad: '#f58f86',
    warn: '#e8b65a',
    good: '#76c794',
    tints: { bad: '#f58f86', warn: '#e8b65a', good: '#76c794', accent: '#6cb8dc', share: 0.13 },
  },
  contrast: {
    mode: 'dark',
    ground: '#000000',
    paper: '#000000',
    sunken: '#000000',
    divider: '#9a9a9a',
    text: '#ffffff',
    dim: '#e2e2e2',
    accent: '#7fdcff',
    onAccent: '#000000',
    bad: '#ffa39b',
    warn: '#ffd75e',
    good: '#8df5ae',
    tints: null,
  },
};

export const sans =
  'ui-sans-serif, system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif';
export const mono =
  'ui-monospace, "Cascadia Code", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';

function tones(text: string, tint: string | undefined, c: Colours): Tones {
  if (!tint || !c.tints) return { ground: c.ground, text, edge: text };
  return { ground: alpha(tint, c.tints.share), text, edge: alpha(tint, 0.45) };
}

function build(c: Colours): Theme {
  const flat = { disableElevation: true, disableRipple: true } as const;
  return createTheme({
    palette: {
      mode: c.mode,
      background: { default: c.ground, paper: c.paper },
      sunken: c.sunken,
      divider: c.divider,
      text: { primary: c.text, secondary: c.dim },
      primary: { main: c.accent, contrastText: c.onAccent },
      error: { main: c.bad, contrastText: c.onAccent },
      warning: { main: c.warn, contrastText: c.onAccent },
      success: { main: c.good, contrastText: c.onAccent },
      info: { main: c.accent, contrastText: c.onAccent },
      tones: {
        bad: tones(c.bad, c.tints?.bad, c),
        warn: tones(c.warn, c.tints?.warn, c),
        good: tones(c.good, c.tints?.good, c),
        calm: tones(c.dim, c.tints ? c.dim : undefined, c),
        accent: tones(c.accent, c.tints?.accent, c),
      },
    },
    shape: { borderRadius: 8 },
    spacing: 8,
    typography: {
      fontFamily: sans,
      fontSize: 13.5,
      h1: { fontSize: '1.3rem', fontWeight: 650, lineHeight: 1.3, letterSpacing: '-0.01em' },
      h2: { fontSize: '0.98rem', fontWeight: 650, lineHeight: 1.4 },
      h3: { fontSize: '0.9rem', fontWeight: 650, lineHeight: 1.4 },
      body1: { fontSize: '0.9rem', lineHeight: 1.5 },
      body2: { fontSize: '0.84rem', lineHeight: 1.45 },
      caption: { fontSize: '0.78rem', lineHeight: 1.4 },
      button: { textTransform: 'none', fontWeight: 600 },
    },
    components: {
      MuiCssBaseline: {
        styleOverrides: {
          body: { fontVariantNumeric: 'tabular-nums', overflowWrap: 'anywhere' },
          code: {
            fontFamily: mono,
            fontSize: '0.92em',
            background: c.tints ? alpha(c.dim, c.tints.share) : 'transparent',
            border: c.tints ? 0 : `1px solid ${c.divider}`,
            borderRadius: 4,
            padding: '0.08em 0.32em',
          },
          a: { color: c.accent },
          ':focus-visible': { outline: `2px solid ${c.accent}`, outlineOffset: 2 },
        },
      },
      MuiButtonBase: { defaultProps: { disableRipple: true } },
      MuiButton: { defaultProps: { ...flat, size: 'small' } },
      MuiIconButton: { defaultProps: { size: 'small' } },
      MuiTextField: { defaultProps: { size: 'small' } },
      MuiOutlinedInput: {
        styleOverrides: {
          root: { background: c.paper },
          input: { '&.MuiInputBase-inputSizeSmall': { paddingBlock: 7 } },
        },
      },
      MuiInputLabel: {
        styleOverrides: {
          sizeSmall: { '&:not(.MuiInputLabel-shrink)': { transform: 'translate(14px, 7px)' } },
        },
      },
      MuiPaper: {
        defaultProps: { variant: 'outlined' },
        styleOverrides: { root: { backgroundImage: 'none' } },
      },
      MuiDialog: { defaultProps: { slotProps: { paper: { variant: 'outlined' } } } },
      MuiMenu: { defaultProps: { slotProps: { paper: { variant: 'outlined' } } } },
      MuiTooltip: { defaultProps: { enterDelay: 400 } },
      MuiTableCell: {
        styleOverrides: {
          root: { padding: '7px 12px', borderColor: c.divider, fontSize: '0.84rem' },
          head: { fontWeight: 600, color: c.dim, fontSize: '0.76rem', whiteSpace: 'nowrap' },
        },
      },
      MuiToggleButton: { styleOverrides: { root: { textTransform: 'none', paddingBlock: 3, color: c.dim } } },
    },
  });
}

const built = new Map<Scheme, Theme>();

export function themeFor(scheme: Scheme): Theme {
  let theme = built.get(scheme);
  if (!theme) built.set(scheme, (theme = build(schemes[scheme])));
  return theme;
}
