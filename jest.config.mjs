/** Options every project shares: TypeScript through swc, ES modules as they are written. */
const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/lib/', '<rootDir>/dist/'],
}

const project = (displayName, ...testMatch) => ({ ...base, displayName, testMatch })

/** For tests that drive a real Docker engine. */
const withEngine = {
  globalSetup: '<rootDir>/__tests__/support/engine-setup.mjs',
  globalTeardown: '<rootDir>/__tests__/support/engine-teardown.mjs',
  setupFilesAfterEnv: ['<rootDir>/__tests__/support/long-timeout.ts'],
}

export default {
  // Rows of the fault matrix at a time: they wait more than they work.
  maxConcurrency: 5,
  projects: [
    project('unit', '<rootDir>/__tests__/unit/**/*.test.ts', '<rootDir>/__tests__/contract.test.ts'),
    project('integration', '<rootDir>/__tests__/integration/**/*.test.ts', '<rootDir>/__tests__/emulator/**/*.test.ts'),
    { ...project('e2e', '<rootDir>/__tests__/e2e/**/*.test.ts'), ...withEngine },
    { ...project('faults', '<rootDir>/__tests__/faults/**/*.test.ts'), ...withEngine },
    { ...project('az', '<rootDir>/__tests__/az/**/*.test.ts'), ...withEngine },
  ],
}
