import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

// One direction: app → features → components → lib. A feature does not know another feature.
const forbid = (from, ...targets) => ({
  files: [`src/${from}/**/*.{ts,tsx}`],
  ignores: ['**/*.test.{ts,tsx}'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...targets.map((target) => ({
            group: [`@/${target}/*`, `**/../${target}/*`],
            message: `src/${from} may not know src/${target}.`,
          })),
        ],
      },
    ],
  },
});

// Features name files of their own folder relatively, so '@/features/' in a feature means another one.
export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/lib/api/schema.d.ts'] },
  ...tseslint.configs.recommended,
  hooks.configs.flat.recommended,
  // About the React compiler, which this page does not use.
  { rules: { 'react-hooks/incompatible-library': 'off' } },
  forbid('lib', 'app', 'features', 'components', 'testing'),
  forbid('components', 'app', 'features', 'testing'),
  forbid('features', 'app', 'features', 'testing'),
  forbid('app', 'testing'),
  {
    files: ['src/**/*.tsx'],
    ignores: ['**/*.test.tsx'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'JSXText[value=/[A-Za-z]{2}/]', message: 'Put words into src/lib/strings.ts.' },
        {
          selector:
            'JSXAttribute[name.name=/^(label|title|alt|placeholder|aria-label)$/] > Literal[value=/[A-Za-z]{2}/]',
          message: 'Put words into src/lib/strings.ts.',
        },
      ],
    },
  },
);
