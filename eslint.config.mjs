import tseslint from 'typescript-eslint'

/** The import rule of the house: index → main → phases → base; the three neighbours never meet. */
const forbid = (files, groups) => ({
  files,
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      { patterns: groups.map(([group, message]) => ({ group, message })) },
    ],
  },
})
const emulator = [
  ['**/emulator/**', '**/__tests__/**', '**/bench/**'],
  'the step never depends on the local Azure or on tests',
]

export default tseslint.config(
  { ignores: ['dist/', 'lib/', 'coverage/', 'node_modules/', '.demo/'] },
  { files: ['**/*.mjs'], extends: [tseslint.configs.recommended] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'named exports only' },
        {
          selector: "CallExpression[callee.object.name='process'][callee.property.name='exit']",
          message: 'set process.exitCode',
        },
      ],
      eqeqeq: 'error',
      'prefer-const': 'error',
    },
  },
  { files: ['__tests__/**/*.ts'], rules: { '@typescript-eslint/require-await': 'off' } },
  forbid(['src/*.ts'], [emulator]),
  forbid(['src/azure/**'], [emulator, [['**/registry/**', '**/docker/**', '**/report/**'], 'azure/ stands alone']]),
  forbid(['src/registry/**'], [emulator, [['**/azure/**', '**/docker/**', '**/report/**'], 'registry/ stands alone']]),
  forbid(['src/docker/**'], [emulator, [['**/azure/**', '**/registry/**', '**/report/**'], 'docker/ stands alone']]),
  forbid(
    ['src/report/**'],
    [emulator, [['**/azure/**', '**/registry/**', '**/docker/**'], 'views know the journal, not the phases']],
  ),
  forbid(['src/base/**'], [emulator, [['../*'], 'base/ imports nothing above it']]),
)
