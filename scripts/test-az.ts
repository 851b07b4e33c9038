import { runChecks } from './checks.ts'

/** The real Azure CLI against the local Azure: a command of its own, because the CLI is a large installation. */
await runChecks([{ name: 'Azure CLI', script: 'az', jest: true }])
