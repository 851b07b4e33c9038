import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { mustSucceed, runIn } from '../command.ts'

/** A docker command that does what newer engines do when they lack a part of an index. */
export interface PartialDocker {
  /** To put in front of everything else. */
  readonly path: string
  remove(): Promise<void>
}

/**
 * Wraps the docker command: a push sends one platform's image instead of the index, says so in a note, and exits with 0 (docker/cli,
 * cli/command/image/push.go, "Not all multiplatform-content is present"). The engine of Debian's packages refuses instead.
 */
export async function partialDocker(env: Readonly<{ PATH: string }>, onePlatform: string): Promise<PartialDocker> {
  const real = (await mustSucceed(runIn(env))('sh', ['-c', 'command -v docker'])).trim()
  const folder = await mkdtemp(join(tmpdir(), 'partial-docker-'))
  const script = [
    '#!/bin/sh',
    `if [ "$1" != push ]; then exec '${real}' "$@"; fi`,
    'for reference; do :; done',
    `'${real}' tag '${onePlatform}' "$reference"`,
    `'${real}' push "$reference" || exit`,
    'echo "Not all multiplatform-content is present and only the available single-platform image was pushed" >&2',
  ]
  await writeFile(join(folder, 'docker'), `${script.join('\n')}\n`)
  await chmod(join(folder, 'docker'), 0o755)
  return { path: [folder, env.PATH].join(delimiter), remove: () => rm(folder, { recursive: true }) }
}
